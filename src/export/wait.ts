/** Waits for LINE. The next chunk may be sent only when LINE's job for the last one is FINISHED. */
import { type Destination, hasEnded, type UploadJob } from '../destinations/destination.ts';
import { ownerOf } from '../domain/destinations/index.ts';
import type { RequestLimit } from '../domain/destinations/traits.ts';
import { LineupError } from '../domain/errors/errors.ts';
import type { StagedChunkRecord } from '../domain/runs/run.ts';
import { joinSentences, type Sentence, sentence } from '../domain/text/sentence.ts';
import { type ExportContext, timestamp, uploadName } from './context.ts';
import { sentOf } from './settle.ts';
import { inStage, logPoll } from './stages.ts';

/**
 * Waits until the job of an accepted chunk is FINISHED, and journals each change of its state.
 * @throws {LineupError} `upload_job_failed` with LINE's `failedType`; `upload_job_timeout`
 */
export async function waitForChunk(
  context: ExportContext,
  destination: Destination,
  chunk: StagedChunkRecord,
): Promise<void> {
  const { journal, onProgress } = context;
  const chunks = journal.state.staged?.chunks.length ?? 0;
  const fields = { chunk: chunk.index, chunks };
  const poll = () =>
    pollUntil(context, async (late) => {
      if (journal.state.chunks.get(chunk.index)?.phase === 'finished') return true;
      const job = await destination.job(sentOf(journal.state, chunk.index), {
        signal: context.signal,
        background: true,
      });
      logPoll(context, { ...fields, ...stateOf(job) });
      if (job) await recordJob(context, chunk.index, job);
      onProgress({ stage: 'wait', chunk: chunk.index, chunks, jobStatus: job?.word ?? 'QUEUED' });
      if (job?.state === 'FINISHED') return true;
      if (job?.state === 'FAILED') throw jobFailed(ownerOf(context.traits), chunk.index, chunks, job);
      if (late) {
        throw new LineupError(
          'upload_job_timeout',
          sentence`${ownerOf(context.traits)} accepted chunk ${chunk.index} of ${chunks}, but its job has not ended (${job?.word ?? '–'}) after ${Math.round(context.jobTimeoutMs / 60_000)} minutes. Continue the run later. It then waits for the same job.`,
          { retryable: true },
        );
      }
      return undefined;
    });
  await inStage(context, 'wait', poll, { fields });
}

const stateOf = (job: UploadJob | undefined) => ({
  upload_job_id: job?.id ?? null,
  status: job?.word ?? 'QUEUED',
});

/**
 * Waits while LINE processes another upload to the audience (of another tool, or of an abandoned run),
 * because we never send two uploads to one audience at the same time.
 * @returns LINE's jobs of the audience, all of them ended
 */
export const waitUntilIdle = (
  context: ExportContext,
  destination: Destination,
  audienceId: string,
): Promise<readonly UploadJob[]> => inStage(context, 'idle', () => jobsWhenIdle(context, destination, audienceId));

async function jobsWhenIdle(
  context: ExportContext,
  destination: Destination,
  audienceId: string,
): Promise<readonly UploadJob[]> {
  const { journal, place, onProgress } = context;
  const isListed = await untilListed(context);
  // The first request belongs to the upload that follows. Later ones can wait.
  let background = false;
  return pollUntil(context, async (late) => {
    const { adAccountId } = journal.state.request;
    const uploads = await destination.uploads(adAccountId, audienceId, { signal: context.signal, background });
    const busy = uploads.find((job) => !hasEnded(job) && !isForgotten(job, context));
    if (!busy && isListed(uploads)) return uploads;
    logPoll(context, stateOf(busy));
    if (late && busy) {
      throw new LineupError(
        'upload_job_timeout',
        sentence`${ownerOf(context.traits)} is still processing another upload to audience ${audienceId} (${busy.fileName || busy.id}, ${busy.word}), so nothing was sent. Continue the run later.`,
        { retryable: true },
      );
    }
    onProgress({ stage: 'queue', what: 'line' });
    place.leave();
    background = true;
    return undefined;
  });
}

/** With a word that LINE has added since, an old job would be in the way of all uploads for ever. */
const isForgotten = ({ isUnknown, created }: UploadJob, { clock, jobTimeoutMs }: ExportContext): boolean =>
  isUnknown === true && Date.parse(created) < clock.now().getTime() - jobTimeoutMs;

/** Within so many intervals LINE lists what it was sent. (settle.ts looks for an upload for seven.) */
export const LISTED_WITHIN = 12;

/**
 * LINE may list an upload late, or get it late when its sender was stopped or has died. So it looks idle while it is
 * not. What the last run has sent must be in the list, or its time must have passed.
 * @returns whether nothing is missing in a list of LINE's jobs
 */
async function untilListed({
  journal,
  history,
  clock,
  pollIntervalMs,
}: ExportContext): Promise<(jobs: readonly UploadJob[]) => boolean> {
  const began = clock.monotonic();
  const open = await history.openUploads(journal.state);
  return (jobs) =>
    // Only this process knows for certain how much time has passed: the clock may have jumped since the uploads.
    clock.monotonic() - began >= LISTED_WITHIN * pollIntervalMs ||
    open.every((upload) =>
      // Not every destination tells the names of files.
      jobs.some(({ id, fileName }) => id === upload.jobId || fileName === uploadName(upload, upload.chunk)),
    );
}

/**
 * Calls `poll` until it returns a result. The interval grows with the waiting time and with the number of
 * waiting runs.
 * @param poll its argument is true for the last call
 */
async function pollUntil<Found>(
  { clock, signal, waiting, traits, pollIntervalMs, jobTimeoutMs }: ExportContext,
  poll: (late: boolean) => Promise<Found | undefined>,
): Promise<Found> {
  const deadline = clock.now().getTime() + jobTimeoutMs;
  const leave = waiting.enter();
  // The sum of the waits, not a difference of times: a jump of the clock must not change the interval.
  let ageMs = 0;
  try {
    for (;;) {
      const found = await poll(clock.now().getTime() >= deadline);
      if (found !== undefined) return found;
      const pauseMs = pollInterval({
        baseMs: pollIntervalMs,
        ageMs,
        waiting: waiting.count,
        limit: traits.limits.requests,
      });
      await clock.sleep(pauseMs, signal);
      ageMs += pauseMs;
    }
  } finally {
    leave();
  }
}

async function recordJob(context: ExportContext, index: number, job: UploadJob): Promise<void> {
  const { journal, clock } = context;
  const known = journal.state.chunks.get(index);
  const unchanged =
    known?.uploadJobId === job.id &&
    known.jobStatus === job.state &&
    (known.word ?? known.jobStatus) === job.word &&
    known.failedType === job.remark &&
    known.audienceCount === job.count;
  if (unchanged) return;
  await journal.append({
    type: 'job',
    at: timestamp(clock),
    chunk: index,
    uploadJobId: job.id,
    jobStatus: job.state,
    ...(job.word !== job.state && { word: job.word }),
    failedType: job.remark,
    audienceCount: job.count,
  });
}

function jobFailed(owner: Sentence, index: number, chunks: number, { remark, meaning, again }: UploadJob): LineupError {
  return new LineupError(
    'upload_job_failed',
    joinSentences(
      remark
        ? sentence`${owner}’s upload job for chunk ${index} of ${chunks} failed: ${remark}.`
        : sentence`${owner}’s upload job for chunk ${index} of ${chunks} failed.`,
      index === 1 ? undefined : sentence`The audience currently holds chunks 1 to ${index - 1} of ${chunks}.`,
      meaning ??
        sentence`Continue the run to send the chunk again. If it fails again, contact ${owner} and give the ID of the job.`,
    ),
    { reason: remark ?? 'FAILED', retryable: again },
  );
}

/** The facts for the next interval. */
export interface Polling {
  /** The interval that a person chose. It is the shortest. */
  readonly baseMs: number;
  /** How long this run has waited for the job. */
  readonly ageMs: number;
  /** How many runs wait for LINE with the same key, including this one. */
  readonly waiting: number;
  /** All of them together make as many requests as their lane has places. */
  readonly limit: RequestLimit;
}

/** Younger jobs are polled at the base interval. */
const YOUNG_MS = 60_000;
/**
 * The interval for older jobs is this share of their age. So for a job of one hour, we know of its end at
 * most five minutes later…
 */
const SHARE_OF_AGE = 1 / 12;
/** …and never later than this. */
const LONGEST_MS = 120_000;

/**
 * Ms until the next request. Most jobs take seconds, so the first intervals are short. They grow with the age
 * of the job and with the number of waiting runs. Pure.
 */
export function pollInterval({ baseMs, ageMs, waiting, limit }: Polling): number {
  const byAge = ageMs < YOUNG_MS ? 0 : Math.min(LONGEST_MS, ageMs * SHARE_OF_AGE);
  const [from, to] = limit.lanes.background;
  // The window without its reserve.
  const windowMs = limit.windowMs - (limit.windowMs % 1_000);
  const byCrowd = waiting > 1 ? (waiting * windowMs) / (to - from) : 0;
  return Math.max(baseMs, byAge, byCrowd);
}
