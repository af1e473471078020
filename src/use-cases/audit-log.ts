/** The audit log: the entries that use cases write, and the use cases that read it. */
import {
  type AuditEntry,
  type AuditFilter,
  MAX_EXPORTED,
  type NewAuditEntry,
  type ShownAuditEntry,
} from '../contracts/audit.ts';
import type { AuditLog } from '../contracts/use-cases.ts';
import type { CsvRow } from '../domain/text/csv.ts';
import { type Db, transaction } from '../store/database/database.ts';
import { auditInOrder, listAudit, namesOfSubjects, recordAudit } from '../store/repositories/audit-log.ts';
import { lookAtLog, Watermark } from '../store/repositories/audit-streams.ts';
import { numberedPage } from './cursors.ts';
import type { UseCaseDeps } from './deps.ts';

/** How many entries one query of an export reads. */
const BATCH = 1_000;

export function auditLogUseCases({ db, now }: UseCaseDeps): AuditLog {
  const watermark = new Watermark();
  return {
    list: async ({ limit, cursor, ...filter }) => {
      const { items, next } = await numberedPage(
        { limit, cursor },
        (most, before) => listAudit(db, { ...filter, limit: most, before }),
        (entry) => entry.id,
      );
      return { items: await withSubjects(db, items), next };
    },
    inOrder: async ({ limit, after, ...filter }) => {
      const look = await lookAtLog(db);
      const upTo = watermark.after(look);
      const items = upTo > after ? await auditInOrder(db, { ...filter, limit, after, upTo }) : [];
      const last = items.length === limit ? items.at(-1)!.id : Math.max(after, upTo);
      return { items, after: last, newest: look.newest };
    },
    exported: async (filter) => auditTable(await newest(db, filter, MAX_EXPORTED)),
    record: (actor, entry) => transaction(db, (tx) => recordAudit(tx, actor, entry, now())),
  };
}

async function newest(db: Db, filter: AuditFilter, most: number): Promise<ShownAuditEntry[]> {
  const found: ShownAuditEntry[] = [];
  for (;;) {
    const limit = Math.min(BATCH, most - found.length);
    const batch = await listAudit(db, { ...filter, limit, before: found.at(-1)?.id });
    found.push(...(await withSubjects(db, batch)));
    if (batch.length < limit || found.length >= most) return found;
  }
}

async function withSubjects(db: Db, entries: readonly AuditEntry[]): Promise<ShownAuditEntry[]> {
  const names = await namesOfSubjects(db, entries);
  return entries.map((entry) => {
    const name = names.get(`${entry.subject_type} ${entry.subject_id}`);
    return { ...entry, subject_name: name ?? nameThen(entry), subject_exists: name !== undefined };
  });
}

function nameThen({ detail }: AuditEntry): string | null {
  const name = detail.name ?? detail.label;
  return typeof name === 'string' ? name : null;
}

const COLUMNS = ['time', 'actor', 'actor_id', 'action', 'subject_type', 'subject_id', 'subject', 'detail'] as const;

/** The entries as a table for spreadsheets. */
export const auditTable = (entries: readonly ShownAuditEntry[]): CsvRow[] => [
  COLUMNS,
  ...entries.map((entry) => [
    entry.at,
    entry.actor,
    entry.actor_id,
    entry.action,
    entry.subject_type,
    entry.subject_id,
    entry.subject_name,
    JSON.stringify(entry.detail),
  ]),
];

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
  // A value within another one is whole: what is missing was removed.
  const removed = prefix === '' ? {} : withNulls(before);
  for (const [key, value] of Object.entries({ ...removed, ...after })) {
    const earlier = old[key];
    if (value === undefined || JSON.stringify(earlier ?? null) === JSON.stringify(value)) continue;
    if (isPlain(value) && isPlain(earlier)) Object.assign(changes, changesBetween(earlier, value, `${prefix}${key}.`));
    else changes[`${prefix}${key}`] = [shown(earlier ?? null), shown(value)];
  }
  return changes;
}

/** Null for each key: what is removed from a value. */
const withNulls = (value: object): object => Object.fromEntries(Object.keys(value).map((key) => [key, null]));

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A query may name a person, and so may any text with an e-mail address. */
function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== 'string') return value;
  return value.length > LONGEST || value.includes('@') || /\n|\b(select|where)\b/i.test(value) ? '…' : value;
}
