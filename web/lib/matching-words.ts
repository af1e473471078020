/** Search in the browser: whether a text has all words that somebody has typed. */

/** Full and half width, capital and small letters are the same. */
export const simplified = (text: string): string => text.normalize('NFKC').toLowerCase();

/** The words that somebody has typed. */
export const wordsOf = (typed: string): readonly string[] => simplified(typed).split(/\s+/).filter(Boolean);

/** @param text simplified */
export const hasWords = (text: string, words: readonly string[]): boolean => words.every((word) => text.includes(word));
