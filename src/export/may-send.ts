/**
 * The checks before the first write to LINE. They look at every delivery of the run that LINE has nothing of, and no
 * audience is touched unless all of them pass.
 */
import type { Audience, Destination } from '../destinations/destination.ts';
import { ownerOf } from '../domain/destinations/index.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { beyondApproval } from '../domain/jobs/approvals.ts';
import { atLineOf } from '../domain/runs/run-state.ts';
import { joinSentences, type Sentence, sentence, sentenceOf } from '../domain/text/sentence.ts';
import { alertRefusal, alertWarning, type BrokenRule, brokenRules, uncheckedRule } from './alerts.ts';
import { type AtLine, lookUpSize } from './audience-size.ts';
import { type ExportContext, timestamp } from './context.ts';
import { RefusedError, refusalOf } from './failure.ts';
import { fewerThanBefore, type GuardInput, guard, leftOutOf, type Refusal } from './guard.ts';
import { judgementOf } from './judgement.ts';
import { assertRoom, checkPresent, renewDue } from './renew.ts';
import { mayBeMade } from './settle.ts';
import { inStage } from './stages.ts';
import { waitUntilIdle } from './wait.ts';

/**
 * Looks at the audiences again, because the scan may have taken an hour. Waits first until LINE has finished other
 * uploads: only then the size that a replace would change is known. All reasons against the result are collected, of
 * all deliveries: a person who overrules them must see each one.
 * @param deliveries all that are not complete. Those that LINE has nothing of are checked: it may have refused their
 * first chunk, or its job for that may have failed. When the run continues, a person may have set another limit, and
 * the audience may be another one.
 * @param several whether the run has several deliveries
 * @throws {RefusedError | LineupError}
 */
export async function assertMaySend(
  deliveries: readonly ExportContext[],
  destination: Destination,
  several: boolean,
): Promise<void> {
  const unsent = deliveries.filter(({ journal }) => atLineOf(journal.state) === 'nothing');
  // What is empty, or does not fit, can be refused without asking LINE, and nobody can approve it.
  const unfit = unsent.flatMap((delivery) => {
    const why = guard({ ...guardInput(delivery), before: null });
    return why ? [{ state: delivery.journal.state, why }] : [];
  });
  const never = refusalOf(unfit, several);
  if (never) throw new RefusedError(never);
  const broken = await eachInTurn(unsent, brokenRulesThatStop);
  await eachInTurn(unsent, warnAboutFewer);
  await renewDue(unsent, destination);
  await assertRoom(unsent, destination);
  const compared = await allOrNone(unsent, (delivery) => compareAtLine(delivery, destination));
  const judged = unsent.map(({ journal: { state } }, n) => {
    const { name, refusal } = compared[n]!;
    return {
      state: { ...state, audienceName: name },
      name,
      refusals: [
        ...(refusal ? [refusal] : []),
        ...broken[n]!.map((rule) => alertRefusal(rule, ownerOf(destination.traits))),
      ],
    };
  });
  const refusal = refusalOf(
    judged.flatMap(({ state, refusals }) => refusals.map((why) => ({ state, why }))),
    several,
  );
  if (!refusal) return;
  const judgement = judgementOf(judged);
  const approval = unsent[0]?.journal.state.approval;
  const beyond = approval && beyondApproval(approval.audiences, judgement.audiences);
  if (beyond?.length === 0) {
    for (const [n, delivery] of unsent.entries()) await warnAboutAlerts(delivery, broken[n]!);
    return;
  }
  throw new RefusedError(beyond ? withMore(refusal, beyond) : refusal, judgement);
}

/** Says first what a person has not approved. */
const withMore = ({ error, allowWith }: Refusal, beyond: readonly Sentence[]): Refusal => ({
  error: new LineupError(
    error.code,
    joinSentences(sentence`The result is not the one that was approved.`, ...beyond, sentenceOf(error)),
  ),
  allowWith,
});

export const guardInput = ({ journal, traits }: Pick<ExportContext, 'journal' | 'traits'>): GuardInput => {
  const { request, staged, before, renews } = journal.state;
  return {
    request,
    renews: renews !== undefined,
    scanned: staged?.counts.scanned ?? 0,
    leftOut: leftOutOf(staged?.counts),
    unique: staged?.counts.unique ?? 0,
    chunks: staged?.chunks ?? [],
    traits,
    before,
  };
};

/**
 * Checks the audience of a delivery as it is now.
 * @returns the existing audience, or undefined when the run will create one
 * @throws {LineupError} as `checkAudience`
 */
export const checkAudienceOf = (delivery: ExportContext, destination: Destination): Promise<Audience | undefined> =>
  inStage(delivery, 'check', async () => {
    // If it is there, it may be the one that an earlier run has asked for.
    if (await mayBeMade(delivery, destination)) return undefined;
    return checkPresent(delivery, destination);
  });

async function compareAtLine(
  context: ExportContext,
  destination: Destination,
): Promise<{ readonly name: string | null; readonly refusal?: Refusal | undefined }> {
  const { journal } = context;
  const audience = await checkAudienceOf(context, destination);
  if (!audience) return { name: journal.state.audienceName, refusal: await compareRenewed(context) };
  if (destination.traits.turn === 'until_finished' || journal.state.request.mode === 'replace') {
    const uploads = await waitUntilIdle(context, destination, audience.id);
    await compare(context, audience.id, { audience, uploads });
  }
  return { name: audience.name, refusal: (await compareRenewed(context)) ?? guard(guardInput(context)) };
}

/** A renewal takes nothing away, but campaigns will use what it has. So it is compared with the run before. */
async function compareRenewed(context: ExportContext): Promise<Refusal | undefined> {
  const { journal, clock } = context;
  const { renews } = journal.state;
  if (!renews || renews.members === null) return undefined;
  const before = { size: renews.members, basis: 'last_run', runId: null, at: null } as const;
  await journal.append({ type: 'compared', at: timestamp(clock), before });
  return guard(guardInput(context));
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
  const before = await inStage(context, 'size', () =>
    lookUpSize(history, request.adAccountId, audienceId, line ?? undefined),
  );
  if (!line && before.basis === 'unknown') return;
  await journal.append({ type: 'compared', at: timestamp(clock), before });
}

/** The alert rules that only warn come first, so that the run has their warnings also when another rule stops it. */
async function brokenRulesThatStop(context: ExportContext): Promise<BrokenRule[]> {
  const broken = await brokenRules(context.journal.state, context.history);
  await warnAboutUnchecked(context);
  await warnAboutAlerts(
    context,
    broken.filter(({ action }) => action === 'warn'),
  );
  return broken.filter(({ action }) => action === 'stop');
}

export async function warnAboutFewer(context: ExportContext): Promise<void> {
  const { journal, history, clock } = context;
  const { runId, delivery, request } = journal.state;
  if (request.memberDays === undefined) return;
  const [before] = await history.sizesBefore(runId, 1, delivery);
  for (const warning of fewerThanBefore(guardInput(context), before)) {
    await journal.append({ type: 'warning', at: timestamp(clock), warning });
  }
}

async function warnAboutUnchecked({ journal, traits, clock }: ExportContext): Promise<void> {
  const warning = uncheckedRule(journal.state, traits);
  if (warning) await journal.append({ type: 'warning', at: timestamp(clock), warning });
}

export async function warnAboutAlerts({ journal, clock }: ExportContext, broken: readonly BrokenRule[]): Promise<void> {
  for (const rule of broken) {
    await journal.append({ type: 'warning', at: timestamp(clock), warning: alertWarning(rule) });
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

/**
 * The work on all deliveries at the same time. The first failure ends the others, and is thrown when they have ended.
 */
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
