/** When a job runs, by its configuration. */

import type { JobReads } from '../contracts/job-store.ts';
import type { JobConfiguration } from '../domain/jobs/configuration.ts';
import { scheduleOf } from '../domain/schedule/schedule.ts';
import { type Trigger, triggerOf } from '../domain/schedule/triggers/index.ts';
import type { Timing } from './slots.ts';

export const timingOf = (configuration: JobConfiguration): Omit<Timing, 'now'> => ({
  schedule: scheduleOf(configuration),
  trigger: triggerOf(configuration),
});

/** What a trigger that is set now has seen; null for nothing. */
export async function seenBy(store: Pick<JobReads, 'lastRun'>, trigger: Trigger | undefined): Promise<string | null> {
  switch (trigger?.kind) {
    case 'after_job':
      return successesOf(store, trigger.job_id);
    case undefined:
      return null;
  }
}

/** The successes so far. The last run of the other job counts only when it has succeeded, because it may yet. */
async function successesOf(store: Pick<JobReads, 'lastRun'>, jobId: string): Promise<string | null> {
  const last = await store.lastRun(jobId);
  if (!last) return null;
  const queued = Date.parse(last.summary.queued_at);
  return new Date(last.status === 'succeeded' ? queued : queued - 1).toISOString();
}
