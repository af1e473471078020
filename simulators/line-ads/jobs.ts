/**
 * Upload jobs. A job is QUEUED, then WORKING, then FINISHED or FAILED; nothing leads back, and time alone moves
 * it: its state is computed from the times that were set when it was accepted. A stuck job stays where its
 * fault holds it until it is released; from then on it takes its usual time.
 */
import type { LineBatch } from './line-codec.ts';

export type JobStatus = 'QUEUED' | 'WORKING' | 'FINISHED' | 'FAILED';
type UploadAction = 'ADD' | 'REPLACE';

export interface UploadJob {
  id: string;
  audienceId: string;
  adAccountId: string;
  fileName: string;
  action: UploadAction;
  /** Lines of the file, valid or not counted apart: what a complete job reports as `audienceCount`. */
  lines: number;
  bytes: number;
  /** Number of the request that brought it. */
  request: number;
  /** The server's clock, for people. */
  created: number;
  /** The simulator's time, for the states. */
  acceptedAt: number;
  durationMs: number;
  stuck: 'QUEUED' | 'WORKING' | null;
  failed: boolean;
  /** Why it failed, or what a finished one reports beside success. */
  failedType?: string;
  /** Lines that a finished job has taken. */
  taken: number;
  /** Set when matching shall fail after the job has finished. */
  matchFailedType?: string;
  /** The file's lines until the job has ended, then nothing. */
  batch: LineBatch | null;
  /** The file itself, when files are kept. */
  file: Buffer | null;
}

/** When the job ends by itself; infinite while it is stuck. */
export function doneAt(job: UploadJob): number {
  return job.stuck ? Number.POSITIVE_INFINITY : job.acceptedAt + job.durationMs;
}

/** The job's state at a time: a third of its duration in the queue, the rest at work. */
export function jobStatus(job: UploadJob, now: number): JobStatus {
  if (now >= doneAt(job)) return job.failed ? 'FAILED' : 'FINISHED';
  const working = now >= job.acceptedAt + job.durationMs / 3;
  return job.stuck === 'QUEUED' || !working ? 'QUEUED' : 'WORKING';
}

/** Lets a stuck job go on from now. */
export function release(job: UploadJob, now: number): void {
  if (!job.stuck) return;
  job.stuck = null;
  job.acceptedAt = now;
}

/** `CustomAudienceUploadJob` as the API gives it: the ids are numbers here, unlike in `CustomAudience`. */
export function jobJson(job: UploadJob, now: number, utcOffsetMinutes: number): Record<string, unknown> {
  const status = jobStatus(job, now);
  const ended = status === 'FINISHED' || status === 'FAILED';
  return {
    audienceGroupId: Number(job.audienceId),
    audienceGroupJobId: Number(job.id),
    name: job.fileName,
    type: job.action === 'ADD' ? 'DIFF_ADD' : 'DIFF_REPLACE',
    jobStatus: status,
    ...(ended && job.failedType !== undefined ? { failedType: job.failedType } : {}),
    audienceCount: status === 'FINISHED' ? job.taken : 0,
    created: zonedTime(job.created, utcOffsetMinutes),
  };
}

/** ISO 8601 to the second, in a fixed offset from UTC, e.g. `2026-01-31T09:00:00+09:00`. */
export function zonedTime(time: number, utcOffsetMinutes: number): string {
  const local = new Date(time + utcOffsetMinutes * 60_000).toISOString().slice(0, 19);
  const minutes = Math.abs(utcOffsetMinutes);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${local}${utcOffsetMinutes < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
