/** Runs a job's export: what the run is asked to do, and with which client, source and limits. */
import { chunkLimits } from '../contracts/line-limits.ts';
import type { Clock, RunHistory, SharedLimits } from '../contracts/ports.ts';
import type { RunRequest } from '../contracts/run.ts';
import { WaitingRuns } from '../export/context.ts';
import { runExport } from '../export/run.ts';
import type { JobsContext } from '../jobs/context.ts';
import type { Execution } from '../jobs/worker.ts';
import { scansOfSource } from '../sources/scans.ts';
import { transaction } from '../store/database/database.ts';
import { getAuthorization } from '../store/repositories/authorizations.ts';
import { wasRequestedByPerson } from '../store/repositories/job-transitions.ts';
import type { StoredJob } from '../store/repositories/jobs.ts';
import { keepHealth } from './authorization-health.ts';
import { asRunRequest, type LineAdsAccess, lineAdsWith } from './line-ads.ts';
import type { SourceRegistry } from './sources/registry.ts';
import { readSourceRef, sourceRefOf, writeSourceRef } from './sources/source-ref.ts';

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

/** The function with which the worker executes a run. */
export function executeWith(options: ExecuteOptions): (execution: Execution) => Promise<void> {
  const { sources, history, limits, clock, pollIntervalMs, jobTimeoutMs } = options;
  // One entry per authorization, even if two have the same key: the shared limits see to the rate of requests.
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
      const by = (await wasRequestedByPerson(options.lineAds.db, run.id)) ? 'person' : 'service';
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

/**
 * What a run of the job is to export. The first run creates the audience by its name; from then on the job has the audience's id,
 * and each run replaces that audience.
 */
export function runRequestOf(job: StoredJob, chunkRecords: number): RunRequest {
  const { configuration: asked, audienceId } = job;
  return {
    source: writeSourceRef(sourceRefOf(job)),
    field: asked.id_field,
    identifierType: asked.identifier_type,
    ifaFormat: asked.ifa_format,
    defaultCountry: asked.default_country,
    adAccountId: asked.adaccount_id,
    audienceId,
    audienceName: audienceId === null ? asked.audience_name : null,
    mode: 'replace',
    maxShrink: asked.max_shrink,
    chunkRecords,
    chunkBytes: chunkLimits.defaultBytes,
    dryRun: false,
  };
}
