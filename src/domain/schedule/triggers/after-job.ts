/** A job waits for the success of another one. */
import { z } from 'zod';
import type { JobStatus } from '../../jobs/conditions.ts';
import { type Sentence, sentence } from '../../text/sentence.ts';
import { knownId } from '../../values/bounds.ts';
import { triggerBounds } from './bounds.ts';

export const afterJob = z
  .strictObject({
    kind: z.literal('after_job'),
    job_id: knownId.describe('The job that must have succeeded.'),
    ...triggerBounds,
  })
  .readonly();
export type AfterJob = z.infer<typeof afterJob>;

/** The states in which others wait for a job in vain. A completed one is not among them: people start it again. */
export type StandingStill = Exclude<JobStatus, 'runnable' | 'sleeping' | 'completed'>;

export const standsStill = (status: JobStatus): status is StandingStill =>
  status === 'paused' || status === 'failed' || status === 'killed';

/**
 * Why a job cannot be deleted: others wait for it, and would never run again by themselves. It can be terminated,
 * because a person can always end what sends.
 * @param waiting the names of those that wait for it
 */
export function whyAwaited(name: string, [first, ...others]: readonly string[]): Sentence | undefined {
  if (first === undefined) return undefined;
  return others.length === 0
    ? sentence`The job "${first}" waits for "${name}" and would never run again by itself. Change when it runs, or delete it first.`
    : sentence`The job "${first}" and ${others.length} more wait for "${name}" and would never run again by themselves. Change when they run, or delete them first.`;
}
