/** Uploads. A job is RECEIVING, then RECEIVED, INVALID_FILE or FAILED. */
import { doneAt, type TimedJob } from '../shared/jobs.ts';
import { idJson } from '../shared/json-values.ts';
import type { Batch } from './file/batch.ts';
import type { UploadType } from './file/columns.ts';

export const jobStatuses = ['RECEIVING', 'RECEIVED', 'INVALID_FILE', 'FAILED'] as const;
export type JobStatus = (typeof jobStatuses)[number];

export interface UploadJob extends TimedJob {
  readonly id: string;
  readonly listId: string;
  readonly accountId: string;
  readonly uploadType: UploadType;
  readonly uploadSource: string;
  readonly fileName: string;
  readonly rows: number;
  /** Of the file before its compression. */
  readonly bytes: number;
  /** Rows that match nobody, because their hash has capital letters. */
  readonly upperCase: number;
  /** The number of its request. */
  readonly request: number;
  readonly submittedAt: number;
  /** From when on `getUploadUserListStatus` shows it, in virtual time. */
  listedAt: number;
  outcome: Exclude<JobStatus, 'RECEIVING'>;
  /** Why, in plain text. The API never says it. */
  why: string | null;
  /** How many identifiers of each column a received file brings. */
  taken: number;
  /** Whether the reach of the list counts it. */
  counts: boolean;
  /** The identifiers of the file until the job has ended, then null. */
  batch: Batch | null;
  /** The file itself, packed as it came, if files are kept. */
  readonly file: Buffer | null;
}

export const jobStatus = (job: UploadJob, now: number): JobStatus => (now >= doneAt(job) ? job.outcome : 'RECEIVING');

/** An `uploadJob` in the form of the API. @param skewMs how far LY's clock is ahead */
export function jobJson(job: UploadJob, now: number, skewMs: number) {
  const status = jobStatus(job, now);
  return {
    uploadJobId: job.id,
    audienceListId: idJson(job.listId),
    uploadType: job.uploadType,
    uploadSubmitDate: dateJson(job.submittedAt + skewMs),
    receivedDate: status === 'RECEIVED' ? dateJson(doneAt(job) + skewMs) : null,
    jobStatus: status,
    uploadSource: job.uploadSource,
  };
}

/** `yyyyMMddHHmmss` in Japan's time. */
function dateJson(time: number): string {
  const japan = new Date(time + 9 * 3_600_000).toISOString();
  return japan.slice(0, 19).replace(/\D/g, '');
}
