/** Jobs in the HTTP API: exports with a configuration (domain/jobs/configuration.ts) and a state. */
import { z } from 'zod';
import { MAX_SIBLINGS } from '../domain/audiences/requests.ts';
import { jobTypes } from '../domain/destinations/index.ts';
import { openApproval } from '../domain/jobs/approvals.ts';
import { type JobStatus, jobConditions, jobStatuses } from '../domain/jobs/conditions.ts';
import { configurationFields, jobConfiguration, SIBLINGS, siblingConfiguration } from '../domain/jobs/configuration.ts';
import { leftOut } from '../domain/jobs/let-in.ts';
import { jobSorts, sortOrders, tag, tags } from '../domain/jobs/lists.ts';
import { lookResults } from '../domain/schedule/triggers/looks.ts';
import type { TriggerState } from '../domain/schedule/triggers/seen.ts';
import { fieldErrorSchema, localizedShape, translatable } from '../domain/text/localized.ts';
import { issueText } from '../domain/text/sentence.ts';
import { adAccountId, customAudienceId, knownId, plainLine, plainLines } from '../domain/values/bounds.ts';
import { damaged, pageOf, pageQuery } from '../domain/values/paging.ts';
import { jobType } from './providers/index.ts';
import { runProgress } from './run-progress.ts';
import { runSummary } from './runs.ts';

export const jobStatus = z.enum(jobStatuses);
export const jobCondition = z.enum(jobConditions);

/**
 * LINE has only a part of what a run had to send. The audience is incomplete until that run is resumed and ends, or a
 * later run succeeds. A run that is running right now does not count.
 */
export const incompleteAtLine = z.object({
  /** The run that left the audience incomplete. */
  run_id: z.string(),
  /** Records in the chunks that LINE has accepted. */
  sent: z.number().int(),
  /** Records in all chunks. */
  total: z.number().int(),
});
export type IncompleteAtLine = z.infer<typeof incompleteAtLine>;

/** The actions of people on a job. */
export const jobAction = z.enum([
  'pause',
  'resume',
  'run_now',
  'run_anyway',
  'stop_run',
  /** Resumes the last run, of which LINE has only a part. */
  'continue',
  'restart',
  'terminate',
]);
export type JobAction = z.infer<typeof jobAction>;

/** The actions that need nothing but the job. *Run anyway* needs what the person saw. */
export const plainAction = jobAction.exclude(['run_anyway']);
export type PlainAction = z.infer<typeof plainAction>;

/** Actions on many jobs at once: only those that do not need a look at each job. */
export const bulkAction = jobAction.extract(['pause', 'resume', 'run_now', 'continue']);
export type BulkAction = z.infer<typeof bulkAction>;

/** The maximum number of jobs in one bulk action. */
export const MAX_BULK = 100;

/** The result per job of a bulk action, in the order of the request. */
export const bulkResult = z.object({
  results: z
    .array(
      z.object({
        id: z.string(),
        done: z.boolean(),
        /** Why the action was refused. The other jobs are not affected. */
        error: z.object({ code: z.string(), ...localizedShape }).nullable(),
      }),
    )
    .readonly(),
});
export type BulkResult = z.infer<typeof bulkResult>;

/** Why a job failed or waits. */
export const jobError = z.object({
  code: z.string(),
  ...localizedShape,
  reason: z.string().nullable(),
});
export type JobError = z.infer<typeof jobError>;

/** Consecutive errors. */
export interface Errors {
  /** At least 1. */
  readonly count: number;
  /** When the first of them occurred. */
  readonly since: Date;
}

/** The part of a job that its transitions (src/jobs/states.ts) read and write. */
export interface JobState {
  readonly status: JobStatus;
  /** Set only while the job sleeps. Null then while it waits for its trigger alone. */
  readonly sleepUntil: Date | null;
  /**
   * The first slot that no run has served; null without a schedule, and when it is not known. Of a trigger: when a run
   * is to begin for what it has seen.
   */
  readonly slot: Date | null;
  /** Null with an `error` when the tries after it are over, and the job waits for its next slot. */
  readonly errors: Errors | null;
  readonly error: JobError | null;
  /** Missing without a trigger. */
  readonly trigger?: TriggerState | undefined;
}

const name = plainLine(issueText`Enter a label.`).max(200);
const description = plainLines().max(1000);

const ADOPTED =
  'The destination’s id of an audience that has the name and type of the configuration. The job fills it as its own, as after a loss of the installation.';

/** A new job. */
export const newJob = z.strictObject({
  type: jobType.default(jobTypes[0]!),
  name,
  description: description.default(''),
  tags: tags.optional(),
  /** The authorization of the destination. */
  authorization_id: knownId,
  /** The source's authorization; null for files. */
  source_authorization_id: knownId.nullable().default(null),
  configuration: jobConfiguration,
  /** True: its first run waits until a person resumes the job. */
  paused: z.boolean().optional().describe('True: the first run waits until somebody resumes the job.'),
  /**
   * An audience at LINE with the name and type of the configuration. The job adopts it, so its first run replaces it
   * and creates none.
   */
  audience_id: customAudienceId.nullable().optional().describe(ADOPTED),
  /** The same for `configuration.siblings`, in their order. */
  sibling_audience_ids: z
    .array(customAudienceId.nullable())
    .max(MAX_SIBLINGS)
    .optional()
    .describe('The same for the audiences of configuration.siblings, in the same order.'),
  moved_from: knownId
    .optional()
    .describe('The job that goes on as this one, at a destination that takes over the audiences of its own.'),
});
export type NewJob = z.infer<typeof newJob>;

/** A change of a job. A configuration must be complete. */
export const jobChange = z.strictObject({
  name: name.optional(),
  description: description.optional(),
  /** All tags, not only new ones. */
  tags: tags.optional(),
  authorization_id: knownId.optional(),
  source_authorization_id: knownId.nullable().optional(),
  configuration: jobConfiguration.optional(),
  /**
   * A job keeps its audience at LINE, so a new `audience_name` renames the audience. True: the next run creates another
   * audience with that name, and the present one stays unchanged. A new ad account or identifier type needs this. Of
   * several identifiers, it is for those whose `audience_name` changes.
   */
  another_audience: z.boolean().optional(),
});
export type JobChange = z.infer<typeof jobChange>;

/** A job without its runs. */
export const job = z.object({
  id: z.string(),
  type: jobType,
  name: z.string(),
  description: z.string(),
  tags: z.array(z.string()).readonly(),
  authorization_id: z.string(),
  source_authorization_id: z.string().nullable(),
  // Without limits and rules, to show jobs that were saved under wider ones.
  configuration: configurationFields.extend({
    segment_id: z.string(),
    adaccount_id: z.string(),
    audience_id: z.string().nullable(),
    id_field: z.string(),
    cron_expressions: z.array(z.string()).nullable().default(null),
    hold_out: z.object({ share: z.number(), experiment: z.string() }).nullable().default(null),
    suppression_lists: z.array(z.string()).default([]),
    siblings: z
      .array(siblingConfiguration.extend({ audience_id: z.string().nullable(), id_field: z.string() }))
      .default([])
      .describe(SIBLINGS),
  }),
  /** The audience at LINE: chosen, or created by the first run. */
  audience_id: z.string().nullable(),
  sibling_audience_ids: z
    .array(z.string().nullable())
    .readonly()
    .describe(
      'The destination’s ids of the audiences of configuration.siblings, in the same order. Null until the first run has created one.',
    ),
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
  damaged,
});
export type Job = z.infer<typeof job>;

/** A job with its latest runs and the actions that are possible now, for lists and its page. */
export const jobView = job.extend({
  condition: jobCondition,
  /**
   * What a waiting job waits for: a key that LINE or the source accepts, or a correct clock. Null for other jobs, and
   * for one that has tried in vain and goes on at its next slot.
   */
  waits_for: z.enum(['key', 'clock']).nullable(),
  /** Null when the audience at LINE is complete, or nothing was sent yet. */
  incomplete_at_line: incompleteAtLine.nullable(),
  /** What a person can approve now with *Run anyway*; null when there is nothing. */
  approval: openApproval.nullable(),
  /** The number of open alerts. */
  open_alerts: z.number().int(),
  moved_from: z
    .object({ id: z.string(), name: z.string(), exists: z.boolean() })
    .nullable()
    .describe('The job that went on as this one at another destination. A deleted one keeps its name here.'),
  moved_to: z
    .array(z.object({ id: z.string(), name: z.string() }))
    .readonly()
    .describe('The jobs that this one went on as at another destination.'),
  trigger: z
    .object({
      job: z
        .object({ id: z.string(), name: z.string() })
        .nullable()
        .optional()
        .describe('Of after_job: the other job. Null when it was deleted.'),
      looked_at: z
        .string()
        .nullable()
        .optional()
        .describe('Of a trigger that looks at the source: the last look with an answer. Null before the first one.'),
      found: z
        .enum(lookResults)
        .nullable()
        .optional()
        .describe(
          'What that look has found: new, what starts a run; same, what was there before; nothing, when no object matches or the value is empty. Null when it is not known.',
        ),
      next_look_at: z
        .string()
        .nullable()
        .optional()
        .describe('When it is looked at again. Null while it is not: the job is stopped, or a run is to begin anyway.'),
      failing_since: z
        .string()
        .nullable()
        .optional()
        .describe('Since when the source could not be looked at; the warnings say why. Null when it could.'),
      webhook: z
        .object({
          secret_made_at: z.string().nullable().describe('Null while it has none, so that nobody can send a webhook.'),
          old_secret_valid_until: z.string().nullable().describe('Until when the secret before is valid, too.'),
        })
        .optional()
        .describe('Of webhook: what signs it.'),
      fired_at: z.string().nullable().describe('When it came the last time, as the job knows it.'),
    })
    .optional()
    .describe('What a job waits for that runs when its data is ready. Missing for others.'),
  awaited_by: z
    .object({
      count: z.number().int(),
      jobs: z
        .array(z.object({ id: z.string(), name: z.string() }))
        .readonly()
        .describe('The first of them.'),
      ...localizedShape,
    })
    .optional()
    .describe('The jobs that wait for this one, and why it cannot be deleted. Missing when there are none.'),
  part_of: z
    .object({
      id: z.string(),
      name: z.string(),
      value: z.string().describe('Of the column.'),
      is_in_last_scan: z.boolean().describe('Whether the last scan has seen the value. If not, the job does not run.'),
    })
    .optional()
    .describe('The job that fills an audience for each value of a column, of which this one is a part.'),
  parts: z
    .object({
      total: z.number().int(),
      missing: z.number().int().describe('Those whose value the last scan has not seen.'),
    })
    .optional()
    .describe('How many audiences a job fills that has one for each value of a column. Missing for others.'),
  warnings: z
    .array(fieldErrorSchema)
    .readonly()
    .describe('What is unwise in its configuration, each at its key. It works all the same.'),
  runs_empty_at: z
    .string()
    .nullable()
    .describe(
      'When all members that the job has sent leave its list, if no run sends them again; of several lists, the first one. Null where members do not leave by age, and before the first whole run.',
    ),
  renewal: z
    .object({
      audience_id: z.string(),
      audience_name: z.string(),
      ends_at: z.string().describe('When the destination ends the audience.'),
      planned_at: z
        .string()
        .describe('When a run is to fill another one in its place; without a schedule, any run from then on does.'),
      is_near: z.boolean().describe('In 30 days at most.'),
      ...localizedShape,
    })
    .nullable()
    .describe('Of the audience that is renewed first. Null where audiences do not end, and while no end is known.'),
  renewed: z
    .array(
      z.object({
        at: z.string(),
        run_id: z.string(),
        old_id: z.string(),
        old_name: z.string().nullable(),
        old_ends_at: z.string().nullable(),
        new_id: z.string(),
        new_name: z.string(),
      }),
    )
    .readonly()
    .describe('The audiences that runs have renewed, oldest first. Campaigns that use an old one must be changed.'),
  longest_stay_days: z
    .number()
    .int()
    .nullable()
    .describe(
      'Whoever is no longer sent stays in its audiences for up to so many days: those of the job, or of an earlier run whose members have not left yet. Null where members do not leave by age.',
    ),
  authorization_label: z.string(),
  /** Null for files. */
  source_label: z.string().nullable(),
  /** When the next scheduled run or retry starts; null when there is none. */
  next_run_at: z.string().nullable(),
  runs_when: z
    .object(localizedShape)
    .optional()
    .describe(
      'What starts the next run of a job that waits for its data, in words; while no time is known. Missing for others, and for a job that waits for one that is deleted or terminated.',
    ),
  last_run: runSummary.nullable(),
  progress: runProgress
    .nullable()
    .describe('What its last run does at this moment. Null when it has ended, and until it has begun.'),
  /** Of the last run of which LINE has something; null before. */
  left_out: leftOut.nullable(),
  /**
   * The trend: the sizes after the latest successful runs, oldest first. While the audience is incomplete, the last
   * number is what LINE has of it.
   */
  recent_sizes: z.array(z.number().int()),
  /** The actions that are possible now. */
  actions: z.array(jobAction),
});
export type JobView = z.infer<typeof jobView>;

/** The filter and the order of a list of jobs. */
export const jobListQuery = pageQuery.extend({
  status: jobStatus.optional(),
  condition: jobCondition.optional(),
  /** Only jobs whose audience is incomplete at LINE. */
  incomplete: z
    .literal('true')
    .transform(() => true as const)
    .optional(),
  /** Part of a job's name, source, audience, ad account or tag. */
  search: z.string().max(200).optional(),
  ad_account: adAccountId.optional(),
  tag: tag.optional(),
  part_of: knownId
    .optional()
    .describe('Only the parts of this job, which fills an audience for each value. Without it, parts are not listed.'),
  /** Default: `created`. */
  sort: z.enum(jobSorts).optional(),
  order: z.enum(sortOrders).optional(),
});
export type JobListQuery = z.infer<typeof jobListQuery>;

/** A page of jobs, and its position in the whole list. */
export const jobPage = pageOf(jobView).extend({
  /** The number of jobs on all pages. */
  total: z.number().int(),
  /** The number of jobs before this page. */
  before: z.number().int(),
});
export type JobPage = z.infer<typeof jobPage>;

/** A tag, and the number of jobs that have it. */
export const tagInUse = z.object({ tag: z.string(), jobs: z.number().int() });
export type TagInUse = z.infer<typeof tagInUse>;

/** One line of a job's log. */
export const jobTransition = z.object({
  id: z.number().int(),
  at: z.string(),
  action: z.string(),
  from_status: jobStatus.nullable(),
  to_status: jobStatus,
  /** The condition that people see; null in entries of versions without conditions. */
  to_condition: jobCondition.nullable(),
  actor: z.string(),
  reason: z.string().nullable(),
  reason_sentence: translatable('reason'),
  /** Of the error in `reason`; null without one, and in entries of earlier versions. */
  code: z.string().nullable(),
  run_id: z.string().nullable(),
});
export type JobTransition = z.infer<typeof jobTransition>;
