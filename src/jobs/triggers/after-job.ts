/** Jobs whose other job has succeeded. */

import type { JobReads } from '../../contracts/job-store.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { Come } from './fire.ts';

/** That the other job has succeeded does not change any more, so only the job that waits is read again. */
export async function afterJobs(store: JobReads, limit: number): Promise<Come[]> {
  const successes = await store.unseenSuccesses(limit);
  return successes.map(({ jobId, awaited, at }) => ({
    jobId,
    seen: at.toISOString(),
    why: sentence`The job "${awaited.name}" has succeeded.`,
    isOf: (trigger) => trigger.kind === 'after_job' && trigger.job_id === awaited.id,
  }));
}
