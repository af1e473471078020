/**
 * The times of upload jobs. What a job is follows from the time alone: it is computed from times that were set at
 * acceptance. A stuck job keeps its state until it is released. Then it takes its usual time.
 */

export interface TimedJob {
  /** In virtual time. */
  acceptedAt: number;
  readonly durationMs: number;
  /** The state that a fault holds it in. */
  stuck: string | null;
}

/** When the job ends. Infinite while it is stuck. */
export const doneAt = ({ stuck, acceptedAt, durationMs }: Readonly<TimedJob>): number =>
  stuck === null ? acceptedAt + durationMs : Number.POSITIVE_INFINITY;

/** Releases a stuck job at this time. */
export function release(job: TimedJob, now: number): void {
  if (job.stuck === null) return;
  job.stuck = null;
  job.acceptedAt = now;
}

/** The states of the jobs of LINE. */
export type JobStatus = 'QUEUED' | 'WORKING' | 'FINISHED' | 'FAILED';

/** The state of a job of LINE at a time: a third of its duration QUEUED, the rest WORKING. */
export function lineJobStatus(job: Readonly<TimedJob>, failed: boolean, now: number): JobStatus {
  if (now >= doneAt(job)) return failed ? 'FAILED' : 'FINISHED';
  const working = now >= job.acceptedAt + job.durationMs / 3;
  return job.stuck === 'QUEUED' || !working ? 'QUEUED' : 'WORKING';
}

/** The uploads whose files are still on their way, by their target. */
export class Arriving {
  readonly #counts = new Map<string, number>();

  count(target: string): number {
    return this.#counts.get(target) ?? 0;
  }

  /** Counts one more. @returns what ends it */
  begin(target: string): () => void {
    const change = (by: 1 | -1) => {
      const count = this.count(target) + by;
      if (count > 0) this.#counts.set(target, count);
      else this.#counts.delete(target);
    };
    change(1);
    return () => change(-1);
  }
}
