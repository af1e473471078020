/** Bringing a run to its end: the export, with LINE's API, the source and the limits that the run's job needs. */
import type { Clock } from '../contracts/clock.ts';
import type { RunHistory, SharedLimits } from '../contracts/ports.ts';
import { WaitingRuns } from '../export/context.ts';
import { runExport } from '../export/run.ts';
import type { JobsContext } from '../jobs/context.ts';
import type { Execution } from '../jobs/worker.ts';
import { scansOfSource } from '../sources/scans.ts';
import { transaction } from '../store/database/transaction.ts';
import { getAuthorization } from '../store/repositories/authorizations.ts';
import { wasAskedByPerson } from '../store/repositories/job-transitions.ts';
import { keepHealth } from './authorization-health.ts';
import { asRunRequest, type LineAdsAccess, lineAdsWith } from './line-ads.ts';
import type { SourceRegistry } from './sources/registry.ts';
import { readSourceRef } from './sources/source-ref.ts';

export interface ExecuteOptions {
  readonly jobs: JobsContext;
  readonly lineAds: LineAdsAccess;
  readonly sources: SourceRegistry;
  readonly history: RunHistory;
  readonly limits: SharedLimits;
  readonly clock: Clock;
  readonly pollIntervalMs: number;
  readonly jobTimeoutMs: number;
}

/** What the worker hands its runs to. */
export function executeWith(options: ExecuteOptions): (execution: Execution) => Promise<void> {
  const { sources, history, limits, clock, pollIntervalMs, jobTimeoutMs } = options;
  // Of two authorizations with one key each has its own; that LINE is not asked too often is the limits' affair.
  const waiting = new Map<string, WaitingRuns>();
  const waitingOf = (authorizationId: string): WaitingRuns => {
    const runs = waiting.get(authorizationId) ?? new WaitingRuns();
    waiting.set(authorizationId, runs);
    return runs;
  };
  return async ({ run, job, journal, signal, place, onProgress, onRequest }) => {
    const key = await getAuthorization(options.lineAds.db, job.authorizationId);
    const lineAds = await lineAdsWith(options.lineAds, job.authorizationId, {
      log: (entry) => onRequest(asRunRequest(entry)),
    });
    const openSource = async () => {
      const by = (await wasAskedByPerson(options.lineAds.db, run.id)) ? 'person' : 'service';
      return sources.open(readSourceRef(journal.state.request.source), by, signal);
    };
    const { error } = await runExport({
      journal,
      history,
      limits,
      lineAds,
      withScan: scansOfSource(openSource, journal.state.request.field, signal),
      clock,
      pollIntervalMs,
      jobTimeoutMs,
      signal,
      place,
      waiting: waitingOf(job.authorizationId),
      onProgress,
    });
    if (error?.code !== 'line_unauthorized') return;
    const { message, sentence } = error;
    await transaction(options.lineAds.db, (tx) =>
      keepHealth(options.jobs, tx, key, { health: 'unhealthy', reason: { message, sentence } }),
    );
  };
}
