/** The uploads of a run: its deliveries go to LINE at the same time, the chunks of each one after another. */
import type { LineAdsClient } from '../../packages/line-ads/src/index.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { atLineOf, openDeliveriesOf, type RunState } from '../domain/runs/run-state.ts';
import { findAudience } from './audience.ts';
import { type ExportContext, timestamp } from './context.ts';
import { contextsOf } from './deliveries.ts';
import { explainFailure, type Failing, failureOf, failureOfAll, Refused } from './failure.ts';
import { assertMaySend } from './may-send.ts';
import { areStagedFilesGone } from './stage/chunk-files.ts';
import { AudienceTurn, takePlace } from './turns.ts';
import { settleChunk, uploadChunk } from './upload.ts';
import { waitForChunk } from './wait.ts';
import { jobWarnings, matchWarning } from './warnings.ts';

/**
 * Runs the guard, then sends the chunks of each delivery and waits until each is finished. A delivery that LINE has
 * completely is not touched any more, and one that fails does not stop the others. When the run continues, some
 * deliveries may be half sent already: these go on, also when the guard stops those that LINE has nothing of.
 * @throws {Refused | LineupError | LineAdsError} of the run
 */
export async function deliverAll(context: ExportContext, lineAds: LineAdsClient): Promise<void> {
  const all = contextsOf(context);
  const open = new Set(openDeliveriesOf(context.journal.state).map(({ delivery }) => delivery));
  const turns = all
    .filter(({ journal }) => open.has(journal.state.delivery))
    .map((delivery) => ({ delivery, turn: new AudienceTurn(delivery) }));
  const failed: Failing<unknown>[] = [];
  const send = ({ delivery, turn }: Turn) =>
    deliver(delivery, lineAds, turn)
      .catch((why: unknown) => void failed.push({ state: delivery.journal.state, why }))
      .finally(() => {
        turn.giveBack();
        if (all.length > 1) delivery.place.leave();
      });
  try {
    const { begun, untouched, failure } = await takeTurns(context, lineAds, turns);
    /** Why none of those that LINE has nothing of is sent. */
    let stopped = failure;
    const sendUntouched = async () => {
      if (stopped) return;
      try {
        await assertMaySend(
          untouched.map(({ delivery }) => delivery),
          lineAds,
          all.length > 1,
        );
        await Promise.all(untouched.map(send));
      } catch (why) {
        stopped = { why };
      }
    };
    await Promise.all([...begun.map(send), sendUntouched()]);
    if (failed.length === 0 && stopped) throw stopped.why;
    if (failed.length === 0) return;
    if (all.length === 1) throw failed[0]!.why;
    for (const { delivery } of stopped ? untouched : []) {
      failed.push({ state: delivery.journal.state, why: stopped?.why });
    }
    throw await runFailure(context, failed);
  } finally {
    for (const { turn } of turns) turn.giveBack();
  }
}

interface Turn {
  readonly delivery: ExportContext;
  readonly turn: AudienceTurn;
}

interface Turns {
  /** LINE has a part of them. */
  readonly begun: readonly Turn[];
  /** LINE has nothing of them. */
  readonly untouched: readonly Turn[];
  /** Why those that are untouched are not sent, although others go on. */
  readonly failure: { readonly why: unknown } | undefined;
}

/**
 * Takes the turns of all audiences, and finds out what LINE has of them.
 * @throws what stops the run, while no delivery has begun
 */
async function takeTurns(context: ExportContext, lineAds: LineAdsClient, turns: readonly Turn[]): Promise<Turns> {
  const isUntouched = ({ delivery }: Turn) => atLineOf(delivery.journal.state) === 'nothing';
  const isResumed = atLineOf(context.journal.state) !== 'nothing';
  const ready = new Set(turns);
  let failure: Turns['failure'];
  // All in the same order everywhere, so that two runs never wait for each other.
  for (const one of turns.toSorted((a, b) => (a.turn.audience < b.turn.audience ? -1 : 1))) {
    const { delivery, turn } = one;
    try {
      await turn.take();
      // Others may have written to it since the run has sent its other deliveries. Then its members are too old.
      if (isResumed && isUntouched(one)) await turn.assertNotSuperseded();
      await settleLost(delivery, lineAds);
    } catch (why) {
      if (!isResumed || turns.length === 1) throw why;
      failure ??= { why };
      ready.delete(one);
    }
  }
  return {
    begun: [...ready].filter((one) => !isUntouched(one)),
    untouched: [...ready].filter(isUntouched),
    failure,
  };
}

/** Journals the failure of each delivery. @returns that of the run */
async function runFailure(context: ExportContext, failed: readonly Failing<unknown>[]): Promise<unknown> {
  // All have ended for the same reason.
  if (context.signal.aborted) return failed[0]?.why;
  const lost = failed.find(({ why }) => areStagedFilesGone(why));
  // They are staged again, and what else has failed is sent again with them.
  if (lost) return lost.why;
  const explained = failed.map(({ state, why }) => {
    // A refusal names its audiences.
    const isNamed = why instanceof Refused;
    return { state, why: isNamed ? why.refusal.error : explainFailure(why), isNamed };
  });
  const contexts = contextsOf(context);
  for (const { state, why } of explained) {
    const { journal } = contexts[state.delivery - 1]!;
    const error = await failureOf(why, { ...context, journal });
    await journal.append({ type: 'delivery_failed', at: timestamp(context.clock), error });
  }
  const known = explained.flatMap(({ why, ...of }) => (why instanceof LineupError ? [{ ...of, why }] : []));
  // A fault of Lineup itself comes first.
  if (known.length < explained.length) return explained.find(({ why }) => !(why instanceof LineupError))?.why;
  const failure = failureOfAll(known);
  // When a person decides about the run, the numbers must be there.
  const refused = failed.map(({ why }) => why).find((why) => why instanceof Refused);
  return refused?.refusal.error.code === failure.code
    ? new Refused({ ...refused.refusal, error: failure }, refused.judged)
    : failure;
}

async function deliver(context: ExportContext, lineAds: LineAdsClient, turn: AudienceTurn): Promise<void> {
  for (const chunk of context.journal.state.staged?.chunks ?? []) {
    await turn.take();
    await deliverChunk(context, lineAds, chunk.index);
  }
  await warnAboutResult(context, lineAds);
}

/** Finds out whether LINE has the chunk whose answer was lost. */
export async function settleLost(context: ExportContext, lineAds: LineAdsClient): Promise<void> {
  const lost = [...context.journal.state.chunks.values()].find((chunk) => chunk.phase === 'unsettled');
  if (lost) await settleChunk(context, lineAds, lost.index);
}

/** Adds warnings about LINE's jobs and about the audience. */
async function warnAboutResult(context: ExportContext, lineAds: LineAdsClient): Promise<void> {
  const { journal, signal, clock } = context;
  const { request, audienceId } = journal.state;
  const audience = await findAudience(lineAds, request.adAccountId, audienceId ?? '', signal);
  const warnings = [...jobWarnings(journal.state), ...(audience ? matchWarning(journal.state, audience) : [])];
  for (const warning of warnings) await journal.append({ type: 'warning', at: timestamp(clock), warning });
}

async function deliverChunk(context: ExportContext, lineAds: LineAdsClient, index: number): Promise<void> {
  const { journal, place } = context;
  const chunk = journal.state.staged?.chunks.find((candidate) => candidate.index === index);
  if (!chunk || isFinished(journal.state, index)) return;
  if (journal.state.chunks.get(index)?.phase !== 'accepted') {
    await takePlace(context);
    await uploadChunk(context, lineAds, chunk);
  }
  // LINE may need an hour. Meanwhile other runs use the place.
  place.leave();
  await waitForChunk(context, lineAds, chunk);
}

const isFinished = ({ chunks }: RunState, index: number): boolean => chunks.get(index)?.phase === 'finished';
