/**
 * The checks before the first write to LINE. They look at every delivery of the run that LINE has nothing of, and no audience is
 * touched unless all of them pass.
 */
import type { LineAdsClient } from '../../packages/line-ads/src/index.ts';
import { atLineOf, type RunState } from '../contracts/run-state.ts';
import { alertRefusal, alertWarning, type BrokenRule, brokenRules } from './alerts.ts';
import { checkAudience } from './audience.ts';
import { type AtLine, lookUpSize } from './audience-size.ts';
import { type ExportContext, timestamp } from './context.ts';
import { type Failing, Refused, refusalOf } from './failure.ts';
import { type GuardInput, guard, leftOutOf, type Refusal } from './guard.ts';
import { waitUntilIdle } from './wait.ts';

/**
 * Looks at the audiences again, because the scan may have taken an hour. Waits first until LINE has finished other uploads: only
 * then the size that a replace would change is known.
 * @param deliveries all that are not complete. Those that LINE has nothing of are checked: it may have refused their first chunk,
 *   or its job for that may have failed. When the run continues, a person may have set another limit, and the audience may be
 *   another one.
 * @param several whether the run has several deliveries
 * @throws {Refused | LineupError | LineAdsError}
 */
export async function assertMaySend(
  deliveries: readonly ExportContext[],
  lineAds: LineAdsClient,
  several: boolean,
): Promise<void> {
  const unsent = deliveries.filter(({ journal }) => atLineOf(journal.state) === 'nothing');
  const refuse = (refusals: readonly Failing<Refusal | undefined>[]) => {
    const found = refusals.flatMap(({ state, why }) => (why ? [{ state, why }] : []));
    const refusal = refusalOf(found, several);
    if (refusal) throw new Refused(refusal);
  };
  // An empty result can be refused without asking LINE.
  refuse(
    unsent.map(({ journal: { state } }) => ({ state, why: guard({ ...guardInput(state), before: null }) })),
  );
  refuse(await eachInTurn(unsent, brokenRuleThatStops));
  const checked = await allOrNone(unsent, async (delivery) => {
    const why = await compareAtLine(delivery, lineAds);
    return { state: delivery.journal.state, why };
  });
  refuse(checked);
}

export const guardInput = ({ request, staged, before }: RunState): GuardInput => ({
  request,
  scanned: staged?.counts.scanned ?? 0,
  leftOut: leftOutOf(staged?.counts),
  unique: staged?.counts.unique ?? 0,
  before,
});

async function compareAtLine(context: ExportContext, lineAds: LineAdsClient): Promise<Refusal | undefined> {
  const { journal, signal } = context;
  const { request, audienceId } = journal.state;
  const audience = await checkAudience(lineAds, request, audienceId, signal);
  if (!audience) return undefined;
  const jobs = await waitUntilIdle(context, lineAds, audience.id);
  await compare(context, audience.id, { audience, jobs });
  return guard(guardInput(journal.state));
}

/**
 * Journals what the audience holds before it is replaced. Does nothing when LINE was not asked and no run of
 * ours knows it.
 */
export async function compare(
  context: ExportContext,
  audienceId: string,
  line: AtLine | null | undefined,
): Promise<void> {
  const { journal, history, clock } = context;
  const { request } = journal.state;
  if (request.mode !== 'replace') return;
  const before = await lookUpSize(history, request.adAccountId, audienceId, line ?? undefined);
  if (!line && before.basis === 'unknown') return;
  await journal.append({ type: 'compared', at: timestamp(clock), before });
}

/** The alert rules that only warn come first, so that the run has their warnings also when another rule stops it. */
async function brokenRuleThatStops(context: ExportContext): Promise<Failing<Refusal | undefined>> {
  const { state } = context.journal;
  const broken = await brokenRules(state, context.history);
  await warnAboutAlerts(
    context,
    broken.filter(({ action }) => action === 'warn'),
  );
  const stopping = broken.find(({ action }) => action === 'stop');
  return { state, why: stopping && alertRefusal(stopping) };
}

export async function warnAboutAlerts(
  { journal, clock }: ExportContext,
  broken: readonly BrokenRule[],
): Promise<void> {
  for (const one of broken) {
    await journal.append({ type: 'warning', at: timestamp(clock), warning: alertWarning(one) });
  }
}

async function eachInTurn<Result>(
  deliveries: readonly ExportContext[],
  work: (delivery: ExportContext) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const delivery of deliveries) results.push(await work(delivery));
  return results;
}

/** The work on all deliveries at the same time. The first failure ends the others, and is thrown when they have ended. */
async function allOrNone<Result>(
  deliveries: readonly ExportContext[],
  work: (delivery: ExportContext) => Promise<Result>,
): Promise<Result[]> {
  const others = new AbortController();
  let first: { readonly error: unknown } | undefined;
  const results = await Promise.allSettled(
    deliveries.map(async (delivery) => {
      const signal = AbortSignal.any([delivery.signal, others.signal]);
      return work({ ...delivery, signal }).catch((error: unknown) => {
        first ??= { error };
        others.abort('Another delivery of the run has failed.');
        throw error;
      });
    }),
  );
  if (first) throw first.error;
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}
