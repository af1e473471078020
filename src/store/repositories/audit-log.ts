/** The audit log: who changed what. An entry is written in the transaction of its change, so every change has one. */
import { sql } from 'kysely';
import type { AuditEntry, AuditFilter } from '../../contracts/audit.ts';
import type { Actor } from '../../domain/people/people.ts';
import type { Db, Tx } from '../database/database.ts';
import { escapeLike, json } from '../database/schema.ts';

export interface NewAuditEntry {
  /** `<kind>.<verb>`, e.g. `authorization.create`. */
  readonly action: string;
  readonly subjectType: string;
  readonly subjectId: string;
  /** What changed, by name. Never a secret or an identifier. */
  readonly detail?: Record<string, unknown>;
}

export async function recordAudit(tx: Tx, actor: Actor, entry: NewAuditEntry, now: Date): Promise<void> {
  const { action, subjectType, subjectId, detail = {} } = entry;
  // The transaction gets its number before the entry gets its id, on which the streams rely (audit-streams.ts).
  await sql`
    insert into lineup.audit_log (at, actor_id, actor, action, subject_type, subject_id, detail, request_id)
    select ${now}::timestamptz, ${actor.id}::text, ${actor.name}::text, ${action}::text, ${subjectType}::text,
      ${subjectId}::text, ${json(detail)}::jsonb, ${actor.requestId ?? null}::text
    from pg_current_xact_id()`.execute(tx);
}

/** Newest first. `before` is the id of the last entry of the previous page. */
export async function listAudit(
  db: Db,
  { limit, before, ...wanted }: AuditFilter & { limit: number; before?: number },
): Promise<AuditEntry[]> {
  const rows = await matching(db, wanted)
    .$if(before !== undefined, (query) => query.where('id', '<', before!))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(entryOf);
}

/** Oldest first, those with an id above `after` and at most `upTo`. */
export async function auditInOrder(
  db: Db,
  { limit, after, upTo, ...wanted }: AuditFilter & { limit: number; after: number; upTo: number },
): Promise<AuditEntry[]> {
  const rows = await matching(db, wanted)
    .where('id', '>', after)
    .where('id', '<=', upTo)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(entryOf);
}

const matching = (db: Db, { actor, verb, subject_type, subject_id, from, to }: AuditFilter) =>
  db
    .selectFrom('audit_log')
    .selectAll()
    .$if(Boolean(actor), (query) => query.where('actor', 'ilike', `%${escapeLike(actor!)}%`))
    .$if(verb !== undefined, (query) => query.where('action', 'like', `%.${escapeLike(verb!)}`))
    .$if(subject_type !== undefined, (query) => query.where('subject_type', '=', subject_type!))
    .$if(subject_id !== undefined, (query) => query.where('subject_id', '=', subject_id!))
    .$if(from !== undefined, (query) => query.where('at', '>=', new Date(from!)))
    .$if(to !== undefined, (query) => query.where('at', '<', new Date(to!)));

const entryOf = <Row extends { readonly at: Date }>(row: Row) => ({ ...row, at: row.at.toISOString() });

type Named = Promise<readonly { readonly id: string; readonly name: string }[]>;

/** Without uploads, because the name of a file may be personal. */
const named: Readonly<Record<string, (db: Db, ids: readonly string[]) => Named>> = {
  job: (db, ids) => db.selectFrom('jobs').select(['id', 'name']).where('id', 'in', ids).execute(),
  authorization: (db, ids) =>
    db.selectFrom('authorizations').select(['id', 'label as name']).where('id', 'in', ids).execute(),
  notification_channel: (db, ids) =>
    db.selectFrom('notification_channels').select(['id', 'label as name']).where('id', 'in', ids).execute(),
  suppression_list: (db, ids) =>
    db.selectFrom('suppression_lists').select(['id', 'name']).where('id', 'in', ids).execute(),
  api_token: (db, ids) => db.selectFrom('api_tokens').select(['id', 'name']).where('id', 'in', ids).execute(),
  user: (db, ids) => db.selectFrom('users').select(['id', 'name']).where('id', 'in', ids).execute(),
};

/** The names of the subjects that still exist, by type and id. */
export async function namesOfSubjects(
  db: Db,
  subjects: readonly Pick<AuditEntry, 'subject_type' | 'subject_id'>[],
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const [type, find] of Object.entries(named)) {
    const ids = new Set(
      subjects.filter((subject) => subject.subject_type === type).map((subject) => subject.subject_id),
    );
    if (ids.size === 0) continue;
    for (const { id, name } of await find(db, [...ids])) names.set(`${type} ${id}`, name);
  }
  return names;
}
