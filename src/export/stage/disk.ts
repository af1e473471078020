import { LineupError } from '../../contracts/errors.ts';
import { inside, sentence } from '../../contracts/sentence.ts';

/** A failure to write below the staging directory, as a sentence about it: `disk_full` or `storage_failed`. */
export function explainDisk(directory: string, error: unknown): LineupError {
  const place = inside(directory, sentence`the data directory`);
  const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes(reason)) {
    return new LineupError(
      'disk_full',
      sentence`There is no room left for the staged chunks in ${place}; those of this run were removed. Free some space (65 bytes a member), then start again.`,
      { reason, cause: error },
    );
  }
  return new LineupError(
    'storage_failed',
    sentence`The staged chunks could not be written to ${place} (${reason}).`,
    { reason, cause: error },
  );
}
