/** Upload jobs. A job is QUEUED, then WORKING, then FINISHED or FAILED. */
import { type JobStatus, lineJobStatus, type TimedJob } from '../shared/jobs.ts';
import type { LineBatch } from './line-batch.ts';

type UploadAction = 'ADD' | 'REPLACE';

export interface UploadJob extends TimedJob {
  id: string;
  audienceId: string;
  adAccountId: string;
  fileName: string;
  action: UploadAction;
  /** All lines of the file, valid or not. A complete job reports this number as `audienceCount`. */
  lines: number;
  bytes: number;
  /** The number of its request. */
  request: number;
  /** By the server's clock, for display. */
  created: number;
  /** From when on the list of upload jobs shows it, in virtual time. */
  listedAt: number;
  failed: boolean;
  /** Why it failed. A finished job may have one, too. */
  failedType?: string;
  /** How many lines a finished job has taken. */
  taken: number;
  /** Set when matching must fail after the job. */
  matchFailedType?: string;
  /** The lines of the file until the job has ended, then null. */
  batch: LineBatch | null;
  /** The file itself, if files are kept. */
  file: Buffer | null;
}

/** The state of the job at a time. */
export const jobStatus = (job: UploadJob, now: number): JobStatus => lineJobStatus(job, job.failed, now);

/**
 * A `CustomAudienceUploadJob` in the form of the API. The ids are numbers here, unlike in `CustomAudience`.
 */
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
