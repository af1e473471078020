/** What a run is doing right now: shown to whoever watches, worth nothing afterwards. */
import { z } from 'zod';
import { pageOf } from './paging.ts';
import { runEvent, scanRestart } from './run-events.ts';
import { runSummary } from './runs.ts';

const count = z.number().int().nonnegative();

/** An estimate from what was done in what time; not there while nobody can know. Of the whole run, or of the step alone. */
const left = z.object({ ms: count, of: z.enum(['run', 'step']) }).optional();
export type TimeLeft = NonNullable<z.infer<typeof left>>;

/** The export's progress (`ExportProgress` of src/export/context.ts), stage by stage. */
export const runProgress = z.discriminatedUnion('stage', [
  z.object({
    stage: z.literal('scan'),
    rows: count,
    scanned: count,
    unique: count,
    fraction: z.number().optional(),
    /** Of these rows so many were read by an earlier process. */
    continuedAt: count.optional(),
    /** A part had been read before, but was of no use. */
    restarted: scanRestart.optional(),
    left,
  }),
  z.object({ stage: z.literal('queue'), what: z.enum(['place', 'audience', 'replace-slot', 'line']) }),
  z.object({ stage: z.literal('upload'), chunk: count, chunks: count, bytesSent: count, bytes: count, left }),
  z.object({ stage: z.literal('wait'), chunk: count, chunks: count, jobStatus: z.string(), left }),
]);
export type RunProgress = z.infer<typeof runProgress>;

/** One entry of a run's journal with its place in it, from 1. */
export const numberedRunEvent = z.object({ seq: z.number().int().positive(), event: runEvent });
export type NumberedRunEvent = z.infer<typeof numberedRunEvent>;

/** What LINE holds of a run while it is a part: of one that goes on, what it would hold if the run were stopped now. */
export const partAtLine = z.object({
  /** Records in the chunks that LINE has taken. */
  sent: count,
  /** Records in all chunks. */
  total: count,
});

/** A run as its page shows it. */
export const runDetail = runSummary.extend({
  progress: runProgress.nullable(),
  /** Null when LINE holds nothing of it, or all: stopping it then leaves the audience as it was before, or whole. */
  part_at_line: partAtLine.nullable(),
});
export type RunDetail = z.infer<typeof runDetail>;

/** A page of runs, newest first; those that go on tell how far they are. */
export const runPage = pageOf(runDetail).extend({
  /** How many runs the filter finds in all, and how many of them come before this page. */
  total: count,
  before: count,
});
export type RunPage = z.infer<typeof runPage>;

/** What a watcher of a run is told. */
export const runUpdate = z.discriminatedUnion('type', [
  /** The run as it is now: first of all, and whenever its status changes. */
  z.object({ type: z.literal('run'), run: runDetail }),
  z.object({ type: z.literal('event'), ...numberedRunEvent.shape }),
  z.object({ type: z.literal('progress'), progress: runProgress }),
]);
export type RunUpdate = z.infer<typeof runUpdate>;
