/** The rows of leases (leases.ts) in the database. All times are of the database's clock. */
import { type QueryCreator, sql } from 'kysely';
import { type LeaseClaim, RUN_LEASE } from '../../contracts/job-store.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { Db, Tx } from '../database/database.ts';
import type { Schema } from '../database/schema.ts';
import type { LeaseTable } from './leases.ts';

/**
 * @param knows the number of the last migration that this version knows. The database gives a version that is too old
 * no lease.
 */
export const leaseTable = (db: Db, knows: number): LeaseTable => ({
  take: async (name, holder, ttlMs) => {
    const { rows } = await sql<{ token: number }>`
      insert into lineup.leases as lease (name, holder, token, acquired_at, expires_at, knows)
      values (${name}, ${holder}, nextval('lineup.lease_tokens'), clock_timestamp(), ${expiry(ttlMs)}, ${knows}::int)
      on conflict (name) do update
        set holder = excluded.holder, token = excluded.token, acquired_at = excluded.acquired_at,
            expires_at = excluded.expires_at, knows = excluded.knows
        where ${isFree('lease')}
      returning token`.execute(db);
    return rows[0]?.token;
  },
  renew: async (tokens, holder, ttlMs) => {
    const rows = await db
      .updateTable('leases')
      .set({ expires_at: expiry(ttlMs) })
      .where('token', 'in', tokens)
      .where('holder', '=', holder)
      .where('expires_at', '>', sql<Date>`clock_timestamp()`)
      .returning('token')
      .execute();
    return rows.map(({ token }) => token);
  },
  delete: async (tokens) => {
    await db.deleteFrom('leases').where('token', 'in', tokens).execute();
  },
});

/**
 * No lease is taken for longer. One that ends later was taken while the clock of the database was ahead, and counts as
 * expired.
 */
export const LONGEST_LEASE_MS = 3_600_000;

/**
 * Whether a lease has expired. A holder that lives renews it, so that nobody waits for the end of a wrong clock's
 * lease.
 */
export const isFree = (lease: string) => {
  const ends = sql.ref(`${lease}.expires_at`);
  return sql<boolean>`(${ends} <= clock_timestamp() or ${ends} > ${expiry(LONGEST_LEASE_MS)})`;
};

/** Whether a worker holds a run. @param run the alias of its row in the query */
export const isHeldRun = (run: string) => sql<boolean>`exists (
  select from lineup.leases as lease
  where lease.name = ${sql.lit(RUN_LEASE)} || ${sql.ref(`${run}.id`)} and not ${isFree('lease')})`;

const expiry = (ttlMs: number) => sql<Date>`clock_timestamp() + make_interval(secs => ${ttlMs / 1000})`;

/**
 * Deletes the rows of expired leases: of dead processes, or of requests whose response was lost. They block nobody,
 * but the rows of ended runs would stay for ever, because nobody takes their names again.
 */
export async function purgeLeases(db: Db): Promise<void> {
  await db.deleteFrom('leases').where(isFree('leases')).execute();
}

/**
 * Deletes all leases. Only for the start of a process on PGlite, which no other process can have open. All holders
 * are dead then, and their runs continue at once instead of after the expiry.
 */
export async function deleteAllLeases(db: Db): Promise<void> {
  await db.deleteFrom('leases').execute();
}

/**
 * Checks that `token` still holds the lease, and locks that until the transaction ends.
 * @throws {LineupError} `run_taken_over`
 */
export async function assertHeld(tx: Tx, lease: LeaseClaim): Promise<void> {
  const row = await heldLease(tx, lease).executeTakeFirst();
  if (!row) throw takenOver();
}

/** The lease if it is still held, which it stays until the transaction ends. */
export const heldLease = (db: QueryCreator<Schema>, { name, token }: LeaseClaim) =>
  db
    .selectFrom('leases')
    .select('token')
    .where('name', '=', name)
    .where('token', '=', token)
    .where('expires_at', '>', sql<Date>`clock_timestamp()`)
    .forUpdate();

/** The lease of a run is not held any more. */
export const takenOver = (): LineupError =>
  new LineupError('run_taken_over', sentence`Another worker has taken over this run.`, { retryable: true });
