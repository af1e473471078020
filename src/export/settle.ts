/**
 * Settles a lost answer: an upload was sent, and nobody knows whether LINE took it (a 5xx, a timeout, a
 * reset, a killed process). We look for an upload job with our exact file name. LINE may show an upload late,
 * so we look several times before the answer is "not taken".
 */

import type { CustomAudienceUploadJob } from '../../packages/line-ads/src/index.ts';
import type { ChunkState } from '../domain/runs/run-state.ts';
import { audiencesNamed } from './audience.ts';
import { type ExportContext, uploadName } from './context.ts';
import { inStage } from './stages.ts';

/** Where the upload was found. */
export interface Settled {
  readonly audienceId: string;
  readonly audienceName: string | null;
}

const MAX_LOOKUPS = 4;

/** @returns where LINE has the chunk, or undefined when it did not take it */
export const settle = (
  context: ExportContext,
  lineAds: NonNullable<ExportContext['lineAds']>,
  index: number,
): Promise<Settled | undefined> =>
  inStage(context, 'settle', () => lookUp(context, lineAds, index), {
    fields: { chunk: index },
    found: (settled) => ({ status: settled ? 'taken' : 'not_taken' }),
  });

async function lookUp(
  context: ExportContext,
  lineAds: NonNullable<ExportContext['lineAds']>,
  index: number,
): Promise<Settled | undefined> {
  for (let lookup = 0; lookup < MAX_LOOKUPS; lookup++) {
    if (lookup > 0) await context.clock.sleep(context.pollIntervalMs * 2 ** (lookup - 1), context.signal);
    const found = await find(context, lineAds, index);
    if (found) return found;
  }
  return undefined;
}

async function find(
  context: ExportContext,
  lineAds: NonNullable<ExportContext['lineAds']>,
  index: number,
): Promise<Settled | undefined> {
  const { state } = context.journal;
  const { adAccountId } = state.request;
  const candidates =
    state.audienceId !== null
      ? [{ id: state.audienceId, name: state.audienceName }]
      : await audiencesNamed(lineAds, adAccountId, state.audienceName ?? '', context.signal);
  for (const audience of candidates) {
    const jobs = await lineAds.customAudiences.uploadJobs(adAccountId, audience.id, {
      signal: context.signal,
    });
    if (jobOfChunk(jobs, uploadName(state, index), state.chunks.get(index))) {
      return { audienceId: audience.id, audienceName: audience.name };
    }
  }
  return undefined;
}

/** A status that LINE has added since is none of an ended job: nothing may be sent before it has ended. */
export const hasEnded = ({ jobStatus }: Pick<CustomAudienceUploadJob, 'jobStatus'>): boolean =>
  jobStatus === 'FINISHED' || jobStatus === 'FAILED';

/**
 * LINE's job for a chunk, by its file name. Jobs that FAILED before the chunk was sent again are left out. A
 * chunk that was sent twice (harmless for an ADD) has two jobs. An unfinished one goes first, because nothing
 * else may be sent before it has ended. A FAILED one comes last.
 */
export function jobOfChunk(
  jobs: readonly CustomAudienceUploadJob[],
  fileName: string,
  chunk: ChunkState | undefined,
): CustomAudienceUploadJob | undefined {
  const failedBefore = new Set(chunk?.phase === 'failed' ? [] : chunk?.failedJobIds);
  const ours = jobs.filter((job) => job.name === fileName && !failedBefore.has(job.audienceGroupJobId));
  return ours.find((job) => !hasEnded(job)) ?? ours.find((job) => job.jobStatus === 'FINISHED') ?? ours[0];
}
