/** When a job runs, by its configuration. */

import type { JobReads, StoredJob } from '../contracts/job-store.ts';
import { scheduleOf } from '../domain/schedule/schedule.ts';
import { looksAtSource, type Trigger, triggerOf } from '../domain/schedule/triggers/index.ts';
import type { Timing } from './slots.ts';

export function timingOf({
  configuration,
  sourceAuthorizationId,
}: Pick<StoredJob, 'configuration' | 'sourceAuthorizationId'>): Omit<Timing, 'now'> {
  const trigger = triggerOf(configuration);
  const source = JSON.stringify([sourceAuthorizationId, configuration.segment_id]);
  return { schedule: scheduleOf(configuration), trigger, ...(trigger && looksAtSource(trigger) && { source }) };
}

/**
 * What a trigger that is set now has seen; null for nothing.
 * @param inSource what is there in the source, for a trigger that looks there
 */
export async function seenBy(
  store: Pick<JobReads, 'lastRun'>,
  trigger: Trigger | undefined,
  inSource: string | null,
): Promise<string | null> {
  switch (trigger?.kind) {
    case 'after_job':
      return successesOf(store, trigger.job_id);
    case 'object':
    case 'table':
      return inSource;
    case 'webhook':
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
