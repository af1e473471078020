/** How the service is, for load balancers, Prometheus and people. */
import { z } from 'zod';
import type { LogEventName } from './log-events.ts';
import type { serviceRunStatus } from './runs.ts';

/** One thing that the service needs in order to work. */
export const readinessCheck = z.object({ name: z.string(), ok: z.boolean(), message: z.string() });
export type ReadinessCheck = z.infer<typeof readinessCheck>;

/**
 * What the database knows about the work of all processes. Totals cover what retention has kept, so that they can also
 * fall.
 */
export interface MetricsSnapshot {
  readonly runs: Readonly<Partial<Record<z.infer<typeof serviceRunStatus>, number>>>;
  /** Of the running ones: those that scan or upload, and those that wait for LINE, a turn or a place. */
  readonly going: Readonly<Record<'working' | 'waiting', number>>;
  /** Values of all runs by their outcome. */
  readonly values: Readonly<
    Record<'scanned' | 'missing' | 'invalid' | 'duplicates' | 'unique' | 'uploaded', number>
  >;
  /** Attempts of requests to LINE; `status` is null where LINE did not answer. */
  readonly lineRequests: readonly { readonly status: number | null; readonly count: number }[];
  /** Runs that wait for a worker, and for how long the oldest has. */
  readonly queue: { readonly depth: number; readonly oldestSeconds: number };
  /** Sources that are not read until a person tries: whoever read them died of it. */
  readonly quarantinedSources: number;
  /** Jobs that are not terminated; null for one that never succeeded. */
  readonly jobs: readonly {
    readonly id: string;
    readonly status: string;
    readonly condition: string;
    readonly lastSuccessAt: Date | null;
  }[];
  /** Of these, those of whose audience LINE holds a part. */
  readonly incompleteJobs: number;
  /** How often each event of the log has happened; one that never has may be missing. */
  readonly events: Readonly<Partial<Record<LogEventName, number>>>;
}
