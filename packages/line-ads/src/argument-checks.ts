/** Checks of what a caller gives. Wrong usage is a TypeError that says what was expected and what came instead. */

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

export function requireObject(name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`Expected ${name} to be an object, got ${show(value)}.`);
  }
}

export function requireFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') {
    throw new TypeError(`Expected ${name} to be a function, got ${show(value)}.`);
  }
}

export function requireText(name: string, value: string): void {
  if (typeof value !== 'string' || value.trim() === '') {
    throw new TypeError(`Expected ${name} to be a non-empty string, got ${show(value)}.`);
  }
}

/** Counts code points, so that an emoji is one character. */
export function requireName(name: string, value: string): void {
  requireText(name, value);
  const length = [...value].length;
  if (length > LONGEST_NAME) {
    throw new TypeError(`Expected ${name} to have at most ${LONGEST_NAME} characters, got ${length}.`);
  }
}

export function requireOneOf(name: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) {
    throw new TypeError(`Expected ${name} to be one of ${allowed.join(', ')}, got ${show(value)}.`);
  }
}

/** The longest time for a timer, in ms. With a longer time it would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function requireInteger(name: string, value: number, least: number, most = LONGEST_TIMER_MS): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new TypeError(`Expected ${name} to be an integer from ${least} to ${most}, got ${show(value)}.`);
  }
}

/** A value for a message. It is never used for keys, and it shows nothing of objects. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'function' ? 'a function' : `${String(value)} (${typeof value})`;
}
