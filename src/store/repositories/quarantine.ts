/** Sources in quarantine: reading them ended the process that read them (src/use-cases/sources/quarantine.ts). */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Db, Tx } from '../database/database.ts';

/** An audience of a source; or, with an audience of null, the way to the source itself: its list of audiences, its credentials. */
export interface QuarantineSubject {
  /** Null for files. */
  readonly authorizationId: string | null;
  readonly audienceId: string | null;
}

export interface QuarantineEntry {
  /** What was asked of the source. */
  readonly during: string;
  /** How the process ended (src/readers/death-report.ts). */
  readonly cause: string;
  readonly detail: string;
  readonly at: Date;
}

const keyOf = ({ authorizationId, audienceId }: QuarantineSubject): string =>
  createHash('sha256')
    .update(`${authorizationId ?? 'files'}${audienceId === null ? '' : `:${audienceId}`}`)
    .digest('hex');

export async function findQuarantine(
  db: Db,
  subject: QuarantineSubject,
): Promise<QuarantineEntry | undefined> {
  return db
    .selectFrom('quarantined_sources')
    .select(['during', 'cause', 'detail', 'at'])
    .where('source_key', '=', keyOf(subject))
    .executeTakeFirst();
}

/** The newest death is the one that is told. */
export async function putIntoQuarantine(
  tx: Tx,
  subject: QuarantineSubject,
  entry: QuarantineEntry,
): Promise<void> {
  const { authorizationId: authorization_id } = subject;
  await tx
    .insertInto('quarantined_sources')
    .values({ source_key: keyOf(subject), authorization_id, ...entry })
    .onConflict((conflict) => conflict.column('source_key').doUpdateSet({ ...entry }))
    .execute();
}

/** @returns whether it was there */
export async function liftQuarantine(tx: Tx, subject: QuarantineSubject): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('quarantined_sources')
    .where('source_key', '=', keyOf(subject))
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

/** Everything behind an authorization: it leads somewhere else now. @returns whether anything was there */
export async function liftQuarantinesOf(tx: Tx, authorizationId: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('quarantined_sources')
    .where('authorization_id', '=', authorizationId)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

/** Forgets old ones that no job reads: somebody tried them once. */
export async function forgetQuarantines(db: Db, before: Date): Promise<void> {
  await sql`
    delete from lineup.quarantined_sources as held where at < ${before} and not exists (
      select 1 from lineup.jobs where held.source_key = encode(sha256(convert_to(
        coalesce(source_authorization_id, 'files') || ':' || (configuration->>'segment_id'), 'UTF8')), 'hex'))
      and not exists (
        select 1 from lineup.authorizations as it
        where held.source_key = encode(sha256(convert_to(it.id, 'UTF8')), 'hex'))`.execute(db);
}

export async function countQuarantined(db: Db): Promise<number> {
  const { count } = await db
    .selectFrom('quarantined_sources')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}
