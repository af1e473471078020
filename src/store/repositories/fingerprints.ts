/** Which run has left the fingerprints of its members, and what opens them (src/store/fingerprints). */
import { sql } from 'kysely';
import type { ComparedDelivery } from '../../contracts/fingerprints.ts';
import type { IdentifierType } from '../../domain/audiences/requests.ts';
import type { RunState } from '../../domain/runs/run-state.ts';
import { Secret } from '../../domain/values/secret.ts';
import type { Db, Tx } from '../database/database.ts';
import type { SecretBox } from '../secrets/secret-box.ts';
import { hasLaterRun, isActiveRun } from './runs.ts';
import { makeSecret, revealSetting } from './settings.ts';

/** The setting that has the key of all fingerprints. */
export const FINGERPRINT_KEY = 'fingerprint_key';

export interface FingerprintFile {
  readonly file: string;
  /** In base64. */
  readonly salt: string;
  readonly bytes: number;
}

/**
 * The key of all fingerprints, made at its first use.
 * @throws {UnsealError} when it was sealed with another key
 */
export async function makeFingerprintKey(db: Db, box: SecretBox, now: Date): Promise<Secret<Buffer>> {
  await makeSecret(db, box, FINGERPRINT_KEY, 'base64', now);
  const key = await revealSetting(db, box, FINGERPRINT_KEY);
  if (!key) throw new Error('the key of the fingerprints was deleted');
  return new Secret(Buffer.from(key.reveal(), 'base64'));
}

/** With the digests of the chunks that the run has staged last. */
export interface LastFingerprints extends FingerprintFile {
  readonly runId: string;
  readonly chunks: readonly { readonly sha256: string }[];
}

/** A delivery that has filled its audience completely. @param alias of its row in `deliveries` */
const isComplete = (alias: string) => sql<boolean>`(${sql.ref(`${alias}.last_write_at`)} is not null
  and (${sql.ref(`${alias}.status`)} = 'succeeded'
    or ${sql.ref(`${alias}.at_line`)} = 'whole' and ${sql.ref(`${alias}.ended_at`)} is not null))`;

/**
 * Those of the last run that has filled the audience of a delivery completely, if that run has left any. Several
 * deliveries of a run may share the audience: then the one with the same identifier must be complete, too.
 */
export async function lastFingerprints(
  db: Db,
  { audienceId, request: { adAccountId, identifierType, field } }: ComparedDelivery,
): Promise<LastFingerprints | undefined> {
  if (audienceId === null) return undefined;
  const { rows } = await sql<LastFingerprints>`
    select its.run_id as "runId", its.file, its.salt, its.bytes::float8 as bytes, (
      select case its.delivery when 1 then event->'chunks' else event->'siblings'->(its.delivery - 2)->'chunks' end
      from lineup.run_events as staged
      where staged.run_id = its.run_id and staged.event->>'type' = 'staged' order by staged.seq desc limit 1) as chunks
    from (
      select run_id from lineup.deliveries as done
      where done.ad_account_id = ${adAccountId} and done.audience_id = ${audienceId} and ${isComplete('done')}
      order by done.last_write_at desc limit 1
    ) as last
    join lineup.fingerprints as its on its.run_id = last.run_id
    join lineup.deliveries as own on own.run_id = its.run_id and own.delivery = its.delivery and ${isComplete('own')}
    where its.identifier_type = ${identifierType} and its.id_field = ${field}
    order by its.delivery limit 1`.execute(db);
  return rows[0];
}

/** Keeps the file of a delivery. Without a job, as after its deletion, there is nothing to keep. */
export async function recordFingerprints(
  db: Db,
  { runId, delivery, request: { identifierType, field } }: RunState,
  { file, salt, bytes }: FingerprintFile,
  now: Date,
): Promise<void> {
  await sql`
    insert into lineup.fingerprints
      (run_id, delivery, job_id, identifier_type, id_field, file, salt, bytes, created_at)
    select id, ${delivery}::int, job_id, ${identifierType}::text, ${field}::text, ${file}::text, ${salt}::text,
      ${bytes}::bigint, ${now}::timestamptz
    from lineup.runs where id = ${runId} and job_id is not null
    on conflict (run_id, delivery) do update
    set file = excluded.file, salt = excluded.salt, bytes = excluded.bytes, created_at = excluded.created_at`.execute(
    db,
  );
}

/**
 * Deletes what no later run can be compared with: a run keeps its fingerprints while it is active or may be continued,
 * and while it is the last one that has filled its audience completely.
 */
export async function purgeFingerprints(db: Db): Promise<void> {
  await sql`
    delete from lineup.fingerprints as its where not exists (
      select from lineup.runs as run
      where run.id = its.run_id and (${isActiveRun('run')} or run.status = 'interrupted' and not ${hasLaterRun('run')}
        or exists (select from lineup.staging_keys as key where key.run_id = run.id)))
    and not exists (
      select from lineup.deliveries as own
      where own.run_id = its.run_id and own.delivery = its.delivery and ${isComplete('own')}
        and not exists (
          select from lineup.deliveries as later
          where later.ad_account_id = own.ad_account_id and later.audience_id = own.audience_id
            and later.run_id <> own.run_id and later.last_write_at > own.last_write_at and ${isComplete('later')}))`.execute(
    db,
  );
}

/** Deletes all of an identifier type, because somebody of them asked to be forgotten; or all. */
export async function dropFingerprints(tx: Db | Tx, type?: IdentifierType): Promise<void> {
  await tx
    .deleteFrom('fingerprints')
    .$if(type !== undefined, (query) => query.where('identifier_type', '=', type!))
    .execute();
}

/** The files among `names` that no row makes readable. */
export async function withoutFingerprints(db: Db, names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return [];
  const rows = await db.selectFrom('fingerprints').select('file').where('file', 'in', names).execute();
  const readable = new Set(rows.map(({ file }) => file));
  return names.filter((name) => !readable.has(name));
}
