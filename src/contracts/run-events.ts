/**
 * The journal of a run: an append-only list of events. Whoever continues a run reads it, so an event is written
 * (durably) *before* each request that changes something at LINE and *after* each answer. The two invariants that all of
 * the upload's safety rests on:
 *
 *  - an `intent` without a following `accepted`, `not_taken` or `job` of its chunk means "nobody knows yet whether
 *    LINE took it": it must be settled by asking LINE before anything else is sent;
 *  - `accepted` of a chunk is never followed by another `intent` of it, unless its upload job FAILED.
 */
import { z } from 'zod';
import {
  audienceBefore,
  runError,
  runRequest,
  runWarning,
  stageCounts,
  stagedChunk,
  stageFindings,
  uploadAction,
} from './run.ts';

const at = z.string();
const chunk = z.number().int().positive();

/**
 * Why a scan begins anew: the source did not know its place any more · what was kept of it is too old · that is not what was
 * written down, or was made by other rules.
 */
export const scanRestart = z.enum(['expired', 'too_old', 'unusable']);
export type ScanRestart = z.infer<typeof scanRestart>;

export const runEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('started'),
    at,
    runId: z.string(),
    rulesVersion: z.number().int(),
    request: runRequest,
  }),
  /** A later process goes on; it may carry another `maxShrink`. */
  z.object({ type: z.literal('resumed'), at, maxShrink: z.number().optional() }),
  /** The scan goes on where an earlier process had to leave it: so many rows were read by then. */
  z.object({ type: z.literal('scan_continued'), at, rows: z.number().int().nonnegative() }),
  /** The scan begins anew, although a part of it had been kept. */
  z.object({ type: z.literal('scan_restarted'), at, reason: scanRestart }),
  z.object({
    type: z.literal('staged'),
    at,
    /** Of the scan that gave the chunks: a run may have been begun by another version. Lacking in journals of version 1. */
    rulesVersion: z.number().int().optional(),
    counts: stageCounts,
    findings: stageFindings,
    chunks: z.array(stagedChunk).readonly(),
  }),
  /** What the audience holds before it is replaced; written each time that the guard compares with it. */
  z.object({ type: z.literal('compared'), at, before: audienceBefore }),
  /** About to upload. `audienceId` is null for the chunk that creates the audience. */
  z.object({
    type: z.literal('intent'),
    at,
    chunk,
    action: uploadAction,
    audienceId: z.string().nullable(),
    fileName: z.string(),
    sha256: z.string(),
  }),
  /** LINE took the chunk; a created audience's id is written down here. */
  z.object({
    type: z.literal('accepted'),
    at,
    chunk,
    audienceId: z.string(),
    audienceName: z.string().nullable(),
  }),
  /** LINE certainly did not take it. */
  z.object({ type: z.literal('not_taken'), at, chunk, reason: z.string().nullable() }),
  /** The state of LINE's upload job for a chunk; written when it changes. */
  z.object({
    type: z.literal('job'),
    at,
    chunk,
    uploadJobId: z.string(),
    jobStatus: z.string(),
    failedType: z.string().nullable(),
    audienceCount: z.number().nullable(),
  }),
  z.object({ type: z.literal('warning'), at, warning: runWarning }),
  z.object({
    type: z.literal('ended'),
    at,
    status: z.enum(['succeeded', 'failed', 'interrupted', 'dry_run']),
    error: runError.nullable(),
  }),
]);
export type RunEvent = z.infer<typeof runEvent>;

/** Until 0.1 the error held the command to go on, as text: `lineup export --resume <run> --max-shrink 0.9`. */
const errorWithCommand = z.object({
  type: z.literal('ended'),
  error: z.looseObject({ resume: z.string().nullable() }),
});

/** Reads an event of a journal, also of one that an older version wrote. @throws {z.ZodError} */
export function parseRunEvent(written: unknown): RunEvent {
  const old = errorWithCommand.safeParse(written);
  if (!old.success) return runEvent.parse(written);
  const { resume, ...error } = old.data.error;
  const allowShrinkTo = /--max-shrink (\d+(?:\.\d+)?)$/.exec(resume ?? '')?.[1];
  return runEvent.parse({
    ...(written as object),
    error: {
      ...error,
      resumable: resume !== null,
      allowShrinkTo: allowShrinkTo === undefined ? null : Number(allowShrinkTo),
    },
  });
}
