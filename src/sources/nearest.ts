import { distance } from 'fastest-levenshtein';
import { sentence, type Value } from '../contracts/sentence.ts';
import { looksLikeMember, mask } from './mask.ts';

/** How many names a message lists before it only counts the rest. */
const LISTED = 20;
/** Comparing takes as long as both names, multiplied. */
const LONGEST = 300;

/**
 * The name that a person most likely meant: the same but for case, width or surrounding space, else the one with the
 * fewest edits, if they are few for its length.
 */
export function nearest(wanted: string, names: readonly string[]): string | undefined {
  const folded = fold(wanted.slice(0, LONGEST));
  let best: string | undefined;
  let least = Math.max(2, Math.floor(folded.length / 3)) + 1;
  for (const name of names) {
    if (name.length > LONGEST) continue;
    const edits = distance(folded, fold(name));
    if (edits < least) {
      best = name;
      least = edits;
    }
  }
  return best;
}

/** `"a", "b", "c" and 7 more`. */
export function listNames(names: readonly string[]): Value {
  const listed = names.slice(0, LISTED).map((name) => `"${clip(name)}"`);
  const more = names.length - listed.length;
  if (more > 0) return sentence`${listed.join(', ')} and ${more} more`;
  return listed.length > 0 ? listed.join(', ') : sentence`none`;
}

/** Of long texts only the beginning: NFKC and the count of edits take the square of their length. */
function fold(name: string): string {
  return name.slice(0, 400).normalize('NFKC').trim().toLowerCase();
}

/** A name in a sentence: what looks like a member is masked, and nothing fills the screen. */
export function clip(name: string): string {
  if (looksLikeMember(name)) return mask(name);
  const points = [...name];
  return points.length > 60 ? `${points.slice(0, 60).join('')}…` : name;
}
