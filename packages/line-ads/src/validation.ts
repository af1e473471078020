/** Checks of names and ids that go to LINE. Wrong usage is a TypeError. */
import { requireLength, requireText, show } from '../../client-core/src/validation.ts';

/** LINE's limit for the name of an audience, in characters. */
const LONGEST_NAME = 120;

/** One encoded path segment. Refuses what could change the path (`..`, an empty id). */
export function segment(name: string, value: string): string {
  requireText(name, value);
  if (value === '.' || value === '..' || !value.isWellFormed()) {
    throw new TypeError(`Expected ${name} to be an id, got ${show(value)}.`);
  }
  return encodeURIComponent(value);
}

/** Several ids in one segment, separated by commas, as LINE's delete takes them. So no id may contain a comma. */
export function segments(name: string, values: readonly string[]): string {
  if (values.length === 0) throw new TypeError(`Expected ${name} to hold at least one id, got none.`);
  return values
    .map((value) => {
      const encoded = segment(name, value);
      if (value.includes(',')) throw new TypeError(`Expected ${name} to be single ids, got ${show(value)}.`);
      return encoded;
    })
    .join(',');
}

export function requireName(name: string, value: string): void {
  requireText(name, value);
  requireLength(name, value, LONGEST_NAME);
}
