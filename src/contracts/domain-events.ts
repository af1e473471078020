/** What happens to jobs and keys that a person may want to be told of: one event a change of state, none for a retry. */
import { z } from 'zod';
import { jobError } from './jobs.ts';
import { localizedShape } from './localized.ts';

/** Every type, in the order in which people are asked which they want. */
export const domainEventTypes = [
  'job_failed',
  'job_waiting',
  'guard_stopped',
  'audience_incomplete',
  'job_recovered',
  'run_late',
  'nobody_matched',
  'authorization_unhealthy',
  'job_succeeded',
] as const;
export type DomainEventType = (typeof domainEventTypes)[number];

/** What is told unless somebody chooses otherwise: whatever needs a person, and its end. */
export const defaultEventTypes: readonly DomainEventType[] = domainEventTypes.filter(
  (type) => type !== 'job_succeeded',
);

const about = {
  at: z.string(),
  jobId: z.string(),
  jobName: z.string(),
  runId: z.string().nullable(),
};

export const domainEvent = z.discriminatedUnion('type', [
  /** The job will not run again by itself. */
  z.object({ type: z.literal('job_failed'), ...about, error: jobError }),
  /** A key is refused, or the clock is wrong: the job goes on by itself when that is put right. */
  z.object({ type: z.literal('job_waiting'), ...about, error: jobError }),
  /** A guard kept a result back: a person decides, or, of an empty one, the next slot. */
  z.object({ type: z.literal('guard_stopped'), ...about, error: jobError }),
  /** A run ended, or was ended, with a part of its members sent. */
  z.object({
    type: z.literal('audience_incomplete'),
    ...about,
    ...localizedShape,
    sent: z.number().int(),
    total: z.number().int(),
  }),
  /** The first success after one of those above. */
  z.object({ type: z.literal('job_recovered'), ...about }),
  /** A run has not come to its end long after it was due. */
  z.object({ type: z.literal('run_late'), ...about, since: z.string() }),
  /** LINE looked, and matched nobody. */
  z.object({
    type: z.literal('nobody_matched'),
    ...about,
    ...localizedShape,
  }),
  /** LINE or a source accepts the credentials no more. */
  z.object({
    type: z.literal('authorization_unhealthy'),
    at: z.string(),
    authorizationId: z.string(),
    authorizationLabel: z.string(),
    ...localizedShape,
  }),
  /** A run came to its end, and LINE has it all. */
  z.object({ type: z.literal('job_succeeded'), ...about, uniqueMembers: z.number().int().nullable() }),
]);
export type DomainEvent = z.infer<typeof domainEvent>;
