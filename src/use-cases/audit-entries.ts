/** The parts of audit log entries that all use cases share. */
import type { NewAuditEntry } from '../contracts/audit.ts';

/** Makes the entries for one type of subject. */
export const auditEntries =
  (subjectType: string) =>
  (verb: string, subjectId: string, detail: Record<string, unknown>): NewAuditEntry => ({
    action: `${subjectType}.${verb}`,
    subjectType,
    subjectId,
    detail,
  });

/** The log shows longer texts only as changed, without their content. */
const LONGEST = 200;

/** Old and new values by key, without secrets and without anything that may come from a member. */
export type Changes = Readonly<Record<string, readonly [before: unknown, after: unknown]>>;

/** Compares the keys of `after`. Dots join the keys of nested objects. Equal values are left out. */
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

/** A query may name a person, and so may any text with an e-mail address. */
function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== 'string') return value;
  return value.length > LONGEST || value.includes('@') || /\n|\b(select|where)\b/i.test(value) ? '…' : value;
}
