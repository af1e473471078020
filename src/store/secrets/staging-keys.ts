/**
 * The keys of staged files: sealed, in the database, so that any worker on the machine of the files can continue the
 * run.
 */
import { join } from 'node:path';
import { sql } from 'kysely';
import type { LeaseClaim } from '../../contracts/job-store.ts';
import type { RunFolder } from '../../contracts/ports.ts';
import { KEPT_MS } from '../../domain/jobs/approvals.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { Secret } from '../../domain/values/secret.ts';
import { assertHeld } from '../coordination/lease-table.ts';
import { type Db, type Tx, transaction } from '../database/database.ts';
import { inDatabase } from '../repositories/repository-errors.ts';
import { hasLaterRun, isActiveRun, isResumableRun } from '../repositories/runs.ts';
import { newFileKey } from '../sealed-files/gcm.ts';
import { SealedFolder, type StagingKey } from '../sealed-files/sealed-folder.ts';
import { type SecretBox, UnsealError } from './secret-box.ts';
import { stagingKeyCell } from './stored-secrets.ts';

/** The folders of runs below `stagingRoot`, each sealed with the key of its run. */
export const stagingFolders =
  (db: Db, box: SecretBox, stagingRoot: string) =>
  (runId: string, lease: LeaseClaim): RunFolder =>
    new SealedFolder(join(stagingRoot, runId), stagingKeyOf(db, box, runId, lease));

/** The key of the run that `lease` holds. A worker that has lost the run can neither make nor delete it. */
export function stagingKeyOf(db: Db, box: SecretBox, runId: string, lease: LeaseClaim): StagingKey {
  const whileHeld = <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
    inDatabase(keyRefused, () =>
      transaction(db, async (tx) => {
        await assertHeld(tx, lease);
        return work(tx);
      }),
    );
  return {
    find: () => inDatabase(keyRefused, () => reveal(db, box, runId)),
    findOrMake: () =>
      whileHeld(async (tx) => {
        const found = await reveal(tx, box, runId);
        if (found) return found;
        const key = newFileKey();
        const row = {
          file_key: box.seal(new Secret(key.reveal().toString('base64')), stagingKeyCell(runId)),
          key_id: box.keyId,
        };
        await tx
          .insertInto('staging_keys')
          .values({ run_id: runId, ...row })
          .onConflict((on) => on.column('run_id').doUpdateSet(row))
          .execute();
        return key;
      }),
    delete: () =>
      whileHeld(async (tx) => {
        await tx.deleteFrom('staging_keys').where('run_id', '=', runId).execute();
      }),
  };
}

/** What the database failed to do. */
export const keyRefused = sentence`The database did not return or store the key of the run’s staged chunks.`;

async function reveal(db: Db, box: SecretBox, runId: string): Promise<Secret<Buffer> | undefined> {
  const row = await db.selectFrom('staging_keys').select('file_key').where('run_id', '=', runId).executeTakeFirst();
  if (!row) return undefined;
  try {
    return new Secret(Buffer.from(box.open(row.file_key, stagingKeyCell(runId)).reveal(), 'base64'));
  } catch (error) {
    if (!(error instanceof UnsealError)) throw error;
    // Its staged files are lost, so the run stages again.
    return undefined;
  }
}

/**
 * Deletes the keys of runs that cannot continue, so that their staged files can never be read again. A run keeps its
 * key while it is active, and while it is the last run of its job and may be continued. A run that a person ended
 * keeps it only when LINE holds a part of it. What waits for an approval is kept for a day.
 */
export async function purgeStagingKeys(db: Db, now: Date): Promise<void> {
  const judgedBefore = new Date(now.getTime() - KEPT_MS);
  await sql`
    delete from lineup.staging_keys as key where not exists (
      select 1 from lineup.runs as run
      where run.id = key.run_id and (${isActiveRun('run')} or (
        not run.forbidden
        and (run.status = 'interrupted' or run.status = 'stopped' and run.at_line = 'part'
          or run.status = 'failed' and ${isResumableRun('run')}
            and not coalesce(run.error ? 'judged' and run.at_line = 'nothing' and run.ended_at < ${judgedBefore}, false))
        and exists (select 1 from lineup.jobs as job where job.id = run.job_id and job.status <> 'killed')
        and not ${hasLaterRun('run')})))`.execute(db);
}

/** The runs among `ids` that have no key, so that nothing can read their staged files. */
export async function withoutStagingKey(db: Db, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await db.selectFrom('staging_keys').select('run_id').where('run_id', 'in', ids).execute();
  const readable = new Set(rows.map((row) => row.run_id));
  return ids.filter((id) => !readable.has(id));
}
