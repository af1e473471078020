/** A member as a line of NDJSON, parsed as a whole. */

export type JsonObject = Readonly<Record<string, unknown>>;

/** Undefined when the line is not JSON, or not an object. */
export function parseMember(line: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The values of a member's field. Only own properties are fields: `constructor` is none. A missing field has one
 * empty value. Undefined for an object.
 */
export function valuesOf(member: JsonObject, field: string): readonly string[] | undefined {
  const value = Object.hasOwn(member, field) ? member[field] : undefined;
  if (!Array.isArray(value)) {
    const text = textOf(value);
    return text === undefined ? undefined : [text];
  }
  const texts = value.map(textOf);
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? undefined : String(value);
}
