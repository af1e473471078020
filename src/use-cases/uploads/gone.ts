import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';

/** A job, or a person, names an upload that is there no more. */
export const uploadGone = (segmentId: string): LineupError =>
  new LineupError(
    'source_not_found',
    sentence`The uploaded file (${segmentId}) is not here any more: it was deleted after its run or by a person, or it was uploaded to another installation. Upload it again, and choose it in the job.`,
  );
