/** How values are written in JSON. */

/** Node.js has them, but the types of this version of JavaScript do not. */
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON: (text: string) => unknown;
  isRawJSON: (value: unknown) => boolean;
};

/** An int64: a number of any length. */
export const idJson = (id: string): unknown => rawJSON(id);
export const isIdJson = isRawJSON;

/** `yyyyMMddHHmmss` in Japan's time. */
export function dateJson(time: number): string {
  const japan = new Date(time + 9 * 3_600_000).toISOString();
  return japan.slice(0, 19).replace(/\D/g, '');
}

/** Leaves out properties without a value. */
export function withoutNulls(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withoutNulls);
  if (typeof json !== 'object' || json === null || isIdJson(json)) return json;
  const entries = Object.entries(json).filter(([, value]) => value !== null);
  return Object.fromEntries(entries.map(([key, value]) => [key, withoutNulls(value)]));
}
