/**
 * Waiting for LINE: the next chunk may go only when LINE's job for the last one is FINISHED.
 */
import { LineupError } from '../contracts/errors.ts';
import type { StagedChunkRecord } from '../contracts/run.ts';
import { sentence, together } from '../contracts/sentence.ts';
import type { CustomAudienceUploadJob, LineAdsClient } from '../line-ads/index.ts';
import { type ExportContext, timestamp, uploadName } from './context.ts';
import { meaningOfReason } from './line-failure.ts';
import { jobOfChunk } from './settle.ts';

/**
 * Waits until the accepted chunk's upload job has FINISHED, journalling every change of its state.
 * @throws {LineupError} `upload_job_failed` with LINE's `failedType`; `upload_job_timeout`
 */
export async function waitForChunk(
  context: ExportContext,
  lineAds: LineAdsClient,
  chunk: StagedChunkRecord,
): Promise<void> {
  const { journal, clock, signal, onProgress } = context;
  const { runId, request, audienceId } = journal.state;
  const chunks = journal.state.staged?.chunks.length ?? 0;
  const fileName = uploadName(runId, chunk.index);
  const deadline = clock.now().getTime() + context.jobTimeoutMs;
  for (;;) {
    if (journal.state.chunks.get(chunk.index)?.phase === 'finished') return;
    const jobs = await lineAds.customAudiences.uploadJobs(request.adAccountId, audienceId ?? '', { signal });
    const job = jobOfChunk(jobs, fileName, journal.state.chunks.get(chunk.index));
    if (job) await recordJob(context, chunk.index, job);
    onProgress({ stage: 'wait', chunk: chunk.index, chunks, jobStatus: job?.jobStatus ?? 'QUEUED' });
    if (job?.jobStatus === 'FINISHED') return;
    if (job?.jobStatus === 'FAILED') throw jobFailed(chunk.index, chunks, job.failedType);
    if (clock.now().getTime() >= deadline) {
      throw new LineupError(
        'upload_job_timeout',
        sentence`LINE took chunk ${chunk.index} of ${chunks} but its job has not come to its end (${job?.jobStatus ?? '–'}) after ${Math.round(context.jobTimeoutMs / 60_000)} minutes. Go on later: the run then waits for the same job.`,
        { retryable: true },
      );
    }
    await clock.sleep(context.pollIntervalMs, signal);
  }
}

/**
 * Waits while LINE works on the audience for somebody else (another tool, a run that was given up): two uploads at
 * once to one audience are never sent.
 * @returns LINE's jobs of the audience, none of which goes on
 */
export async function waitUntilIdle(
  context: ExportContext,
  lineAds: LineAdsClient,
  audienceId: string,
): Promise<readonly CustomAudienceUploadJob[]> {
  const { journal, clock, signal, onProgress } = context;
  const deadline = clock.now().getTime() + context.jobTimeoutMs;
  for (;;) {
    const jobs = await lineAds.customAudiences.uploadJobs(journal.state.request.adAccountId, audienceId, {
      signal,
    });
    const busy = jobs.find((job) => job.jobStatus === 'QUEUED' || job.jobStatus === 'WORKING');
    if (!busy) return jobs;
    if (clock.now().getTime() >= deadline) {
      throw new LineupError(
        'upload_job_timeout',
        sentence`LINE is still working on another upload to audience ${audienceId} (${busy.name}, ${busy.jobStatus}), so nothing was sent. Go on later.`,
        { retryable: true },
      );
    }
    onProgress({ stage: 'queue', what: 'line' });
    await clock.sleep(context.pollIntervalMs, signal);
  }
}

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
    together(
      failedType
        ? sentence`LINE’s upload job for chunk ${index} of ${chunks} failed: ${failedType}.`
        : sentence`LINE’s upload job for chunk ${index} of ${chunks} failed.`,
      index === 1 ? undefined : sentence`The audience holds chunks 1 to ${index - 1} of ${chunks} for now.`,
      meaningOfReason(failedType) ??
        sentence`Resume to send the chunk again; if it fails again, ask LINE with the id of the job.`,
    ),
    { reason: failedType ?? 'FAILED' },
  );
}
