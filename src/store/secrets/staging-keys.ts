/** The keys of what runs have staged: sealed, in the database, so that any worker of the run's machine can go on with it. */
import { sql } from 'kysely';
import { Secret } from '../../contracts/secret.ts';
import { sentence } from '../../contracts/sentence.ts';
import { assertHeld, type Lease } from '../coordination/leases.ts';
import type { Db, Tx } from '../database/database.ts';
import { inDatabase } from '../repositories/repository-errors.ts';
import { newFileKey } from '../sealed-files/gcm.ts';
import type { StagingKey } from '../sealed-files/sealed-folder.ts';
import { type SecretBox, UnsealError } from './secret-box.ts';
import { stagingKeyPlace } from './stored-secrets.ts';

/** The key of the run that `lease` holds: whoever has lost the run neither makes nor forgets it. */
export function stagingKeyOf(db: Db, box: SecretBox, runId: string, lease: Lease): StagingKey {
  const held = <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
    inDatabase(keyRefused, () =>
      db.transaction().execute(async (tx) => {
        await assertHeld(tx, lease.name, lease.token);
        return work(tx);
      }),
    );
  return {
    find: () => inDatabase(keyRefused, () => reveal(db, box, runId)),
    findOrMake: () =>
      held(async (tx) => {
        const found = await reveal(tx, box, runId);
        if (found) return found;
        const key = newFileKey();
        const row = {
          file_key: box.seal(new Secret(key.reveal().toString('base64')), stagingKeyPlace(runId)),
          key_id: box.keyId,
        };
        await tx
          .insertInto('staging_keys')
          .values({ run_id: runId, ...row })
          .onConflict((on) => on.column('run_id').doUpdateSet(row))
          .execute();
        return key;
      }),
    forget: () =>
      held(async (tx) => {
        await tx.deleteFrom('staging_keys').where('run_id', '=', runId).execute();
      }),
  };
}

const keyRefused = sentence`The database did not give or take the key of the run’s staged chunks.`;

async function reveal(db: Db, box: SecretBox, runId: string): Promise<Secret<Buffer> | undefined> {
  const row = await db
    .selectFrom('staging_keys')
    .select('file_key')
    .where('run_id', '=', runId)
    .executeTakeFirst();
  if (!row) return undefined;
  try {
    return new Secret(Buffer.from(box.open(row.file_key, stagingKeyPlace(runId)).reveal(), 'base64'));
  } catch (error) {
    if (!(error instanceof UnsealError)) throw error;
    // What it has sealed is lost: the run stages anew.
    return undefined;
  }
}

/**
 * Forgets the keys of runs that nobody can go on with: a run is of use while it goes on, and, as the last one of its job, while
 * it may be continued; one that a person ended, only when LINE holds a part of it. What they have sealed can never be read again.
 */
export async function forgetStagingKeys(db: Db): Promise<void> {
  await sql`
    delete from lineup.staging_keys as key where not exists (
      select 1 from lineup.runs as run
      where run.id = key.run_id and (run.status in ('queued', 'running') or (
        not run.forbidden
        and (run.status = 'interrupted' or run.status = 'stopped' and run.at_line = 'part'
          or run.status = 'failed' and (run.error is null or run.error->>'resumable' = 'true'))
        and exists (select 1 from lineup.jobs as job where job.id = run.job_id and job.status <> 'killed')
        and not exists (
          select 1 from lineup.runs as later where later.job_id = run.job_id and later.queued_at > run.queued_at))))`.execute(
    db,
  );
}

/** Of these runs, those without a key: what they have staged is noise. */
export async function withoutStagingKey(db: Db, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await db.selectFrom('staging_keys').select('run_id').where('run_id', 'in', ids).execute();
  const readable = new Set(rows.map((row) => row.run_id));
  return ids.filter((id) => !readable.has(id));
}
