/**
 * Observes how LINE matches an audience after a run. For two days, and more often at first, it stores `status` and
 * `estimatedAudienceSize`. A run whose audience matches no user gets a warning.
 */
import type { CustomAudience } from '../../packages/line-ads/src/index.ts';
import { activeRules } from '../contracts/active-alert-rules.ts';
import { checkEstimate, checkMatchRate, checkNoMatch, type Finding } from '../contracts/alert-checks.ts';
import type { StoredJob } from '../contracts/job-store.ts';
import { matchWarning } from '../export/warnings.ts';
import { type AlertContext, applyFindings } from '../jobs/alerts.ts';
import { within } from '../jobs/context.ts';
import { type Tx, transaction } from '../store/database/database.ts';
import {
  matchedBefore,
  recordMatching,
  runsToMatch,
  unmatchedSince,
  type WatchedRun,
} from '../store/repositories/matching.ts';
import type { ChoreDeps } from './deps.ts';
import { lineAdsWith, lineCall } from './line-ads.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const watching = { forMs: 48 * HOUR, oftenForMs: 2 * HOUR, oftenMs: 15 * MINUTE, laterMs: HOUR };

/** Observes every audience that is due. */
export async function watchMatching(deps: ChoreDeps, signal: AbortSignal): Promise<void> {
  const due = await runsToMatch(deps.db, deps.now(), watching);
  const accounts = Map.groupBy(due, (run) => `${run.authorizationId} ${run.adAccountId}`);
  let failure: unknown;
  for (const runs of accounts.values()) {
    try {
      await observeAccount(deps, runs, signal);
    } catch (error) {
      // One refused account must not stop the others. The next time tries it again.
      failure = error;
    }
    signal.throwIfAborted();
  }
  if (failure) throw failure;
}

/** Observes the audiences of one ad account. LINE has no call for a single audience, so this reads the list once for all of them. */
async function observeAccount(
  deps: ChoreDeps,
  runs: readonly WatchedRun[],
  signal: AbortSignal,
): Promise<void> {
  const [{ authorizationId, adAccountId }] = runs as [WatchedRun];
  const client = await lineAdsWith(deps.lineAds, authorizationId);
  const wanted = new Map(runs.map((run) => [run.audienceId, run]));
  await lineCall(async () => {
    for await (const audience of client.customAudiences.list(adAccountId, { signal })) {
      const run = wanted.get(audience.id);
      if (run) await recordObservation(deps, run, audience);
      wanted.delete(audience.id);
      if (wanted.size === 0) return;
    }
  });
}

/** How many earlier runs the mean of the estimates includes. */
const EARLIER_RUNS = 7;

/** Compares what LINE has matched with the alert rules of the job. */
async function reportMatching(
  tx: Tx,
  context: AlertContext,
  job: StoredJob,
  run: WatchedRun,
  { status, estimatedAudienceSize }: CustomAudience,
): Promise<void> {
  const { defaults, open } = await context.tx.alertsOf(job.id);
  const { estimate_drop, match_rate_drop, no_match } = activeRules(defaults, job.configuration.alerts);
  const found: (Finding | undefined)[] = [];
  // Until LINE has finished, its estimate may still grow.
  if ((estimate_drop || match_rate_drop) && status === 'READY') {
    const earlier = await matchedBefore(tx, run, EARLIER_RUNS);
    const matched = { estimate: estimatedAudienceSize, unique: run.unique };
    if (estimate_drop) found.push(checkEstimate(estimate_drop, matched, earlier));
    if (match_rate_drop) found.push(checkMatchRate(match_rate_drop, matched, earlier));
  }
  if (no_match) found.push(checkNoMatch(estimatedAudienceSize, await unmatchedSince(tx, run), context.now));
  await applyFindings(context, { job, open, runId: run.runId }, found);
}

async function recordObservation(deps: ChoreDeps, run: WatchedRun, audience: CustomAudience): Promise<void> {
  const at = deps.now().toISOString();
  const seen = { at, status: audience.status, estimated_size: audience.estimatedAudienceSize };
  await transaction(deps.db, async (tx) => {
    const jobTx = deps.jobs.store.within(tx);
    // The job is locked before its run, as everywhere.
    const job = await jobTx.lockJob(run.jobId);
    await recordMatching(tx, run.runId, seen);
    await reportMatching(tx, within(deps.jobs, jobTx), job, run, audience);
  });
  const journal = await deps.journals.resume(run.runId);
  try {
    const [warning] = matchWarning(journal.state, audience);
    if (!warning || journal.state.warnings.some(({ code }) => code === 'no_match')) return;
    const about = { at, jobId: run.jobId, jobName: run.jobName, runId: run.runId };
    await journal.append({ type: 'warning', at, warning }, (tx) =>
      tx.publish({ type: 'nobody_matched', ...about, message: warning.message }),
    );
  } finally {
    await journal.close();
  }
}
