/** Upload jobs. A job is QUEUED, then WORKING, then FINISHED or FAILED. */
import { type JobStatus, lineJobStatus, type TimedJob } from '../shared/jobs.ts';
import { idJson } from '../shared/json-values.ts';
import type { Records } from '../shared/records.ts';

export interface UploadJob extends TimedJob {
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
  /** From when on `get` shows it, in virtual time. */
  listedAt: number;
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

/** The state of the job at a time. */
export const jobStatus = (job: UploadJob, now: number): JobStatus => lineJobStatus(job, job.failedType !== null, now);

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
