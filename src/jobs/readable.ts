/**
 * What this version cannot read of a job: see `src/domain/values/tolerant.ts`. It leaves such a job alone, for the
 * version that can.
 */

import type { StoredJob } from '../contracts/job-store.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { sentence } from '../domain/text/sentence.ts';

/** These only inform. */
const INFORMS = /^(error|tags)(\.|$)/;

/** Actions that start nothing, so they need only the state of the job. */
export const ENDING_ACTIONS: readonly string[] = ['pause', 'stop_run', 'terminate'];

/** Whether this version knows all that the job asks for. */
export const isReadable = ({ damaged }: Pick<StoredJob, 'damaged'>): boolean =>
  damaged.every((part) => INFORMS.test(part));

/** @throws {LineupError} `data_newer` */
export function assertReadable(job: Pick<StoredJob, 'damaged'>): void {
  if (isReadable(job)) return;
  throw new LineupError(
    'data_newer',
    sentence`This version of Lineup cannot read a part of this job: ${job.damaged.join(', ')}. A newer version has stored it, or it is damaged. So this version leaves the job alone. Use the newer version, or edit the job.`,
  );
}
