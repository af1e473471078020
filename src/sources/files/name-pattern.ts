/**
 * A pattern for one segment of a path: `*`, `?`, `[a-z]` and `[!a-z]`. A backslash escapes the next
 * character.
 */

type Token =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'one' }
  | { readonly kind: 'many' }
  | {
      readonly kind: 'set';
      readonly isOther: boolean;
      readonly ranges: readonly (readonly [string, string])[];
    };

export interface NamePattern {
  readonly tokens: readonly Token[];
  /** The only name that matches, when there is just one. */
  readonly literal: string | undefined;
}

/** No file system allows longer names. */
const LONGEST_NAME = 255;

export const hasWildcard = (text: string): boolean => /[*?[\]]/.test(text);

export function namePattern(text: string): NamePattern {
  const tokens: Token[] = [];
  const characters = [...text];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!;
    if (character === '*') {
      if (tokens.at(-1)?.kind !== 'many') tokens.push({ kind: 'many' });
    } else if (character === '?') tokens.push({ kind: 'one' });
    else if (character === '[') {
      const set = readSet(characters, at);
      if (set) at = set.end;
      tokens.push(set?.token ?? { kind: 'text', text: '[' });
    } else {
      if (character === '\\' && at + 1 < characters.length) at += 1;
      tokens.push({ kind: 'text', text: characters[at]! });
    }
  }
  const isLiteral = tokens.every(({ kind }) => kind === 'text');
  return {
    tokens,
    literal: isLiteral ? tokens.map((token) => (token.kind === 'text' ? token.text : '')).join('') : undefined,
  };
}

/** A `[` without `]` is a normal character. A `]` directly after `[` belongs to the set. */
function readSet(characters: readonly string[], from: number): { token: Token; end: number } | undefined {
  const isOther = characters[from + 1] === '!' || characters[from + 1] === '^';
  const first = from + (isOther ? 2 : 1);
  const end = characters.indexOf(']', first + 1);
  if (end === -1) return undefined;
  const ranges: [string, string][] = [];
  for (let at = first; at < end; at++) {
    const isRange = characters[at + 1] === '-' && at + 2 < end;
    ranges.push([characters[at]!, characters[isRange ? at + 2 : at]!]);
    if (isRange) at += 2;
  }
  return { token: { kind: 'set', isOther, ranges }, end };
}

/**
 * Whether the pattern matches a name. After a mismatch it goes back only to the last `*`. So it needs at most
 * as many steps as the product of both lengths.
 */
export function matchesName(pattern: NamePattern, name: string): boolean {
  const { tokens } = pattern;
  const characters = [...name];
  if (characters[0] === '.' && !beginsWith(pattern, '.')) return false;
  if (tokens.length > 2 * LONGEST_NAME + 1) return false;
  let at = 0;
  let token = 0;
  let again: { at: number; readonly token: number } | undefined;
  while (at < characters.length || token < tokens.length) {
    const next = tokens[token];
    if (next?.kind === 'many') {
      again = { at, token };
      token += 1;
    } else if (next && at < characters.length && isOne(next, characters[at]!)) {
      at += 1;
      token += 1;
    } else if (again && again.at < characters.length) {
      again.at += 1;
      at = again.at;
      token = again.token + 1;
    } else return false;
  }
  return true;
}

/** Whether the pattern names this character at its beginning. A wildcard does not. */
export const beginsWith = ({ tokens: [first] }: NamePattern, character: string): boolean =>
  first?.kind === 'text' && first.text === character;

function isOne(token: Token, character: string): boolean {
  if (token.kind === 'text') return token.text === character;
  if (token.kind === 'set') {
    return token.isOther !== token.ranges.some(([from, to]) => from <= character && character <= to);
  }
  return token.kind === 'one';
}
