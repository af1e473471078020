/** Values as they are written in JSON. */

/** Node.js has them, but the types of this version of JavaScript do not. */
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON: (text: string) => unknown;
  isRawJSON: (value: unknown) => boolean;
};

/** An int64: a number of any length. */
export const idJson = (id: string): unknown => rawJSON(id);

/** How long new ids are. */
export const idLengths = ['short', 'largest', 'too-large'] as const;

/** The id after so many others: near `short`, just below 2^53, or above it. */
export function newId(length: (typeof idLengths)[number], others: number, short: bigint): string {
  const number = BigInt(others);
  if (length === 'largest') return String(BigInt(Number.MAX_SAFE_INTEGER) - 13n * number);
  // An odd number above 2^53 has no exact double.
  if (length === 'too-large') return String(2n ** 60n + 1n + 38n * number);
  return String(short + 37n * number);
}

/** Leaves out properties without a value. */
export function withoutNulls(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withoutNulls);
  if (typeof json !== 'object' || json === null || isRawJSON(json)) return json;
  const entries = Object.entries(json).filter(([, value]) => value !== null);
  return Object.fromEntries(entries.map(([key, value]) => [key, withoutNulls(value)]));
}

/** Replaces every property of these names, wherever it is. */
export function withProperties(json: unknown, changed: ReadonlyMap<string, string | null>): unknown {
  if (Array.isArray(json)) return json.map((element) => withProperties(element, changed));
  if (typeof json !== 'object' || json === null || isRawJSON(json)) return json;
  const entries = Object.entries(json).map(([key, value]) => [
    key,
    changed.has(key) ? changed.get(key) : withProperties(value, changed),
  ]);
  return Object.fromEntries(entries);
}
