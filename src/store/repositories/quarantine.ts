/** Sources in quarantine: they made their reader process end (src/use-cases/sources/quarantine.ts). */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Db, Tx } from '../database/database.ts';

/** An audience of a source. With `audienceId` null, the source itself: its list of audiences and its credentials. */
export interface QuarantineSubject {
  /** Null for files. */
  readonly authorizationId: string | null;
  readonly audienceId: string | null;
}

export interface QuarantineEntry {
  /** The request to the source. */
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

export async function findQuarantine(db: Db, subject: QuarantineSubject): Promise<QuarantineEntry | undefined> {
  return db
    .selectFrom('quarantined_sources')
    .select(['during', 'cause', 'detail', 'at'])
    .where('source_key', '=', keyOf(subject))
    .executeTakeFirst();
}

/** The newest entry replaces an older one. */
export async function putIntoQuarantine(tx: Tx, subject: QuarantineSubject, entry: QuarantineEntry): Promise<void> {
  const { authorizationId: authorization_id } = subject;
  await tx
    .insertInto('quarantined_sources')
    .values({ source_key: keyOf(subject), authorization_id, ...entry })
    .onConflict((conflict) => conflict.column('source_key').doUpdateSet({ ...entry }))
    .execute();
}

/** @returns whether the source was in quarantine */
export async function liftQuarantine(tx: Tx, subject: QuarantineSubject): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('quarantined_sources')
    .where('source_key', '=', keyOf(subject))
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

/** For an authorization that was changed: lifts the quarantine of all its sources. @returns whether there was one */
export async function liftQuarantinesOf(tx: Tx, authorizationId: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('quarantined_sources')
    .where('authorization_id', '=', authorizationId)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

/** Deletes old entries of sources that no job or suppression list reads, for example of a single try. */
export async function purgeQuarantines(db: Db, before: Date): Promise<void> {
  await sql`
    delete from lineup.quarantined_sources as held where at < ${before} and not exists (
      select 1 from lineup.jobs where held.source_key = encode(sha256(convert_to(
        coalesce(source_authorization_id, 'files') || ':' || (configuration->>'segment_id'), 'UTF8')), 'hex'))
      and not exists (
        select 1 from lineup.suppression_lists where held.source_key = encode(sha256(convert_to(
          coalesce(source_authorization_id, 'files') || ':' || segment_id, 'UTF8')), 'hex'))
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
