/** Checks and reserves the upload that a job reads. */

import type { NewJob, PlainAction } from '../../contracts/jobs.ts';
import { type FieldError, LineupError } from '../../domain/errors/errors.ts';
import { uploadOfSegment } from '../../domain/files/file-names.ts';
import { fieldError, wrongValues } from '../../domain/text/localized.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { Db, Tx } from '../../store/database/database.ts';
import { getUpload, lockUpload, markUsed, withoutUpload } from '../../store/repositories/uploads.ts';

type Asked = Pick<NewJob, 'source_authorization_id' | 'configuration'>;

const uploadOf = ({ source_authorization_id, configuration }: Asked): string | undefined =>
  source_authorization_id === null ? uploadOfSegment(configuration.segment_id) : undefined;

/** A job that runs again needs a file that is kept. */
export async function uploadProblems(db: Db, job: Asked): Promise<FieldError[]> {
  const id = uploadOf(job);
  const upload = id === undefined ? undefined : await getUpload(db, id).catch(unlessNotFound);
  // Opening the source reports a missing file.
  if (!upload || upload.policy === 'keep' || !job.configuration.continuous_update) return [];
  return [
    fieldError(
      'configuration.segment_id',
      sentence`A job that is kept updated reads its file in every run, but this file is deleted after the first run. Choose to keep it.`,
    ),
  ];
}

/** Reserves the upload for the job that `tx` saves, so that it is not deleted meanwhile. @throws {LineupError} */
export async function claimUpload(tx: Tx, job: Asked, now: Date): Promise<void> {
  const id = uploadOf(job);
  if (id === undefined) return;
  const upload = await lockUpload(tx, id).catch(unlessNotFound);
  if (!upload || upload.deleted_at !== null) throw uploadGone(job.configuration.segment_id);
  const fields = await uploadProblems(tx, job);
  if (fields.length > 0) throw wrongValues(fields);
  await markUsed(tx, id, now);
}

const FRESH: readonly PlainAction[] = ['run_now', 'restart'];

export async function assertUploadFor(tx: Tx, job: Asked, action: PlainAction): Promise<void> {
  if (FRESH.includes(action)) await assertUpload(tx, job);
}

/** A new run reads the file again. This reports a missing file at once, before the run fails. */
export async function assertUpload(tx: Tx, job: Asked): Promise<void> {
  const id = uploadOf(job);
  if (id === undefined) return;
  if ((await withoutUpload(tx, [id])).length === 0) return;
  throw new LineupError(
    'action_not_allowed',
    sentence`The uploaded file of this job no longer exists. Upload it again, and choose it in the job.`,
  );
}

/** For `catch`: what does not exist is undefined. */
export function unlessNotFound(error: unknown): undefined {
  if (!(error instanceof LineupError) || error.code !== 'not_found') throw error;
}

/** The error for an upload that no longer exists. */
export const uploadGone = (segmentId: string): LineupError =>
  new LineupError(
    'source_not_found',
    sentence`The uploaded file (${segmentId}) no longer exists. It was deleted after its run or by a person, or is in another installation. Upload it again, and choose it in the job.`,
  );
