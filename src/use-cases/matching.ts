/**
 * Observes how LINE matches the audiences of a run after it. For two days, and more often at first, it stores `status`
 * and `estimatedAudienceSize`. A run of whose audiences one matches no user gets a warning.
 */

import type { StoredJob } from '../contracts/job-store.ts';
import type { Audience } from '../destinations/destination.ts';
import { activeRules } from '../domain/alerts/alerts.ts';
import {
  checkEstimate,
  checkMatchRate,
  checkNoMatch,
  checkUsable,
  type Finding,
  type FindingOfAudience,
  type Matched,
  NO_MATCH_HOURS,
  worstFinding,
} from '../domain/alerts/checks.ts';
import { destinationOfJob, ownerOf, WATCHED_MS } from '../domain/destinations/index.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { deliveriesOfJob } from '../domain/jobs/audiences.ts';
import { deliveryOf } from '../domain/runs/run-state.ts';
import { localized, ofAudience, sentenceOf } from '../domain/text/sentence.ts';
import { matchWarning } from '../export/warnings.ts';
import { type AlertContext, applyFindings } from '../jobs/alerts.ts';
import { within } from '../jobs/context.ts';
import { type Tx, transaction } from '../store/database/database.ts';
import { isOpen } from '../store/repositories/alerts.ts';
import {
  deliveriesToMatch,
  type MatchedDelivery,
  matchedBefore,
  matchedOf,
  recordMatching,
  unmatchedSince,
  type WatchedDelivery,
} from '../store/repositories/matching.ts';
import type { ChoreDeps } from './deps.ts';
import { destinationWith } from './destinations.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const watching = {
  forMs: WATCHED_MS,
  oftenForMs: 2 * HOUR,
  oftenMs: 15 * MINUTE,
  laterMs: HOUR,
  // Such an audience may end to be usable at any time. Afterwards it is empty in any case.
  ageing: { forMs: 180 * DAY, everyMs: DAY },
};

/** Observes every audience that is due. */
export async function watchMatching(deps: ChoreDeps, signal: AbortSignal): Promise<void> {
  const due = await deliveriesToMatch(deps.db, deps.now(), watching);
  const accounts = Map.groupBy(due, (watched) => `${watched.authorizationId} ${watched.adAccountId}`);
  let failure: unknown;
  for (const deliveries of accounts.values()) {
    try {
      await observeAccount(deps, deliveries, signal);
    } catch (error) {
      // One refused account must not stop the others. The next time tries it again. The authorization says that its
      // credentials are lost, so that is no failure.
      if (!isLost(error)) failure = error;
    }
    signal.throwIfAborted();
  }
  if (failure) throw failure;
}

const isLost = (error: unknown): boolean => error instanceof LineupError && error.code === 'credentials_lost';

/** Observes the audiences of one ad account. One question is for all of them. */
async function observeAccount(
  deps: ChoreDeps,
  deliveries: readonly WatchedDelivery[],
  signal: AbortSignal,
): Promise<void> {
  const [{ authorizationId, adAccountId }] = deliveries as [WatchedDelivery];
  const destination = await destinationWith(deps.destinations, authorizationId, { patience: 'run' });
  // Several deliveries may share an audience.
  const wanted = Map.groupBy(deliveries, ({ audienceId }) => audienceId);
  const seen = new Map<string, Audience[]>();
  for await (const audience of destination.find(adAccountId, { ids: [...wanted.keys()] }, signal)) {
    for (const watched of wanted.get(audience.id) ?? []) {
      await recordObservation(deps, watched, audience);
      seen.set(watched.jobId, [...(seen.get(watched.jobId) ?? []), audience]);
    }
  }
  for (const [jobId, audiences] of seen) await reportUsable(deps, jobId, audiences);
}

/** Whether something can be sent to the audiences of a job. Without the alert of a rule, this costs no transaction. */
async function reportUsable({ db, jobs }: ChoreDeps, jobId: string, audiences: readonly Audience[]): Promise<void> {
  const isFine = audiences.every(({ unusable }) => unusable === null);
  if (isFine && !(await isOpen(db, jobId, 'audience_unusable'))) return;
  await transaction(db, async (tx) => {
    const jobTx = jobs.store.within(tx);
    const job = await jobTx.lockJob(jobId);
    const { defaults, open } = await jobTx.alertsOf(jobId);
    if (!activeRules(defaults, job.configuration.alerts).audience_unusable) return;
    const worst = worstFinding(
      [...new Set(audiences)].map(({ name, unusable }) => ({ audience: name, finding: checkUsable(unusable) })),
    );
    // It is over when all audiences were seen.
    const ids = new Set(deliveriesOfJob(job).flatMap(({ audienceId }) => audienceId ?? []));
    const isComplete = [...ids].every((id) => audiences.some((audience) => audience.id === id));
    await applyFindings(within(jobs, jobTx), { job, open, runId: null }, [
      worst?.isBroken || isComplete ? worst : undefined,
    ]);
  });
}

/** How many earlier runs the mean of the estimates includes. */
const EARLIER_RUNS = 7;

/** Compares what LINE has matched in all audiences of a run with the alert rules of the job. */
async function reportMatching(tx: Tx, context: AlertContext, job: StoredJob, run: WatchedDelivery): Promise<void> {
  const { defaults, open } = await context.tx.alertsOf(job.id);
  const { estimate_drop, match_rate_drop, no_match } = activeRules(defaults, job.configuration.alerts);
  const owner = ownerOf(destinationOfJob(job.type));
  const matched = await matchedOf(tx, run.runId);
  const found: (Finding | undefined)[] = [];
  if (estimate_drop || match_rate_drop) {
    // Until LINE has finished, its estimate may still grow.
    const ready = matched.filter(({ status }) => status === 'READY');
    const compared = await each(ready, async (current) => ({
      current,
      earlier: await matchedBefore(tx, { ...run, ...current }, EARLIER_RUNS),
    }));
    const judge = (check: (now: Matched, earlier: readonly Matched[]) => Finding | undefined) =>
      judgeAll(
        compared.map(({ current, earlier }) => ({ audience: nameOf(current), finding: check(current, earlier) })),
        ready.length === matched.length,
      );
    if (estimate_drop) found.push(judge((...given) => checkEstimate(estimate_drop, owner, ...given)));
    if (match_rate_drop) found.push(judge((...given) => checkMatchRate(match_rate_drop, ...given)));
  }
  if (no_match) {
    const { noMatchMs = NO_MATCH_HOURS * HOUR } = destinationOfJob(job.type).watch;
    const seen = await each(
      matched.filter(({ status }) => status !== null),
      async (current) => {
        const since = await unmatchedSince(tx, { ...run, audienceId: current.audienceId });
        return {
          audience: nameOf(current),
          finding: checkNoMatch(owner, current, since, context.now, noMatchMs / HOUR),
        };
      },
    );
    found.push(judgeAll(seen, seen.filter(({ finding }) => finding).length === matched.length));
  }
  await applyFindings(context, { job, open, runId: run.runId }, found);
}

/** An alert is not over before LINE has matched all audiences. */
function judgeAll(found: readonly FindingOfAudience[], isComplete: boolean): Finding | undefined {
  const worst = worstFinding(found);
  return worst?.isBroken || isComplete ? worst : undefined;
}

/** One after another, because a transaction has one connection. */
async function each<Of, To>(all: readonly Of[], work: (one: Of) => Promise<To>): Promise<To[]> {
  const done: To[] = [];
  for (const item of all) done.push(await work(item));
  return done;
}

const nameOf = ({ audienceName, audienceId }: MatchedDelivery): string => audienceName ?? audienceId;

async function recordObservation(deps: ChoreDeps, watched: WatchedDelivery, audience: Audience): Promise<void> {
  const at = deps.now().toISOString();
  const seen = { at, status: audience.status, estimated_size: audience.size };
  await transaction(deps.db, async (tx) => {
    const jobTx = deps.jobs.store.within(tx);
    // The job is locked before its run, as everywhere.
    const job = await jobTx.lockJob(watched.jobId);
    await recordMatching(tx, watched, seen);
    await reportMatching(tx, within(deps.jobs, jobTx), job, watched);
  });
  const journal = await deps.journals.resume(watched.runId);
  try {
    const { siblings } = journal.state;
    const state = deliveryOf(journal.state, watched.delivery);
    const [found] = matchWarning(state, audience);
    if (!found || state.warnings.some(({ code }) => code === 'no_match')) return;
    const warning =
      siblings.length > 0
        ? { ...found, ...localized(ofAudience(state.audienceName ?? audience.name, sentenceOf(found))) }
        : found;
    const about = { at, jobId: watched.jobId, jobName: watched.jobName, runId: watched.runId };
    const delivery = watched.delivery > 1 && { delivery: watched.delivery };
    await journal.append({ type: 'warning', at, ...delivery, warning }, (tx) =>
      tx.publish({ type: 'nobody_matched', ...about, message: warning.message }),
    );
  } finally {
    await journal.close();
  }
}
