/** Runs of jobs in the HTTP API. `runDocument` (run.ts) has the whole result of a run. */
import { z } from 'zod';
import { MAX_SIBLINGS } from '../domain/audiences/requests.ts';
import { exportMode, identifierType, runError, runStatus } from '../domain/runs/run.ts';
import { wrongValue } from '../domain/text/localized.ts';
import { issueText, sentence } from '../domain/text/sentence.ts';
import { adAccountId, knownId } from '../domain/values/bounds.ts';
import { damaged } from '../domain/values/paging.ts';

/**
 * The status of a run. `queued`: until a worker takes it · `stopped`: a person stopped it. An `interrupted` or `failed`
 * run is `running` again when it is resumed.
 */
export const serviceRunStatus = z.enum([...runStatus.options, 'queued', 'stopped']);
export type ServiceRunStatus = z.infer<typeof serviceRunStatus>;

/** Why a run was started. */
export const runTrigger = z.enum(['created', 'schedule', 'retry', 'manual', 'anyway', 'restart']);
export type RunTrigger = z.infer<typeof runTrigger>;

const count = z.number().int().nullable();

/** LINE's matching of an audience after a run. */
const matching = {
  matching_status: z.string().nullable(),
  matching_size: z.string().nullable(),
  matching_at: z.string().nullable(),
};

/** What a run has done for one audience. */
const delivered = {
  audience_id: z.string().nullable(),
  audience_name: z.string().nullable(),
  scanned: count,
  missing: count,
  invalid: count,
  /** Valid values on a suppression list, and those of a hold-out group; null for a run that leaves nobody out. */
  suppressed: count,
  held_out: count,
  duplicates: count,
  unique: count,
  uploaded: count,
  chunks: count,
};

/** A further delivery of a run in a list. */
const runSummarySibling = z.object({
  /** From 2. */
  delivery: z.number().int(),
  identifier_type: identifierType,
  id_field: z.string(),
  ...delivered,
  ...matching,
});

export type RunSummarySibling = z.infer<typeof runSummarySibling>;

/** One run in a list. */
export const runSummary = z.object({
  id: z.string(),
  job_id: z.string().nullable(),
  job_name: z.string(),
  trigger: runTrigger,
  slot: z.string().nullable(),
  status: serviceRunStatus,
  /** Null until the run starts. */
  mode: exportMode.nullable(),
  queued_at: z.string(),
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
  ad_account_id: z.string().nullable(),
  // Of the first delivery.
  ...delivered,
  warnings: z.number().int(),
  error: runError.nullable(),
  ...matching,
  siblings: z
    .array(runSummarySibling)
    .readonly()
    .optional()
    .describe('The further identifiers. Missing when there are none.'),
  damaged,
});
export type RunSummary = z.infer<typeof runSummary>;

/** ISO 8601, with years that the database and cursors support. */
const MOMENT = /^[12]\d{3}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;
const DAY_MS = 86_400_000;

/** A time, or a day in UTC. */
const moment = z
  .string()
  .max(40)
  .refine(
    (text) => MOMENT.test(text) && !Number.isNaN(Date.parse(text)),
    issueText`Enter a date such as 2026-11-01, or a time such as 2026-11-01T09:00:00Z.`,
  );

/** The filter of a list of runs. A run must match all given conditions. */
export const runFilter = z.object({
  status: z
    .preprocess(
      (given: string | readonly string[]) => (typeof given === 'string' ? [given] : given),
      z
        .array(
          z.enum(
            serviceRunStatus.options,
            issueText`Enter one of these: running, succeeded, failed, interrupted, dry_run, queued, stopped.`,
          ),
        )
        .max(serviceRunStatus.options.length),
    )
    .optional()
    .describe('Repeat it for several statuses.'),
  job_id: knownId.optional(),
  deleted_job: z
    .enum(['true', 'false'], issueText`Enter true or false.`)
    .optional()
    .describe('Only runs whose job was deleted (`true`) or still exists (`false`).'),
  ad_account: adAccountId.optional(),
  from: moment.optional().describe('Only runs queued at or after this time.'),
  to: moment.optional().describe('Only runs queued before this time. A date means the end of that day.'),
});

/** The parsed filter. `from` is inclusive, `to` is exclusive. */
export interface RunFilter {
  readonly status?: readonly ServiceRunStatus[];
  readonly jobId?: string;
  readonly deletedJob?: boolean;
  readonly adAccountId?: string;
  readonly from?: Date;
  readonly to?: Date;
}

/** @throws {LineupError} `invalid_argument` when the end lies before the beginning */
export function readRunFilter(given: z.infer<typeof runFilter>): RunFilter {
  const { status, job_id, deleted_job, ad_account } = given;
  const from = given.from === undefined ? undefined : new Date(given.from);
  const to = given.to === undefined ? undefined : new Date(Date.parse(given.to) + restOfDay(given.to));
  if (from && to && from >= to) {
    throw wrongValue('to', sentence`The end must be after the start. Change one of them.`);
  }
  return {
    status: status && status.length > 0 ? status : undefined,
    jobId: job_id,
    deletedJob: deleted_job === undefined ? undefined : deleted_job === 'true',
    adAccountId: ad_account,
    from,
    to,
  };
}

const restOfDay = (given: string): number => (given.includes('T') ? 0 : DAY_MS);

/** One attempt of one request to LINE. */
export const runRequestEntry = z.object({
  at: z.string(),
  method: z.string(),
  /** The path below LINE's base URL; no query, no body. */
  endpoint: z.string(),
  /** The HTTP status; null when LINE did not answer. */
  status: z.number().int().nullable(),
  /** Why the attempt failed; null when it succeeded. */
  error: z.string().nullable(),
  attempt: z.number().int(),
  duration_ms: z.number(),
});
export type RunRequestEntry = z.infer<typeof runRequestEntry>;

/** Which matching results of a run. */
export const matchingQuery = z.object({
  // In a URL it is text.
  delivery: z.coerce
    .number<number>()
    .int()
    .min(1)
    .max(MAX_SIBLINGS + 1)
    .optional()
    .describe('The results for the audience of this identifier of the run, counted from 1. Default: the first.'),
});

/** The state of an audience at LINE at one time, as LINE reports it. */
export const matchingObservation = z.object({
  at: z.string(),
  status: z.string().nullable(),
  /** A number, `-` when there are too few users, or `100 or fewer`. */
  estimated_size: z.string().nullable(),
});
export type MatchingObservation = z.infer<typeof matchingObservation>;
