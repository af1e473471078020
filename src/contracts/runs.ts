/** Runs of the service's jobs, as the HTTP API gives them; a run's whole outcome is `runDocument` (run.ts). */
import { z } from 'zod';
import { runError, runStatus } from './run.ts';

/**
 * A run of a job: `queued` until a worker takes it; `stopped` when a person ended it. An `interrupted` run is `running`
 * again when it is continued, and so is a failed one that is resumed.
 */
export const serviceRunStatus = z.enum([...runStatus.options, 'queued', 'stopped']);
export type ServiceRunStatus = z.infer<typeof serviceRunStatus>;

/** What made a run begin. */
export const runTrigger = z.enum(['created', 'schedule', 'retry', 'manual', 'anyway', 'restart']);
export type RunTrigger = z.infer<typeof runTrigger>;

const count = z.number().int().nullable();

/** One run in a list. */
export const runSummary = z.object({
  id: z.string(),
  job_id: z.string().nullable(),
  job_name: z.string(),
  trigger: runTrigger,
  slot: z.string().nullable(),
  status: serviceRunStatus,
  queued_at: z.string(),
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
  ad_account_id: z.string().nullable(),
  audience_id: z.string().nullable(),
  audience_name: z.string().nullable(),
  scanned: count,
  missing: count,
  invalid: count,
  duplicates: count,
  unique: count,
  uploaded: count,
  chunks: count,
  warnings: z.number().int(),
  error: runError.nullable(),
  matching_status: z.string().nullable(),
  matching_size: z.string().nullable(),
  matching_at: z.string().nullable(),
});
export type RunSummary = z.infer<typeof runSummary>;

/** One attempt of one request to LINE. */
export const runRequestEntry = z.object({
  at: z.string(),
  method: z.string(),
  /** The path below LINE's base URL; no query, no body. */
  endpoint: z.string(),
  /** HTTP status; null when LINE did not answer. */
  status: z.number().int().nullable(),
  /** Why the attempt failed; null when it succeeded. */
  error: z.string().nullable(),
  attempt: z.number().int(),
  duration_ms: z.number(),
});
export type RunRequestEntry = z.infer<typeof runRequestEntry>;

/** LINE's view of the audience at one moment, in its own words. */
export const matchingObservation = z.object({
  at: z.string(),
  status: z.string().nullable(),
  /** A number, `-` when there is not enough, or `100 or fewer`. */
  estimated_size: z.string().nullable(),
});
export type MatchingObservation = z.infer<typeof matchingObservation>;
