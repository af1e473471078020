/** Waits for LINE. The next chunk may be sent only when LINE's job for the last one is FINISHED. */
import type { CustomAudienceUploadJob, LineAdsClient } from '../../packages/line-ads/src/index.ts';
import { lineAdsTraits } from '../domain/destinations/line-ads.ts';
import { LineupError } from '../domain/errors/errors.ts';
import type { StagedChunkRecord } from '../domain/runs/run.ts';
import { joinSentences, sentence } from '../domain/text/sentence.ts';
import { type ExportContext, timestamp, uploadName } from './context.ts';
import { meaningOfReason } from './line-failure.ts';
import { hasEnded, jobOfChunk } from './settle.ts';
import { inStage, logPoll } from './stages.ts';

/**
 * Waits until the job of an accepted chunk is FINISHED, and journals each change of its state.
 * @throws {LineupError} `upload_job_failed` with LINE's `failedType`; `upload_job_timeout`
 */
export async function waitForChunk(
  context: ExportContext,
  lineAds: LineAdsClient,
  chunk: StagedChunkRecord,
): Promise<void> {
  const { journal, onProgress } = context;
  const { request, audienceId } = journal.state;
  const chunks = journal.state.staged?.chunks.length ?? 0;
  const fields = { chunk: chunk.index, chunks };
  const fileName = uploadName(journal.state, chunk.index);
  const poll = () =>
    pollUntil(context, async (late) => {
      if (journal.state.chunks.get(chunk.index)?.phase === 'finished') return true;
      const jobs = await jobsOf(context, lineAds, request.adAccountId, audienceId ?? '', true);
      const job = jobOfChunk(jobs, fileName, journal.state.chunks.get(chunk.index));
      logPoll(context, { ...fields, ...stateOf(job) });
      if (job) await recordJob(context, chunk.index, job);
      onProgress({ stage: 'wait', chunk: chunk.index, chunks, jobStatus: job?.jobStatus ?? 'QUEUED' });
      if (job?.jobStatus === 'FINISHED') return true;
      if (job?.jobStatus === 'FAILED') throw jobFailed(chunk.index, chunks, job.failedType);
      if (late) {
        throw new LineupError(
          'upload_job_timeout',
          sentence`LINE accepted chunk ${chunk.index} of ${chunks}, but LINE’s job has not ended (${job?.jobStatus ?? '–'}) after ${Math.round(context.jobTimeoutMs / 60_000)} minutes. Continue the run later. It then waits for the same job.`,
          { retryable: true },
        );
      }
      return undefined;
    });
  await inStage(context, 'wait', poll, { fields });
}

const stateOf = (job: CustomAudienceUploadJob | undefined) => ({
  upload_job_id: job?.audienceGroupJobId ?? null,
  status: job?.jobStatus ?? 'QUEUED',
});

/**
 * Waits while LINE processes another upload to the audience (of another tool, or of an abandoned run),
 * because we never send two uploads to one audience at the same time.
 * @returns LINE's jobs of the audience, all of them ended
 */
export const waitUntilIdle = (
  context: ExportContext,
  lineAds: LineAdsClient,
  audienceId: string,
): Promise<readonly CustomAudienceUploadJob[]> =>
  inStage(context, 'idle', () => jobsWhenIdle(context, lineAds, audienceId));

async function jobsWhenIdle(
  context: ExportContext,
  lineAds: LineAdsClient,
  audienceId: string,
): Promise<readonly CustomAudienceUploadJob[]> {
  const { journal, place, onProgress } = context;
  const isListed = await untilListed(context);
  // The first request belongs to the upload that follows. Later ones can wait.
  let background = false;
  return pollUntil(context, async (late) => {
    const { adAccountId } = journal.state.request;
    const jobs = await jobsOf(context, lineAds, adAccountId, audienceId, background);
    const busy = jobs.find((job) => !hasEnded(job));
    if (!busy && isListed(jobs)) return jobs;
    logPoll(context, stateOf(busy));
    if (late && busy) {
      throw new LineupError(
        'upload_job_timeout',
        sentence`LINE is still processing another upload to audience ${audienceId} (${busy.name}, ${busy.jobStatus}), so nothing was sent. Continue the run later.`,
        { retryable: true },
      );
    }
    onProgress({ stage: 'queue', what: 'line' });
    place.leave();
    background = true;
    return undefined;
  });
}

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
}: ExportContext): Promise<(jobs: readonly CustomAudienceUploadJob[]) => boolean> {
  const began = clock.monotonic();
  const open = await history.openUploads(journal.state);
  const fileNames = open.map((upload) => uploadName(upload, upload.chunk));
  return (jobs) =>
    // Only this process knows for certain how much time has passed: the clock may have jumped since the uploads.
    clock.monotonic() - began >= LISTED_WITHIN * pollIntervalMs ||
    fileNames.every((fileName) => jobs.some(({ name }) => name === fileName));
}

/**
 * Calls `poll` until it returns a result. The interval grows with the waiting time and with the number of
 * waiting runs.
 * @param poll its argument is true for the last call
 */
async function pollUntil<Found>(
  { clock, signal, waiting, pollIntervalMs, jobTimeoutMs }: ExportContext,
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
      const pauseMs = pollInterval({ baseMs: pollIntervalMs, ageMs, waiting: waiting.count });
      await clock.sleep(pauseMs, signal);
      ageMs += pauseMs;
    }
  } finally {
    leave();
  }
}

/** @param background the request can wait, so uploads and the requests of people go first */
const jobsOf = (
  { signal }: ExportContext,
  lineAds: LineAdsClient,
  adAccountId: string,
  audienceId: string,
  background: boolean,
) => lineAds.customAudiences.uploadJobs(adAccountId, audienceId, { signal, background });

async function recordJob(context: ExportContext, index: number, job: CustomAudienceUploadJob): Promise<void> {
  const { journal, clock } = context;
  const known = journal.state.chunks.get(index);
  const failedType = job.failedType ?? null;
  const audienceCount = job.audienceCount ?? null;
  const unchanged =
    known?.uploadJobId === job.audienceGroupJobId &&
    known.jobStatus === job.jobStatus &&
    known.failedType === failedType &&
    known.audienceCount === audienceCount;
  if (unchanged) return;
  await journal.append({
    type: 'job',
    at: timestamp(clock),
    chunk: index,
    uploadJobId: job.audienceGroupJobId,
    jobStatus: job.jobStatus,
    failedType,
    audienceCount,
  });
}

function jobFailed(index: number, chunks: number, failedType: string | null | undefined): LineupError {
  return new LineupError(
    'upload_job_failed',
    joinSentences(
      failedType
        ? sentence`LINE’s upload job for chunk ${index} of ${chunks} failed: ${failedType}.`
        : sentence`LINE’s upload job for chunk ${index} of ${chunks} failed.`,
      index === 1 ? undefined : sentence`The audience currently holds chunks 1 to ${index - 1} of ${chunks}.`,
      meaningOfReason(failedType) ??
        sentence`Continue the run to send the chunk again. If it fails again, contact LINE and give the ID of the job.`,
    ),
    { reason: failedType ?? 'FAILED' },
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
/** How many requests a second all waiting runs of one key make together: as many as their lane has places. */
const LOOKS_PER_SECOND = lineAdsTraits.limits.requests.lanes.background[1];

/**
 * Ms until the next request. Most jobs take seconds, so the first intervals are short. They grow with the age
 * of the job and with the number of waiting runs. Pure.
 */
export function pollInterval({ baseMs, ageMs, waiting }: Polling): number {
  const byAge = ageMs < YOUNG_MS ? 0 : Math.min(LONGEST_MS, ageMs * SHARE_OF_AGE);
  const byCrowd = waiting > 1 ? (waiting * 1_000) / LOOKS_PER_SECOND : 0;
  return Math.max(baseMs, byAge, byCrowd);
}
