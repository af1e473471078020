/** Readiness and metrics of the service, for load balancers, Prometheus and people. */
import { z } from 'zod';
import type { serviceRunStatus } from '../domain/runs/run.ts';
import type { AuditStreamState } from './audit-stream.ts';
import type { LogEventName } from './event-log.ts';

/** One dependency of the service. */
export const readinessCheck = z.object({ name: z.string(), ok: z.boolean(), message: z.string() });
export type ReadinessCheck = z.infer<typeof readinessCheck>;

/**
 * What the database knows about the work of all processes. Totals can also fall, because retention deletes old runs.
 */
export interface MetricsSnapshot {
  readonly runs: Readonly<Partial<Record<z.infer<typeof serviceRunStatus>, number>>>;
  /** Running runs: those that scan or upload, and those that wait for LINE, a turn or a place. */
  readonly going: Readonly<Record<'working' | 'waiting', number>>;
  /** Values of all runs, by outcome. */
  readonly values: Readonly<
    Record<'scanned' | 'missing' | 'invalid' | 'suppressed' | 'held_out' | 'duplicates' | 'unique' | 'uploaded', number>
  >;
  /** Requests to LINE, retries included. `status` is null when LINE did not answer. */
  readonly lineRequests: readonly { readonly status: number | null; readonly count: number }[];
  /** Runs that wait for a worker, and how long the oldest has waited that a worker could start now. */
  readonly queue: { readonly depth: number; readonly oldestSeconds: number };
  /** Sources in quarantine: their reader process died, and Lineup does not read them until a person tries. */
  readonly quarantinedSources: number;
  /** How many jobs that are not terminated have a status and a condition. */
  readonly jobs: readonly { readonly status: string; readonly condition: string; readonly count: number }[];
  /** The last success of each of these jobs; null for a job that never succeeded. */
  readonly lastSuccesses: readonly { readonly id: string; readonly at: Date | null }[];
  /** When the totals of runs, values and requests, and the last successes, were read. */
  readonly totalsAt: Date;
  /** The number of these jobs whose audience is incomplete at LINE. */
  readonly incompleteJobs: number;
  /** The number of open alerts of each rule that has one. */
  readonly openAlerts: readonly { readonly rule: string; readonly count: number }[];
  /** The streams of the audit log. */
  readonly auditStreams: readonly AuditStreamState[];
  /** How often each log event has happened. An event that never happened may be missing. */
  readonly events: Readonly<Partial<Record<LogEventName, number>>>;
}
