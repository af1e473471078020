/** The overview in the HTTP API: what the first page of the web app shows, in one bounded answer. */
import { z } from 'zod';
import { serviceRunStatus } from '../domain/runs/run.ts';
import { audienceHealth, healthCounts } from './health-report.ts';

/** The one thing that a person can do about an audience. */
export const attentionAction = z.enum([
  /** The action of the job. */
  'continue',
  'run_now',
  'resume',
  /** Look at the judgement of the last run, and approve it or not. */
  'approve',
  /** Enter other credentials: `authorization_id` says where, when that is known. */
  'replace_key',
  /** Edit the job. */
  'edit',
  /** Look at the job. */
  'look',
]);
export type AttentionAction = z.infer<typeof attentionAction>;

export const attention = audienceHealth.extend({
  action: attentionAction,
  /** For `replace_key`. */
  authorization_id: z.string().nullable(),
});
export type Attention = z.infer<typeof attention>;

const numbers = z.array(z.number().nullable()).readonly();

/**
 * A number for each day, oldest first; the last one is today, so far. An audience without a run on a day counts with
 * what is known of it from the days before. Null before anything is known.
 */
const overviewSeries = z.object({
  /** The beginning of each day, in the time zone of the installation. */
  days: z.array(z.string()).readonly(),
  /** What LINE took in the last successful run of each audience. A person in several audiences counts several times. */
  members: numbers,
  /** The sum of LINE’s estimates. */
  reach: numbers,
  /** LINE’s exact estimates as a share of the members of their audiences. */
  match_rate: numbers,
  /** The successful runs that ended on the day: half of them, and all but one in twenty, took no longer. */
  median_ms: numbers,
  p95_ms: numbers,
});
export type OverviewSeries = z.infer<typeof overviewSeries>;

const plannedRun = z.object({
  job_id: z.string(),
  job_name: z.string(),
  at: z.string(),
  /** The median of the job’s last successful runs; null without one. */
  expected_ms: z.number().int().nullable(),
});

const plannedHour = z.object({
  from: z.string(),
  /** The number of runs that begin in this hour. */
  runs: z.number().int(),
  /** The first of them. */
  first: z.array(plannedRun).readonly(),
});

export const overview = z.object({
  at: z.string(),
  /**
   * When the sizes and estimates of the audiences, the series and the calendar were read: `at`, or some minutes before
   * it in a large installation.
   */
  points_at: z.string().optional(),
  series_at: z.string().optional(),
  calendar_at: z.string().optional(),
  /** The audiences of all jobs, except terminated ones, at each level: the rules of the health report. */
  counts: healthCounts,
  runs: z.object({
    /** By status: those that were queued today in the time zone of the installation, and all that go on. */
    today: z.record(serviceRunStatus, z.number().int()),
    /** The oldest of those that are running. */
    now: z
      .array(z.object({ id: z.string(), job_id: z.string().nullable(), job_name: z.string(), started_at: z.string() }))
      .readonly(),
  }),
  series: overviewSeries,
  /** The hours of the next two days in which runs begin. */
  calendar: z.array(plannedHour).readonly(),
  /** What deserves attention most: at most five jobs, each with its worst audience. */
  attention: z.array(attention).readonly(),
});
export type Overview = z.infer<typeof overview>;
