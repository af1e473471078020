/** Looks whether what jobs wait for has come, and gives those jobs a slot. */

import type { JobReads } from '../../contracts/job-store.ts';
import type { JobsContext } from '../context.ts';
import { afterJobs } from './after-job.ts';
import { type Come, fire } from './fire.ts';

/** The most jobs of one look. */
const BATCH = 250;

/** What the storage knows, by kinds of triggers. A kind that asks another system has a chore of its own. */
const looks: readonly ((store: JobReads, limit: number) => Promise<Come[]>)[] = [afterJobs];

/**
 * Gives every job a slot whose data has come. An error with one job does not stop the others.
 * @returns false when something of it is left to another version
 */
export async function fireTriggers(context: JobsContext): Promise<boolean> {
  let isDone = true;
  for (const look of looks) {
    for (const come of await look(context.store, BATCH)) {
      try {
        isDone = (await fire(context, come)) !== 'left' && isDone;
      } catch (error) {
        context.log.record('job.trigger_failed', { job_id: come.jobId, err: error });
      }
    }
  }
  return isDone;
}
