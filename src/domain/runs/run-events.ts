/**
 * The journal of a run: an append-only list of events. A process that resumes the run reads it. So an event is stored
 * durably *before* each request that changes something at LINE and *after* each answer. The safety of uploads depends
 * on two invariants:
 *
 * - An `intent` without a following `created`, `accepted`, `not_taken` or `job` of the same chunk means that nobody
 *   knows whether LINE has the chunk, or has created its audience. Ask LINE before anything else is sent.
 *  - After `accepted`, there is no further `intent` of the same chunk, unless its upload job FAILED.
 */
import { z } from 'zod';
import { resultRules } from '../alerts/alerts.ts';
import { isDestination } from '../destinations/index.ts';
import { LineupError } from '../errors/errors.ts';
import { approval } from '../jobs/approvals.ts';
import { sentence } from '../text/sentence.ts';
import { readTolerantly } from '../values/tolerant.ts';
import {
  audienceBefore,
  runError,
  runRequest,
  runWarning,
  splitCounts,
  stageCounts,
  stagedChunk,
  stageFindings,
  suppressedBy,
  uploadAction,
} from './run.ts';
import { turnover } from './turnover.ts';

const at = z.string();
const chunk = z.number().int().positive();
const audience = { audienceId: z.string(), audienceName: z.string().nullable() };
/** Of which delivery of the run an event tells. Missing for the first one. */
const delivery = z.number().int().min(2).optional();

/** The span of the process that has the run from now on, for the one that continues it. Missing without tracing. */
const trace = z
  .object({
    span: z.string(),
    /** What its trace began with, as the request of a person. */
    parent: z.string().optional(),
  })
  .optional();
export type RunTrace = NonNullable<z.infer<typeof trace>>;

/** What the scan gave for one delivery. */
const stagedDelivery = z.object({
  counts: stageCounts,
  findings: stageFindings,
  chunks: z.array(stagedChunk).readonly(),
  /** Missing without suppression lists. */
  suppression: z.array(suppressedBy).readonly().optional(),
  /** Missing when it is not known. */
  turnover: turnover.optional(),
});

/**
 * Why a scan restarts. `expired`: the source no longer knows the position · `too_old`: the checkpoint is too old ·
 * `unusable`: the checkpoint is damaged, or was made by other identifier rules.
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
    /** What a person has approved of an earlier run, and this one may send. Missing without such a word. */
    approval: approval.optional(),
    trace,
  }),
  /**
   * A later process resumes the run, possibly with other limits of the guards, or other alert rules (null: none), and
   * with what a person has approved of it.
   */
  z.object({
    type: z.literal('resumed'),
    at,
    maxShrink: z.number().optional(),
    suppressMaxShrink: z.number().optional(),
    alerts: resultRules.nullish(),
    approval: approval.optional(),
    trace,
  }),
  /** The scan continues after the `rows` rows that an earlier process had read. */
  z.object({ type: z.literal('scan_continued'), at, rows: z.number().int().nonnegative() }),
  /** The scan restarts from the beginning, although there was a checkpoint. */
  z.object({ type: z.literal('scan_restarted'), at, reason: scanRestart }),
  z.object({
    type: z.literal('staged'),
    at,
    /**
     * The rules of the scan that made the chunks; another version may have started the run. Missing in journals of
     * version 1.
     */
    rulesVersion: z.number().int().optional(),
    ...stagedDelivery.shape,
    /** Of the further deliveries. Missing without them. */
    siblings: z.array(stagedDelivery).readonly().optional(),
  }),
  /** The members of the scan are divided by the values of a column. Their parts get them with the end of the run. */
  z.object({ type: z.literal('split'), at, ...splitCounts.shape }),
  /** When an audience ends, as the destination tells it. */
  z.object({ type: z.literal('life'), at, delivery, ...audience, endsAt: z.string() }),
  /**
   * The audience ends, so this run fills a successor. Its id is null when this run is to create it, with this name. The
   * job goes on with it when the run has succeeded.
   */
  z.object({
    type: z.literal('renewed'),
    at,
    delivery,
    from: z.object({ audienceId: z.string(), audienceName: z.string().nullable(), endsAt: z.string().nullable() }),
    audienceId: z.string().nullable(),
    audienceName: z.string(),
    /** How many members the last run has sent; null when none has. */
    members: z.number().int().nullable(),
  }),
  /** The size of the audience before a replace; written each time that the guard compares with it. */
  z.object({ type: z.literal('compared'), at, delivery, before: audienceBefore }),
  /** An upload is about to start. `audienceId` is null for the chunk that creates the audience. */
  z.object({
    type: z.literal('intent'),
    at,
    delivery,
    chunk,
    action: uploadAction,
    audienceId: z.string().nullable(),
    fileName: z.string(),
    sha256: z.string(),
  }),
  /**
   * A request of its own has created the audience, before the first chunk. The chunk is not sent yet: an `intent` with
   * this audience follows.
   */
  z.object({ type: z.literal('created'), at, delivery, chunk, ...audience }),
  /** LINE accepted the chunk. This event stores the id of an audience that the upload has created. */
  z.object({
    type: z.literal('accepted'),
    at,
    delivery,
    chunk,
    ...audience,
    /** Only of a destination that tells it with its answer, and never again. */
    uploadJobId: z.string().optional(),
  }),
  /** LINE certainly did not accept the chunk. */
  z.object({ type: z.literal('not_taken'), at, delivery, chunk, reason: z.string().nullable() }),
  /** A new state of LINE's upload job for a chunk. */
  z.object({
    type: z.literal('job'),
    at,
    delivery,
    chunk,
    uploadJobId: z.string(),
    jobStatus: z.string(),
    /** The state in the words of the destination. Missing where they are those of `jobStatus`. */
    word: z.string().optional(),
    failedType: z.string().nullable(),
    audienceCount: z.number().nullable(),
  }),
  z.object({ type: z.literal('warning'), at, delivery, warning: runWarning }),
  /** One of several deliveries has failed. The others go on, and the run fails when they have ended. */
  z.object({ type: z.literal('delivery_failed'), at, delivery, error: runError }),
  z.object({
    type: z.literal('ended'),
    at,
    status: z.enum(['succeeded', 'failed', 'interrupted', 'dry_run']),
    error: runError.nullable(),
  }),
  /**
   * Never written: an event that this version cannot read, because it is of a newer version or damaged. A run with one
   * is shown, but not continued. `event` is its type as stored.
   */
  z.object({ type: z.literal('unreadable'), at, event: z.string() }),
]);
export type RunEvent = z.infer<typeof runEvent>;

/** Whether the run has read suppression lists, for any delivery. */
export const hasReadLists = ({ suppression, siblings }: Extract<RunEvent, { type: 'staged' }>): boolean =>
  suppression !== undefined || (siblings ?? []).some((sibling) => sibling.suppression !== undefined);

/**
 * Until version 0.1, the error had the command that resumes the run: `lineup export --resume <run> --max-shrink 0.9`.
 */
const errorWithCommand = z.object({
  type: z.literal('ended'),
  error: z.looseObject({ resume: z.string().nullable() }),
});

/**
 * Reads an event of a journal, also of another version (`tolerant.ts`). It is `unreadable` when this version does not
 * know its type, the destination, or all that the run is asked to do, or when it is damaged.
 */
export function readRunEvent(written: unknown): RunEvent {
  const { value, damaged, unknown } = readTolerantly(runEvent, upToDate(written));
  const isKnown = value.type !== 'started' || isDestination(value.request.destination);
  if (isKnown && damaged.length === 0 && !unknown.some((path) => path.startsWith('request.'))) return value;
  const { type, at } = (written ?? {}) as { type?: unknown; at?: unknown };
  return { type: 'unreadable', at: typeof at === 'string' ? at : '', event: String(type) };
}

/** In the form of this version. */
function upToDate(written: unknown): unknown {
  const old = errorWithCommand.safeParse(written);
  if (!old.success) return written;
  const { resume, ...error } = old.data.error;
  const allowShrinkTo = /--max-shrink (\d+(?:\.\d+)?)$/.exec(resume ?? '')?.[1];
  return {
    ...(written as object),
    error: {
      ...error,
      resumable: resume !== null,
      allowShrinkTo: allowShrinkTo === undefined ? null : Number(allowShrinkTo),
    },
  };
}

/** @throws {LineupError} `data_newer` when an event is unreadable: the run must not continue */
export function assertReadable(runId: string, events: readonly RunEvent[]): void {
  const found = events.find((event) => event.type === 'unreadable');
  if (!found) return;
  throw new LineupError(
    'data_newer',
    sentence`This version of Lineup cannot read the entry “${found.event}” of run ${runId}. A newer version has written it, or it is damaged. So it leaves the run alone. Continue it with the newer version.`,
  );
}
