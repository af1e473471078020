/** Runs of jobs in the HTTP API. `runDocument` (run.ts) has the whole result of a run. */
import { z } from 'zod';
import { MAX_SIBLINGS } from '../domain/audiences/requests.ts';
import { exportMode, identifierType, runError, serviceRunStatus } from '../domain/runs/run.ts';
import { turnover } from '../domain/runs/turnover.ts';
import { localizedShape } from '../domain/text/localized.ts';
import { damaged } from '../domain/values/paging.ts';

/** Why a run was started, as it is stored. */
const runTriggers = ['created', 'schedule', 'retry', 'manual', 'anyway', 'restart'] as const;
export type RunTrigger = (typeof runTriggers)[number];

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
  /** Missing when it is not known. */
  turnover: turnover.optional(),
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
  trigger: z.enum([...runTriggers, 'data']).describe('Why it was started; data: what the job waits for had come.'),
  cause: z.object(localizedShape).optional().describe('What had come. Only with data.'),
  slot: z.string().nullable(),
  status: serviceRunStatus,
  stopping: z
    .literal(true)
    .optional()
    .describe('Somebody has stopped or paused it, and its worker has not ended it yet. Missing otherwise.'),
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
