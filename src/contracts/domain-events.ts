/** Events of jobs and keys that can cause a notification: one per change of state, none for a retry. And the digest. */
import { z } from 'zod';
import { alertFacts } from '../domain/alerts/alerts.ts';
import { turnover } from '../domain/runs/turnover.ts';
import { localizedShape } from '../domain/text/localized.ts';
import { audienceHealth, healthCounts, healthPoint } from './health-report.ts';
import { jobError } from './jobs.ts';

/** All types, in the order of the form. */
export const domainEventTypes = [
  'job_failed',
  'job_waiting',
  'guard_stopped',
  'audience_incomplete',
  'audience_renewed',
  'values_changed',
  'job_recovered',
  'run_late',
  'nobody_matched',
  'alert_raised',
  'alert_cleared',
  'authorization_unhealthy',
  'job_succeeded',
  'weekly_digest',
] as const;
export type DomainEventType = (typeof domainEventTypes)[number];

/** The default of a channel: everything that needs a person, and its end. */
export const defaultEventTypes: readonly DomainEventType[] = domainEventTypes.filter(
  (type) => type !== 'job_succeeded' && type !== 'weekly_digest',
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
  /**
   * A key is refused, the clock is wrong, or tries after an error were in vain for hours. The job continues by itself.
   */
  z.object({ type: z.literal('job_waiting'), ...about, error: jobError }),
  /** A guard held a result back: a person decides. After an empty result, the job waits for its next slot. */
  z.object({ type: z.literal('guard_stopped'), ...about, error: jobError }),
  /** A run ended or was stopped after it had sent a part of its members. */
  z.object({
    type: z.literal('audience_incomplete'),
    ...about,
    ...localizedShape,
    sent: z.number().int(),
    total: z.number().int(),
  }),
  /** A run has filled a successor, because the audience ends. Campaigns must be changed to it. */
  z.object({
    type: z.literal('audience_renewed'),
    ...about,
    ...localizedShape,
    audiences: z
      .array(
        z.object({
          old_id: z.string(),
          old_name: z.string().nullable(),
          old_ends_at: z.string().nullable(),
          new_id: z.string(),
          new_name: z.string().nullable(),
        }),
      )
      .readonly(),
  }),
  /** A scan of a job that fills an audience for each value of a column has seen other values than the one before. */
  z.object({
    type: z.literal('values_changed'),
    ...about,
    ...localizedShape,
    added: z.array(z.string()).readonly(),
    vanished: z.array(z.string()).readonly(),
  }),
  /** The first success after one of the events above. */
  z.object({ type: z.literal('job_recovered'), ...about }),
  /** A run has not ended long after it was due. */
  z.object({ type: z.literal('run_late'), ...about, since: z.string() }),
  /** LINE finished matching, and matched no user. */
  z.object({
    type: z.literal('nobody_matched'),
    ...about,
    ...localizedShape,
  }),
  /** An alert rule of the job is broken. Once for each alert, also when the rule stays broken for many runs. */
  z.object({ type: z.literal('alert_raised'), ...about, ...alertFacts, ...localizedShape }),
  /** The alert is over. `since`: when it was raised; `measured` is the last value. */
  z.object({
    type: z.literal('alert_cleared'),
    ...about,
    ...alertFacts,
    ...localizedShape,
    since: z.string(),
  }),
  /** LINE or a source no longer accepts the credentials. */
  z.object({
    type: z.literal('authorization_unhealthy'),
    at: z.string(),
    authorizationId: z.string(),
    authorizationLabel: z.string(),
    ...localizedShape,
  }),
  /** A run ended, and LINE has all its members. */
  z.object({ type: z.literal('job_succeeded'), ...about, uniqueMembers: z.number().int().nullable() }),
  /** Once a week. */
  z.object({
    type: z.literal('weekly_digest'),
    /** The Monday at 09:00. */
    at: z.string(),
    /** The number of all audiences, and of those at each level. */
    total: z.number().int(),
    counts: healthCounts,
    /** Those that deserve attention most. */
    audiences: z
      .array(
        audienceHealth
          .pick({
            job_id: true,
            job_name: true,
            ad_account_id: true,
            level: true,
            concerns: true,
            members: true,
            members_week_ago: true,
          })
          .extend(healthPoint.pick({ estimated_size: true, match_rate: true }).shape)
          .extend({
            /** Who has joined and who has left with the runs of the week, in tens. Missing when it is not known. */
            week: turnover.optional(),
            /**
             * Of a split job: how many of its audiences have this level, and how many it has. Then the numbers of a
             * single audience are null. Missing for other jobs.
             */
            parts: z.object({ of_concern: z.number().int(), all: z.number().int() }).optional(),
          }),
      )
      .readonly(),
  }),
]);
export type DomainEvent = z.infer<typeof domainEvent>;
export type WeeklyDigest = Extract<DomainEvent, { type: 'weekly_digest' }>;
