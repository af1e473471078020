/**
 * The streams of the audit log: which entries have arrived outside, and which may be sent.
 *
 * Ids come from a sequence, and transactions commit in any order: an entry may appear after one with a higher id. So an
 * entry is sent only when every transaction that could still bring a lower id has ended.
 */
import { sql } from 'kysely';
import type { AuditStreamState } from '../../contracts/audit-stream.ts';
import type { LeaseClaim } from '../../contracts/job-store.ts';
import { assertHeld } from '../coordination/lease-table.ts';
import type { Db, Tx } from '../database/database.ts';

/** A look at the log: everything in it is of one snapshot. */
export interface LogLook {
  /** The highest id that is visible. */
  readonly newest: number;
  /** All transactions below are over. */
  readonly allOverBelow: bigint;
  /** All transactions that had begun to write are below. */
  readonly begunBelow: bigint;
}

export async function lookAtLog(db: Db): Promise<LogLook> {
  const { rows } = await sql<{ newest: number; over: string; begun: string }>`
    select (select coalesce(max(id), 0) from lineup.audit_log) as newest,
      pg_snapshot_xmin(now)::text as over, pg_snapshot_xmax(now)::text as begun
    from pg_current_snapshot() as now`.execute(db);
  const [{ newest, over, begun } = { newest: 0, over: '0', begun: '0' }] = rows;
  return { newest: Number(newest), allOverBelow: BigInt(over), begunBelow: BigInt(begun) };
}

/**
 * Up to which id nothing can come any more. An entry gets its id after its transaction has its number
 * (`recordAudit`). So when all transactions that had a number at a look are over, no id up to the newest of that look
 * is missing, except those that were rolled back.
 */
export class Watermark {
  #upTo = 0;
  #waiting: { readonly newest: number; readonly begunBelow: bigint } | undefined;

  /** @returns the id */
  after({ newest, allOverBelow, begunBelow }: LogLook): number {
    const settle = (look: { readonly newest: number; readonly begunBelow: bigint } | undefined) => {
      if (!look || allOverBelow < look.begunBelow) return false;
      this.#upTo = Math.max(this.#upTo, look.newest);
      return true;
    };
    if (settle(this.#waiting)) this.#waiting = undefined;
    // One look waits until it is settled. A newer one in its place would never be under constant writing.
    if (!settle({ newest, begunBelow })) this.#waiting ??= { newest, begunBelow };
    return this.#upTo;
  }
}

/** The last entry that a stream has delivered. @param seen notes that a process has the stream in its settings */
export async function sentUpTo(db: Db, name: string, seen: Date): Promise<number> {
  const row = await db
    .selectFrom('audit_streams')
    .select(['sent_id', 'seen_at'])
    .where('name', '=', name)
    .executeTakeFirst();
  if (!row || Math.abs(seen.getTime() - row.seen_at.getTime()) > SEEN_EVERY_MS) {
    await db
      .insertInto('audit_streams')
      .values({ name, seen_at: seen })
      .onConflict((on) => on.column('name').doUpdateSet({ seen_at: seen }))
      .execute();
  }
  return Number(row?.sent_id ?? 0);
}

const HOUR = 3_600_000;
const SEEN_EVERY_MS = HOUR;
/** A stream that no process has had in its settings for so long was switched off. */
const SWITCHED_OFF_MS = 7 * 24 * HOUR;

/** @throws {LineupError} when another process has the stream now */
export async function noteSent(tx: Tx, lease: LeaseClaim, name: string, id: number, now: Date): Promise<void> {
  await assertHeld(tx, lease);
  await tx.updateTable('audit_streams').set({ sent_id: id, sent_at: now }).where('name', '=', name).execute();
}

/** The streams that are in use. */
export async function auditStreamStates(db: Db, now: Date): Promise<AuditStreamState[]> {
  const { rows } = await sql<{ name: string; oldest: Date | null }>`
    select stream.name, (
      select at from lineup.audit_log where id > stream.sent_id order by id limit 1) as oldest
    from lineup.audit_streams as stream
    where stream.seen_at > ${new Date(now.getTime() - SWITCHED_OFF_MS)} order by stream.name`.execute(db);
  return rows.map(({ name, oldest }) => ({
    name,
    lagSeconds: oldest ? Math.max(0, (now.getTime() - oldest.getTime()) / 1_000) : 0,
  }));
}

/**
 * Deletes entries older than `before`; those that a stream has not delivered only when they are older than
 * `lostBefore`.
 * @returns how many were never delivered
 */
export async function purgeAudit(db: Db, before: Date, lostBefore: Date, now: Date): Promise<number> {
  const { rows } = await sql<{ lost: number }>`
    with delivered as (
      select min(sent_id) as id from lineup.audit_streams
      where seen_at > ${new Date(now.getTime() - SWITCHED_OFF_MS)}),
    deleted as (
      delete from lineup.audit_log using delivered
      where at < ${before} and (delivered.id is null or audit_log.id <= delivered.id or at < ${lostBefore})
      returning audit_log.id > delivered.id as lost)
    select count(*) filter (where lost)::int as lost from deleted`.execute(db);
  return rows[0]?.lost ?? 0;
}
