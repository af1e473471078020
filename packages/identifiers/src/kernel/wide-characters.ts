/**
 * Characters whose normal form in an e-mail address (NFKC, lower case) is one character and the same in every text. The
 * kernel (wide-characters.as.ts) looks them up in pages of 256. JavaScript itself says what the form is, so both
 * implementations of the rules have the same version of Unicode.
 */

/** Of the Basic Multilingual Plane. Made when a kernel needs it, for all kernels of the process. */
const pages: Uint16Array[] = [];

/**
 * The normal forms of the 256 characters from `page * 256` on, as UTF-16 code units. 0 for one that only `normalize`
 * can decide on.
 */
export function pageOf(page: number): Uint16Array {
  pages[page] ??= Uint16Array.from({ length: 256 }, (_, n) => normalFormOf(page * 256 + n));
  return pages[page];
}

/**
 * Characters that may combine with the one before (marks, and the letters of which Hangul syllables consist), that are
 * removed or trimmed (among the spaces and the format characters), or that are refused (control characters), and code
 * units that are no character alone.
 */
const NOT_PLAIN = /[\p{M}\p{Z}\p{C}\u1100-\u11ff]/u;

function normalFormOf(code: number): number {
  const character = String.fromCharCode(code);
  const compatible = character.normalize('NFKC');
  const lower = compatible.toLowerCase();
  const isPlain =
    compatible.length === 1 &&
    lower.length === 1 &&
    !NOT_PLAIN.test(character + compatible) &&
    // Sigma has another lower case at the end of a word.
    `a${compatible}`.toLowerCase() === `a${lower}`;
  return isPlain ? lower.charCodeAt(0) : 0;
}
