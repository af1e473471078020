/** Who changed what. Written in the transaction of the change, so that none goes without its line. */
import type { Actor, AuditEntry } from '../contracts/people.ts';
import type { Db, Tx } from './database.ts';
import { json } from './schema.ts';

export interface NewAuditEntry {
  /** `<kind>.<verb>`, e.g. `authorization.create`. */
  readonly action: string;
  readonly subjectType: string;
  readonly subjectId: string;
  /** What changed, by name; never a secret, never an identifier. */
  readonly detail?: Record<string, unknown>;
}

export async function recordAudit(tx: Tx, actor: Actor, entry: NewAuditEntry, now: Date): Promise<void> {
  await tx
    .insertInto('audit_log')
    .values({
      at: now,
      actor_id: actor.id,
      actor: actor.name,
      action: entry.action,
      subject_type: entry.subjectType,
      subject_id: entry.subjectId,
      detail: json(entry.detail ?? {}),
    })
    .execute();
}

/** Newest first; `before` is the id of the last one seen. */
export async function listAudit(
  db: Db,
  page: { limit: number; before?: number; subject?: { type: string; id: string } },
): Promise<AuditEntry[]> {
  const { subject, before } = page;
  const rows = await db
    .selectFrom('audit_log')
    .selectAll()
    .$if(subject !== undefined, (query) =>
      query.where('subject_type', '=', subject?.type ?? '').where('subject_id', '=', subject?.id ?? ''),
    )
    .$if(before !== undefined, (query) => query.where('id', '<', before ?? 0))
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute();
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}

/** Forgets what happened before `before`. */
export async function forgetAudit(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('audit_log').where('at', '<', before).execute();
}
