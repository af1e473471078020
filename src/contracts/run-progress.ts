/** What a run is doing right now. It is shown live and is of no use afterwards. */
import { z } from 'zod';
import { runEvent, scanRestart } from '../domain/runs/run-events.ts';
import { pageOf } from '../domain/values/paging.ts';
import { runSummary } from './runs.ts';

const count = z.number().int().nonnegative();

/** The estimated time left for the whole run or for the present step; missing while there is no estimate. */
const left = z.object({ ms: count, of: z.enum(['run', 'step']) }).optional();
export type TimeLeft = NonNullable<z.infer<typeof left>>;

const rate = count.optional().describe('Members in a second, roughly. Missing while there is no estimate.');

/** Of which delivery of the run it tells. Missing for the first one. */
const delivery = z.number().int().min(2).optional();

/** The export's progress (`ExportProgress` of src/export/context.ts), stage by stage. */
export const runProgress = z.discriminatedUnion('stage', [
  z.object({
    stage: z.literal('scan'),
    rows: count,
    scanned: count,
    unique: count,
    fraction: z.number().optional(),
    /** How many of these rows an earlier process had read. */
    continuedAt: count.optional(),
    /** Why an earlier part of the scan could not be used. */
    restarted: scanRestart.optional(),
    rate,
    left,
  }),
  /** A suppression list is read, before the scan. */
  z.object({ stage: z.literal('suppression'), list: z.string(), values: count }),
  z.object({
    stage: z.literal('queue'),
    delivery,
    what: z.enum(['place', 'audience', 'replace-slot', 'line']),
  }),
  z.object({
    stage: z.literal('upload'),
    delivery,
    chunk: count,
    chunks: count,
    bytesSent: count,
    bytes: count,
    rate,
    left,
  }),
  z.object({ stage: z.literal('wait'), delivery, chunk: count, chunks: count, jobStatus: z.string(), left }),
]);
export type RunProgress = z.infer<typeof runProgress>;

/** The same as the export reports it: with the members of a chunk, which no answer tells. */
export type ReportedProgress = RunProgress & { readonly records?: number };

/** One entry of a run's journal with its number, from 1. */
export const numberedRunEvent = z.object({ seq: z.number().int().positive(), event: runEvent });
export type NumberedRunEvent = z.infer<typeof numberedRunEvent>;

/**
 * How much of a run LINE has, while that is only a part. For a running run: what LINE would have if the run stopped
 * now.
 */
export const partAtLine = z.object({
  /** Records in the chunks that LINE has taken. */
  sent: count,
  /** Records in all chunks. */
  total: count,
});

/** A run as its page shows it. */
export const runDetail = runSummary.extend({
  progress: runProgress.nullable(),
  /** Null when LINE has nothing or all of the run. Stopping it then leaves the audience unchanged or complete. */
  part_at_line: partAtLine.nullable(),
});
export type RunDetail = z.infer<typeof runDetail>;

/** A page of runs, newest first. Running runs have their progress. */
export const runPage = pageOf(runDetail).extend({
  /** The number of runs that match the filter, and how many of them come before this page. */
  total: count,
  before: count,
  /** The time of this answer, by the clock of the service. */
  at: z.string().optional(),
  /** When `total` was counted: `at`, or up to ten minutes before it when very many runs match. */
  counted_at: z.string().optional(),
});
export type RunPage = z.infer<typeof runPage>;

/** An update for a watcher of a run. */
export const runUpdate = z.discriminatedUnion('type', [
  /** The present run: sent first, and whenever its status or `stopping` changes. */
  z.object({ type: z.literal('run'), run: runDetail }),
  z.object({ type: z.literal('event'), ...numberedRunEvent.shape }),
  z.object({ type: z.literal('progress'), progress: runProgress }),
]);
export type RunUpdate = z.infer<typeof runUpdate>;
