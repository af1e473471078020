/** The name of an audience that takes the place of another one: "VIP 2", "VIP 3". Pure. */

/** For names like "VIP 1000000": more audiences than any account may have. */
const LONGEST_ENDING = 8;

const characters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** As many whole characters as fit. */
function cut(name: string, length: number): string {
  let kept = '';
  for (const { segment } of characters.segment(name.trim())) {
    if (kept.length + segment.length > length) break;
    kept += segment;
  }
  return kept.trimEnd();
}

/** What the names of all possible successors have in common, to look for those that are taken. */
export const successorsBeginWith = (name: string, maxLength: number): string => cut(name, maxLength - LONGEST_ENDING);

/**
 * The first name that no other audience has. Case does not count.
 * @param name of the first audience, without a number of ours
 * @param taken the names of the others
 */
export function successorName(name: string, taken: Iterable<string>, maxLength: number): string {
  const others = new Set([...taken].map((other) => other.trim().toLowerCase()));
  for (let number = 2; ; number += 1) {
    const ending = ` ${number}`;
    const found = `${cut(name, maxLength - ending.length)}${ending}`;
    if (!others.has(found.toLowerCase())) return found;
  }
}
