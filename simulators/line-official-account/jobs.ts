/**
 * Upload jobs. A job is QUEUED, then WORKING, then FINISHED or FAILED. Its state follows from the time alone: it is
 * computed from times that were set at acceptance. A stuck job keeps its state until it is released. Then it takes its
 * usual time.
 */
import { idJson } from '../shared/json-values.ts';
import type { Records } from '../shared/records.ts';

export type JobStatus = 'QUEUED' | 'WORKING' | 'FINISHED' | 'FAILED';

export interface UploadJob {
  readonly id: string;
  readonly audienceId: string;
  readonly channelId: string;
  /** The `uploadDescription`, or null. */
  readonly description: string | null;
  /** All ids of the file. */
  readonly sent: number;
  readonly bytes: number;
  /** The number of its request. */
  readonly request: number;
  readonly createdAt: number;
  /** In virtual time, for the states. */
  acceptedAt: number;
  /** From when on `get` shows it, in virtual time. */
  listedAt: number;
  readonly durationMs: number;
  stuck: 'QUEUED' | 'WORKING' | null;
  failedType: string | null;
  /** How many ids a finished job takes. */
  taken: number;
  /** The `audienceCount`, when it has finished. */
  count: number;
  /** The ids until the job has ended, then null. */
  ids: Records | null;
  /** The file itself, if files are kept. */
  readonly file: Buffer | null;
}

/** When the job ends. Infinite while it is stuck. */
export const doneAt = ({ stuck, acceptedAt, durationMs }: UploadJob): number =>
  stuck ? Number.POSITIVE_INFINITY : acceptedAt + durationMs;

/** The state of the job at a time: a third of its duration QUEUED, the rest WORKING. */
export function jobStatus(job: UploadJob, now: number): JobStatus {
  if (now >= doneAt(job)) return job.failedType === null ? 'FINISHED' : 'FAILED';
  const working = now >= job.acceptedAt + job.durationMs / 3;
  return job.stuck === 'QUEUED' || !working ? 'QUEUED' : 'WORKING';
}

/** Releases a stuck job at this time. */
export function release(job: UploadJob, now: number): void {
  if (!job.stuck) return;
  job.stuck = null;
  job.acceptedAt = now;
}

/** A job in the form of the API. @param skewMs how far LINE's clock is ahead */
export function jobJson(job: UploadJob, now: number, skewMs: number) {
  const status = jobStatus(job, now);
  return {
    audienceGroupJobId: idJson(job.id),
    audienceGroupId: idJson(job.audienceId),
    description: job.description,
    type: 'DIFF_ADD',
    // Deprecated at LINE, but still there.
    status,
    failedType: status === 'FAILED' ? job.failedType : null,
    audienceCount: status === 'FINISHED' ? job.count : 0,
    created: Math.floor((job.createdAt + skewMs) / 1000),
    jobStatus: status,
  };
}
