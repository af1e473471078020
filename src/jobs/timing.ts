/** When a job runs, by its configuration. */

import type { JobReads } from '../contracts/job-store.ts';
import type { JobConfiguration } from '../domain/jobs/configuration.ts';
import { scheduleOf } from '../domain/schedule/schedule.ts';
import { type Trigger, triggerOf } from '../domain/schedule/trigger.ts';
import type { Timing } from './slots.ts';

export const timingOf = (configuration: JobConfiguration): Omit<Timing, 'now'> => ({
  schedule: scheduleOf(configuration),
  trigger: triggerOf(configuration),
});

/**
 * What a trigger that is set now has seen: the successes so far. The last run of the other job counts only when it has
 * succeeded, because it may yet.
 */
export async function seenBy(store: Pick<JobReads, 'lastRun'>, trigger: Trigger | undefined): Promise<string | null> {
  if (!trigger) return null;
  const last = await store.lastRun(trigger.job_id);
  if (!last) return null;
  const queued = Date.parse(last.summary.queued_at);
  return new Date(last.status === 'succeeded' ? queued : queued - 1).toISOString();
}
