/**
 * The health report in the HTTP API: the audiences of all jobs, with size and reach over time, sorted by what deserves
 * attention.
 */
import { z } from 'zod';
import { identifierType } from '../domain/runs/run.ts';
import { pageOf } from '../domain/values/paging.ts';
import { incompleteAtLine, jobCondition, jobError } from './jobs.ts';

/** What deserves attention, the worst first. src/use-cases/health-report/concerns.ts has the rules. */
export const healthConcern = z.enum([
  /** It does not run again automatically. */
  'failed',
  /** A guard stopped it. */
  'needs_approval',
  /** LINE holds only a part of the audience. */
  'incomplete',
  /** A key is refused, or the clock is wrong. */
  'waiting',
  'nobody_matched',
  /** All members of its list leave soon, or have left, because no run sends them again. */
  'runs_empty',
  /** The destination takes nothing more into it. */
  'audience_unusable',
  /** A run fills another audience soon, because this one ends. */
  'audience_ends',
  /** A number of the job is beyond a limit that somebody has set. */
  'open_alert',
  /** No run has served a time of the schedule for six hours. */
  'late',
  'retrying',
  'reach_fallen',
  'size_changed',
  'paused',
]);
export type HealthConcern = z.infer<typeof healthConcern>;

/** `needs_person`: nothing gets better by itself · `worth_a_look`: something is unusual, or takes care of itself. */
export const healthLevel = z.enum(['needs_person', 'worth_a_look', 'healthy']);
export type HealthLevel = z.infer<typeof healthLevel>;

/** An audience after a successful run. */
export const healthPoint = z.object({
  /** The end of the run. */
  at: z.string(),
  /** The members that LINE took. */
  members: z.number().int(),
  /** LINE's estimate of the users that it reaches, as LINE writes it; null until LINE gives one. */
  estimated_size: z.string().nullable(),
  /** The estimate as a share of the members; null without a number. */
  match_rate: z.number().nullable(),
});
export type HealthPoint = z.infer<typeof healthPoint>;

export const audienceHealth = z.object({
  job_id: z.string(),
  job_name: z.string(),
  ad_account_id: z.string(),
  /** Null until the first run has created the audience. */
  audience_id: z.string().nullable(),
  // Only of a job with several audiences.
  delivery: z.number().int().optional().describe('Which audience of the job, from 1. Missing when the job has one.'),
  /** The name in the job; null when an existing audience was chosen. */
  audience_name: z.string().nullable().optional(),
  identifier_type: identifierType.optional(),
  condition: jobCondition,
  error: jobError.nullable(),
  error_count: z.number().int(),
  next_run_at: z.string().nullable(),
  incomplete_at_line: incompleteAtLine.nullable(),
  level: healthLevel,
  /** The worst first; empty for a healthy audience. */
  concerns: z.array(healthConcern).readonly(),
  /** The order of the list: a larger number deserves more attention. */
  score: z.number().int(),
  /** The end of the last successful run that filled the present audience; null when there is none. */
  last_success_at: z.string().nullable(),
  /** The members after the last success, and those a week before now; null when there is none. */
  members: z.number().int().nullable(),
  members_week_ago: z.number().int().nullable(),
  /** After the latest successful runs, oldest first. */
  history: z.array(healthPoint).readonly(),
});
export type AudienceHealth = z.infer<typeof audienceHealth>;

/** Which audiences. */
export const healthFilter = z.object({ level: healthLevel.optional() });
export type HealthFilter = z.infer<typeof healthFilter>;

/** The number of audiences at each level. */
export const healthCounts = z.record(healthLevel, z.number().int());
export type HealthCounts = z.infer<typeof healthCounts>;

/**
 * A page of audiences, its position in the whole list, and how many audiences there are at each level, whatever the
 * filter.
 */
export const healthReport = pageOf(audienceHealth).extend({
  total: z.number().int(),
  before: z.number().int(),
  counts: healthCounts,
  /** The time of this answer, by the clock of the service. */
  at: z.string().optional(),
  /** When the sizes and estimates were read that decide: `at`, or some minutes before it with very many audiences. */
  points_at: z.string().optional(),
});
export type HealthReport = z.infer<typeof healthReport>;
