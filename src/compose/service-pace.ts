/** Limits and intervals of the service. */

/** Every value has a default. */
export interface Pace {
  /** Runs of this process that scan or upload at the same time. @default 4 */
  readonly concurrency: number;
  /** Runs of this process at most, those that wait included. @default 1000 */
  readonly mostRuns: number;
  /** Records of one upload. @default as many as the destination takes */
  readonly chunkRecords?: number;
  /** Ms between the first two checks of an upload job at LINE. @default 5000 */
  readonly pollIntervalMs: number;
  /** The most ms of one upload job. @default as the destination says */
  readonly jobTimeoutMs?: number;
  /** A job fails when its errors in a row last longer than these ms. @default 6 hours */
  readonly retryLimitMs: number;
  /** Ms after which a run that has not succeeded is reported as late. @default 6 hours */
  readonly lateAfterMs: number;
  /** Ms until the lease of a dead process ends. @default 30000 */
  readonly leaseMs: number;
  /** The most ms between two rounds of the scheduler. @default 5000 */
  readonly lookEveryMs: number;
  /** Ms between two checks of a run whether a person has stopped or paused it. @default 1000 */
  readonly pulseMs: number;
}

const HOUR = 3_600_000;

export const usualPace: Pace = {
  concurrency: 4,
  mostRuns: 1_000,
  pollIntervalMs: 5_000,
  retryLimitMs: 6 * HOUR,
  lateAfterMs: 6 * HOUR,
  leaseMs: 30_000,
  lookEveryMs: 5_000,
  pulseMs: 1_000,
};
