/** An answer that is not of the documented shape. Its message never quotes the answer. */
export class UnreadableAnswer extends Error {
  override readonly name = 'UnreadableAnswer';
}

export type JsonObject = Record<string, unknown>;

/** A reader of a whole answer: JSON, then the shape. Throws UnreadableAnswer. */
export function json<T>(read: (value: JsonObject) => T): (text: string) => T {
  return (text) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      // The engine's own error quotes the text, which may be anything.
      throw new UnreadableAnswer('it is not JSON');
    }
    return read(asObject(value, 'the answer'));
  };
}

export function asObject(value: unknown, what: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new UnreadableAnswer(`${what} is not an object`);
}

export function asList<T>(value: unknown, what: string, read: (value: JsonObject) => T): T[] {
  if (!Array.isArray(value)) throw new UnreadableAnswer(`${what} is not a list`);
  return value.map((item) => read(asObject(item, `an entry of ${what}`)));
}

/** LINE gives the same id as a string here and as a number there. */
export function asId(value: unknown, what: string): string {
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  throw new UnreadableAnswer(`${what} is not an id`);
}

/** An id that LINE gives as a number. */
export function asNumber(value: unknown, what: string): number {
  const number = optionalNumber(value);
  if (number !== undefined && Number.isSafeInteger(number)) return number;
  throw new UnreadableAnswer(`${what} is not a number`);
}

/** Text that LINE should give; '' when it does not, for nothing hangs on it. */
export function asText(value: unknown): string {
  return optionalText(value) ?? '';
}

export function optionalText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : undefined;
}

/** The given fields without those that are undefined: a field that LINE left out is absent, not undefined. */
export function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** A number, also when it is given as text; else undefined. */
export function optionalNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
}
