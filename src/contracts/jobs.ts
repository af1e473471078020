/**
 * Jobs: configured exports with their schedule. The configuration has the keys of the Lytics LINE Ads export (its
 * form's fields in their order), plus `file_options`, `default_country`, `ifa_format` and
 * `max_shrink`.
 */
import { z } from 'zod';
import { adAccountId, knownId, plainLine, plainLines } from './bounds.ts';
import { configurationFields, jobConfiguration } from './job-configuration.ts';
import {
  type JobStatus,
  jobConditions,
  jobSorts,
  jobStatuses,
  MAX_TAG,
  MAX_TAGS,
  sortOrders,
} from './job-display.ts';
import { localizedShape, sentenceSchema } from './localized.ts';
import { pageOf, pageQuery } from './paging.ts';
import { jobType } from './providers.ts';
import { runSummary } from './runs.ts';
import { issueText } from './sentence.ts';

export const jobStatus = z.enum(jobStatuses);
export const jobCondition = z.enum(jobConditions);

/**
 * LINE holds a part of what a run was to send: the audience is not whole, until that run has gone on to its end, or a later one
 * has succeeded. Not told of the run that goes on right now.
 */
export const incompleteAtLine = z.object({
  /** The run that left it so. */
  run_id: z.string(),
  /** Records in the chunks that LINE has taken. */
  sent: z.number().int(),
  /** Records in all chunks. */
  total: z.number().int(),
});
export type IncompleteAtLine = z.infer<typeof incompleteAtLine>;

/** What people can do with a job. */
export const jobAction = z.enum([
  'pause',
  'resume',
  'run_now',
  'run_anyway',
  'stop_run',
  /** Goes on with the last run, of which LINE holds a part. */
  'continue',
  'restart',
  'terminate',
]);
export type JobAction = z.infer<typeof jobAction>;

/** What can be done with many jobs at once: nothing that asks for a look at each. */
export const bulkAction = jobAction.extract(['pause', 'resume', 'run_now', 'continue']);
export type BulkAction = z.infer<typeof bulkAction>;

/** How many jobs one request may act on. */
export const MAX_BULK = 100;

/** What became of each job of a bulk action, in the order in which they were named. */
export const bulkResult = z.object({
  results: z
    .array(
      z.object({
        id: z.string(),
        done: z.boolean(),
        /** Why it was refused; the others are done all the same. */
        error: z.object({ code: z.string(), ...localizedShape }).nullable(),
      }),
    )
    .readonly(),
});
export type BulkResult = z.infer<typeof bulkResult>;

/** Why a job failed or backs off. */
export const jobError = z.object({
  code: z.string(),
  ...localizedShape,
  reason: z.string().nullable(),
});
export type JobError = z.infer<typeof jobError>;

/** Errors in a row. */
export interface Errors {
  /** How many, the newest included: at least 1. */
  readonly count: number;
  /** When the first of them happened. */
  readonly since: Date;
}

/** What of a job its transitions (src/jobs/states.ts) read and write. */
export interface JobState {
  readonly status: JobStatus;
  /** Set exactly while it sleeps. */
  readonly sleepUntil: Date | null;
  /** The first slot that no run has served; null without a schedule, and where it is not known. */
  readonly slot: Date | null;
  readonly errors: Errors | null;
  readonly error: JobError | null;
}

const name = plainLine(issueText`Enter a label.`).max(200);
const description = plainLines().max(1000);

const tag = plainLine(issueText`Enter a tag.`).max(MAX_TAG);

/** Words by which people find jobs. No comma, for lists of them are written with commas. */
const tags = z
  .array(tag.regex(/^[^,]*$/, issueText`A tag has no comma.`))
  .max(MAX_TAGS)
  .refine(
    (all) => new Set(all.map((one) => one.toLowerCase())).size === all.length,
    issueText`The same tag is in the list twice.`,
  );

/** A new job. */
export const newJob = z.strictObject({
  type: jobType.default('line_ads_audience_export'),
  name,
  description: description.default(''),
  tags: tags.optional(),
  /** The LINE Ads authorization. */
  authorization_id: knownId,
  /** The source's authorization; null for files. */
  source_authorization_id: knownId.nullable().default(null),
  configuration: jobConfiguration,
});
export type NewJob = z.infer<typeof newJob>;

/** What may be edited; a configuration is given whole. */
export const jobChange = z.strictObject({
  name: name.optional(),
  description: description.optional(),
  /** All of them, not only new ones. */
  tags: tags.optional(),
  authorization_id: knownId.optional(),
  source_authorization_id: knownId.nullable().optional(),
  configuration: jobConfiguration.optional(),
  /**
   * A job keeps its audience at LINE: another `audience_name` renames it there. True: another one of that name is made, and
   * the job's present one stays as it is. A new ad account or identifier type needs that.
   */
  another_audience: z.boolean().optional(),
});
export type JobChange = z.infer<typeof jobChange>;

/** A job as the API gives it. */
export const job = z.object({
  id: z.string(),
  type: jobType,
  name: z.string(),
  description: z.string(),
  tags: z.array(z.string()).readonly(),
  authorization_id: z.string(),
  source_authorization_id: z.string().nullable(),
  // Those that were saved under wider bounds are shown, too.
  configuration: configurationFields.extend({
    segment_id: z.string(),
    adaccount_id: z.string(),
    audience_id: z.string().nullable(),
    id_field: z.string(),
  }),
  /** LINE's audience: the chosen one, or the one that the first run made. */
  audience_id: z.string().nullable(),
  status: jobStatus,
  sleep_until: z.string().nullable(),
  error_count: z.number().int(),
  errors_since: z.string().nullable(),
  error: jobError.nullable(),
  revision: z.number().int(),
  created_by: z.string(),
  created_at: z.string(),
  updated_by: z.string(),
  updated_at: z.string(),
});
export type Job = z.infer<typeof job>;

/** A job as lists and its page show it: with its latest runs, and what can be done with it now. */
export const jobView = job.extend({
  condition: jobCondition,
  /** What a waiting job waits for: a key that LINE or the source takes again, or a right clock. Null for all others. */
  waits_for: z.enum(['key', 'clock']).nullable(),
  /** Null when LINE holds the audience whole, or nothing was sent yet. */
  incomplete_at_line: incompleteAtLine.nullable(),
  authorization_label: z.string(),
  /** Null for files. */
  source_label: z.string().nullable(),
  /** When its next scheduled run or retry begins; null when none is to come. */
  next_run_at: z.string().nullable(),
  last_run: runSummary.nullable(),
  /**
   * What LINE held after its latest succeeded runs, oldest first: the trend. While the audience is incomplete, the last one is what
   * LINE holds of it.
   */
  recent_sizes: z.array(z.number().int()),
  /** The actions that would not be refused now. */
  actions: z.array(jobAction),
});
export type JobView = z.infer<typeof jobView>;

/** Which jobs a list has, and in which order. */
export const jobListQuery = pageQuery.extend({
  status: jobStatus.optional(),
  condition: jobCondition.optional(),
  /** Those of whose audience LINE holds a part. */
  incomplete: z
    .literal('true')
    .transform(() => true as const)
    .optional(),
  /** Part of a job's name, source, audience, ad account or tag. */
  search: z.string().max(200).optional(),
  ad_account: adAccountId.optional(),
  tag: tag.optional(),
  /** Default: `created`. */
  sort: z.enum(jobSorts).optional(),
  order: z.enum(sortOrders).optional(),
});
export type JobListQuery = z.infer<typeof jobListQuery>;

/** A page of jobs, and where it is in the whole list. */
export const jobPage = pageOf(jobView).extend({
  /** Jobs in all pages. */
  total: z.number().int(),
  /** Jobs in the pages before this one. */
  before: z.number().int(),
});
export type JobPage = z.infer<typeof jobPage>;

/** A tag, and how many jobs have it. */
export const tagInUse = z.object({ tag: z.string(), jobs: z.number().int() });
export type TagInUse = z.infer<typeof tagInUse>;

/** One line of a job's log. */
export const jobTransition = z.object({
  id: z.number().int(),
  at: z.string(),
  action: z.string(),
  from_status: jobStatus.nullable(),
  to_status: jobStatus,
  /** As people see it; null where it was written before there were conditions. */
  to_condition: jobCondition.nullable(),
  actor: z.string(),
  reason: z.string().nullable(),
  reason_sentence: sentenceSchema.nullish(),
  run_id: z.string().nullable(),
});
export type JobTransition = z.infer<typeof jobTransition>;
