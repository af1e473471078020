/** Checks the upload that a suppression list reads. It must stay, because every run reads it. */

import type { NewSuppressionList } from '../../domain/audiences/suppression-lists.ts';
import { type FieldError, LineupError } from '../../domain/errors/errors.ts';
import { uploadOfSegment } from '../../domain/files/file-names.ts';
import { fieldError } from '../../domain/text/localized.ts';
import { listed, quoted, sentence } from '../../domain/text/sentence.ts';
import type { Db, Tx } from '../../store/database/database.ts';
import { listsReadingUpload } from '../../store/repositories/suppression-lists.ts';
import { getUpload, lockUpload, markUsed } from '../../store/repositories/uploads.ts';
import { unlessNotFound, uploadGone } from './of-job.ts';

type Asked = Pick<NewSuppressionList, 'source_authorization_id' | 'segment_id'>;

const uploadOf = ({ source_authorization_id, segment_id }: Asked): string | undefined =>
  source_authorization_id === null ? uploadOfSegment(segment_id) : undefined;

export async function uploadProblemsOfList(db: Db, list: Asked): Promise<FieldError[]> {
  const id = uploadOf(list);
  const upload = id === undefined ? undefined : await getUpload(db, id).catch(unlessNotFound);
  // Opening the source reports a missing file.
  if (!upload || upload.policy === 'keep') return [];
  return [
    fieldError(
      'segment_id',
      sentence`Every run reads a suppression list, but this file is deleted after the first run. Choose to keep it.`,
    ),
  ];
}

/** Reserves the upload for the list that `tx` saves, so that it is not deleted meanwhile. @throws {LineupError} */
export async function claimUploadForList(tx: Tx, list: Asked, now: Date): Promise<void> {
  const id = uploadOf(list);
  if (id === undefined) return;
  const upload = await lockUpload(tx, id).catch(unlessNotFound);
  if (!upload || upload.deleted_at !== null) throw uploadGone(list.segment_id);
  await markUsed(tx, id, now);
}

/** @throws {LineupError} `upload_in_use`; the message names the lists */
export async function assertNoListReads(tx: Tx, uploadId: string): Promise<void> {
  const lists = await listsReadingUpload(tx, uploadId);
  if (lists.length === 0) return;
  throw new LineupError(
    'upload_in_use',
    sentence`The suppression list ${listed(lists.map(({ name }) => quoted(name)))} reads this file in every run. Keep the file, or give the list another one first.`,
  );
}
