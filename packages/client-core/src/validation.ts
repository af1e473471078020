/**
 * Checks of values from outside. What a caller gives: wrong usage is a TypeError that says what was expected and what
 * came instead. What the other side answers: each function throws AnswerError; a resource makes its readers of them.
 */

/** White space comes from careless copying, and no refusal tells it. The message does not show the secret. */
export function requireSecret(name: string, secret: string): void {
  if (typeof secret !== 'string' || secret === '') {
    throw new TypeError(`Expected ${name} to be a non-empty string, got ${secret === '' ? '""' : typeof secret}.`);
  }
  if (/\s/.test(secret)) throw new TypeError(`Expected ${name} to hold no white space.`);
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
export function requireLength(name: string, value: string, most: number): void {
  const length = [...value].length;
  if (length > most) throw new TypeError(`Expected ${name} to have at most ${most} characters, got ${length}.`);
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

/** An answer without the documented shape. The message never quotes the answer. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
}

export type JsonObject = Record<string, unknown>;

/** Makes a reader of a whole answer: it parses the JSON and passes the object to `read`. */
export function json<T>(read: (value: JsonObject) => T): (text: string) => T {
  return (text) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      // The engine's own error quotes the text, which may contain anything.
      throw new AnswerError('it is not JSON');
    }
    return read(asObject(value, 'the answer'));
  };
}

export function asObject(value: unknown, name: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new AnswerError(`${name} is not an object`);
}

export function asList<T>(value: unknown, name: string, read: (value: JsonObject) => T): T[] {
  if (!Array.isArray(value)) throw new AnswerError(`${name} is not a list`);
  return value.map((item) => read(asObject(item, `an entry of ${name}`)));
}

/**
 * An id that comes as a string or as a number. A number beyond 2^53 is refused, because JSON has rounded it already.
 */
export function asId(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  throw new AnswerError(`${name} is not an id`);
}

/** An id that is a number for the caller, too. */
export function asNumber(value: unknown, name: string): number {
  const number = optionalNumber(value);
  if (number !== undefined && Number.isSafeInteger(number)) return number;
  throw new AnswerError(`${name} is not a number`);
}

/** Text that should be there. '' when it is absent, because nothing depends on it. */
export function asText(value: unknown): string {
  return optionalText(value) ?? '';
}

export function optionalText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : undefined;
}

/** The fields whose value is not undefined, so that a field which was left out is absent. */
export function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** A number, also one that is given as text; otherwise undefined. */
export function optionalNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
}

export function presentTexts<K extends string>(fields: Record<K, unknown>): { [Name in K]?: string } {
  const texts = Object.entries(fields).map(([name, value]) => [name, optionalText(value)] as const);
  return present(Object.fromEntries(texts) as Record<K, string | undefined>);
}
