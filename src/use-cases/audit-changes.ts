/** What a change changed, for the audit log: old and new values by key. Never a secret, never what may be a member's. */

/** Longer texts are told to have changed, and no more. */
const LONGEST = 200;

export type Changes = Readonly<Record<string, readonly [before: unknown, after: unknown]>>;

/** Keys of nested objects are joined by dots. Only what `after` has is looked at; equal values are left out. */
export function changesBetween(before: object, after: object, prefix = ''): Changes {
  const old = before as Record<string, unknown>;
  const changes: Record<string, readonly [unknown, unknown]> = {};
  for (const [key, value] of Object.entries(after)) {
    const earlier = old[key];
    if (value === undefined || JSON.stringify(earlier ?? null) === JSON.stringify(value)) continue;
    if (isPlain(value) && isPlain(earlier))
      Object.assign(changes, changesBetween(earlier, value, `${prefix}${key}.`));
    else changes[`${prefix}${key}`] = [shown(earlier ?? null), shown(value)];
  }
  return changes;
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A query may name a person, and so may whatever has an address in it. */
function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== 'string') return value;
  return value.length > LONGEST || value.includes('@') || /\n|\b(select|where)\b/i.test(value) ? '…' : value;
}
