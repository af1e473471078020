/**
 * A pattern for keys of objects, in the language of globs (files/glob.ts): `*`, `?` and `[a-z]` inside one segment,
 * `**` for any folders. Names that begin with a dot match only a pattern that begins with a dot.
 *
 * With `**`, and for the newest object, the same is true for `_`: `_temporary` of Hadoop and Spark holds files that are
 * still being written, in folders of any depth, and `_SUCCESS` is newer than the files.
 */
import { beginsWith, matchesName, type NamePattern, namePattern } from '../files/name-pattern.ts';

export interface KeyPattern {
  /** How every matching key begins. */
  readonly prefix: string;
  matches(key: string): boolean;
}

/** `**`. */
const FOLDERS = Symbol('folders');
type Segment = NamePattern | typeof FOLDERS;

/**
 * @param text without braces
 * @param newest whether only the newest object counts
 */
export function keyPattern(text: string, newest = false): KeyPattern {
  const segments = text.split('/').map((part): Segment => (part === '**' ? FOLDERS : namePattern(part)));
  const hidden = newest || segments.includes(FOLDERS) ? ['.', '_'] : ['.'];
  return { prefix: prefixOf(segments), matches: (key) => matches(segments, key.split('/'), hidden) };
}

function prefixOf(segments: readonly Segment[]): string {
  let prefix = '';
  for (const [index, segment] of segments.entries()) {
    if (segment === FOLDERS) return prefix;
    if (segment.literal === undefined) return prefix + beginningOf(segment);
    prefix += segment.literal + (index < segments.length - 1 ? '/' : '');
  }
  return prefix;
}

/** The text before the first wildcard. */
function beginningOf({ tokens }: NamePattern): string {
  let text = '';
  for (const token of tokens) {
    if (token.kind !== 'text') break;
    text += token.text;
  }
  return text;
}

/** Keeps the set of positions in the pattern where the next name may match, so no choice is tried twice. */
function matches(segments: readonly Segment[], names: readonly string[], hidden: readonly string[]): boolean {
  const end = segments.length;
  let positions = new Set([0]);
  for (const name of names) {
    const next = new Set<number>();
    const first = hidden.find((character) => name.startsWith(character));
    for (const position of positions) {
      const segment = segments[position];
      if (segment === FOLDERS) {
        // No folder at all. At the end of a pattern, `**` stands for a file.
        if (position + 1 < end) positions.add(position + 1);
        if (first !== undefined) continue;
        next.add(position);
        if (position + 1 === end) next.add(end);
      } else if (segment && (first === undefined || beginsWith(segment, first)) && matchesName(segment, name)) {
        next.add(position + 1);
      }
    }
    positions = next;
  }
  return positions.has(end);
}
