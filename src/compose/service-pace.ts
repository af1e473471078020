/** How fast the service goes. */
import { chunkLimits } from '../contracts/line-limits.ts';
import { LONGEST_UPLOAD_JOB_MS } from '../contracts/requests.ts';

/** How fast things go; every value has a default that suits a service. */
export interface Pace {
  /** Runs of this process that scan or upload at the same time. @default 4 */
  readonly concurrency: number;
  /** Runs of this process at most, those that wait included. @default 1000 */
  readonly mostRuns: number;
  /** Records of one upload. @default LINE's most */
  readonly chunkRecords: number;
  /** Ms between two looks at LINE's upload job, at first. @default 5000 */
  readonly pollIntervalMs: number;
  /** Ms that one upload job of LINE's may take. @default 6 hours */
  readonly jobTimeoutMs: number;
  /** Ms that errors in a row may last before a job has failed. @default 6 hours */
  readonly retryLimitMs: number;
  /** Ms after which a run that has not succeeded is told to be late. @default 6 hours */
  readonly lateAfterMs: number;
  /** Ms that a lease outlives its holder. @default 30000 */
  readonly leaseMs: number;
  /** The longest time in ms between two looks of the scheduler. @default 5000 */
  readonly lookEveryMs: number;
  /** Ms between two looks of a going run at what a person wants. @default 1000 */
  readonly pulseMs: number;
}

const HOUR = 3_600_000;

export const usualPace: Pace = {
  concurrency: 4,
  mostRuns: 1_000,
  chunkRecords: chunkLimits.maxRecords,
  pollIntervalMs: 5_000,
  jobTimeoutMs: LONGEST_UPLOAD_JOB_MS,
  retryLimitMs: 6 * HOUR,
  lateAfterMs: 6 * HOUR,
  leaseMs: 30_000,
  lookEveryMs: 5_000,
  pulseMs: 1_000,
};
