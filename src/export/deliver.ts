/**
 * The uploads of a run: its deliveries go to LINE at the same time, the chunks of each one after another. Deliveries
 * that share an audience go one after another, too.
 */

import { findAudience } from '../destinations/audience.ts';
import type { Destination } from '../destinations/destination.ts';
import { LineupError } from '../domain/errors/errors.ts';
import type { StagedChunkRecord } from '../domain/runs/run.ts';
import { atLineOf, openDeliveriesOf, openUploadsOf, type RunState, sharesAudience } from '../domain/runs/run-state.ts';
import { type ExportContext, timestamp } from './context.ts';
import { contextsOf } from './deliveries.ts';
import { explainFailure, type Failing, failureOf, failureOfAll, RefusedError } from './failure.ts';
import { assertMaySend } from './may-send.ts';
import { keepDays } from './member-days.ts';
import { noteLifeOfNew, renewalWarning } from './renew.ts';
import { areStagedFilesGone } from './stage/chunk-files.ts';
import { codeOf, inStage } from './stages.ts';
import { AudienceTurn, takePlace } from './turns.ts';
import { settleChunk, takeEarlierAudience, uploadChunk } from './upload.ts';
import { waitForChunk } from './wait.ts';
import { jobWarnings, matchWarning } from './warnings.ts';

/** How a delivery has ended. `stopped`: LINE has nothing of it, because something speaks against it or another one. */
interface Result extends Failing<unknown> {
  readonly end: 'done' | 'stopped' | 'failed';
}

/**
 * Runs the guard, then sends the chunks of each delivery and waits until each is finished. A delivery that LINE has
 * completely is not touched any more, and one that fails does not stop the others. When the run continues, some
 * deliveries may be half sent already: these go on, also when the guard stops those that LINE has nothing of.
 * @throws {RefusedError | LineupError} of the run
 */
export async function deliverAll(context: ExportContext, destination: Destination): Promise<void> {
  const several = context.journal.state.siblings.length > 0;
  const turns = openTurns(context);
  try {
    const { begun, untouched, failure } = await takeTurns(context, destination, turns);
    const pass = (deliveries: readonly ExportContext[]) =>
      inStage(context, 'guard', () => assertMaySend(deliveries, destination, several));
    const send = (turn: AudienceTurn) =>
      inStage(turn.delivery, 'delivery', () => deliver(turn, destination, several), { found: describe });
    const results = await Promise.all([
      Promise.all(begun.map(send)),
      failure ? untouched.map(stoppedBy(failure.why)) : sendTogether(untouched, pass, send),
    ]).then((both) => both.flat());
    const failed = results.filter(({ end }) => end === 'failed');
    const stopped = results.filter(({ end }) => end === 'stopped');
    if (failed.length > 0) throw several ? await runFailure(context, [...failed, ...stopped]) : failed[0]!.why;
    const stop = failure ?? stopped[0];
    if (stop) throw stop.why;
  } finally {
    for (const turn of turns) turn.giveBack();
  }
}

/** The deliveries that LINE does not have completely. */
function openTurns(context: ExportContext): AudienceTurn[] {
  const open = new Set(openDeliveriesOf(context.journal.state).map(({ delivery }) => delivery));
  let shared: AudienceTurn | undefined;
  return contextsOf(context)
    .filter(({ journal }) => open.has(journal.state.delivery))
    .map((delivery) => {
      if (!sharesAudience(delivery.journal.state)) return new AudienceTurn(delivery);
      shared = new AudienceTurn(delivery, shared);
      return shared;
    });
}

interface Turns {
  /** LINE has a part of them. */
  readonly begun: readonly AudienceTurn[];
  /** LINE has nothing of them. */
  readonly untouched: readonly AudienceTurn[];
  /** Why those that are untouched are not sent, although others go on. */
  readonly failure: { readonly why: unknown } | undefined;
}

/**
 * Takes the turns of all audiences, and finds out what LINE has of them.
 * @throws what stops the run, while no delivery has begun
 */
async function takeTurns(
  context: ExportContext,
  destination: Destination,
  turns: readonly AudienceTurn[],
): Promise<Turns> {
  const isUntouched = ({ delivery }: AudienceTurn) => atLineOf(delivery.journal.state) === 'nothing';
  const isResumed = atLineOf(context.journal.state) !== 'nothing';
  const ready = new Set(turns);
  let failure: Turns['failure'];
  // All in the same order everywhere, so that two runs never wait for each other.
  for (const turn of turns.toSorted((a, b) => (a.audience < b.audience ? -1 : 1))) {
    try {
      await turn.take();
      // Others may have written to it since the run has sent its other deliveries. Then its members are too old.
      if (isResumed && isUntouched(turn)) await turn.assertNotSuperseded();
      await settleLost(turn.delivery, destination);
    } catch (why) {
      if (!isResumed || turns.length === 1) throw why;
      failure ??= { why };
      ready.delete(turn);
      stoppedBy(why)(turn);
    }
  }
  return {
    begun: [...ready].filter((turn) => !isUntouched(turn)),
    untouched: [...ready].filter(isUntouched),
    failure,
  };
}

/** Sends deliveries that LINE has nothing of: all of them, or none. */
async function sendTogether(
  untouched: readonly AudienceTurn[],
  pass: (deliveries: readonly ExportContext[]) => Promise<void>,
  send: (turn: AudienceTurn) => Promise<Result>,
): Promise<Result[]> {
  try {
    await pass(untouched.map(({ delivery }) => delivery));
  } catch (why) {
    return untouched.map(stoppedBy(why));
  }
  return Promise.all(untouched.map(send));
}

/** For the log. */
const describe = ({ end, why }: Result) => ({ status: end, ...(end === 'failed' && { code: codeOf(why) }) });

const stoppedBy =
  (why: unknown) =>
  (turn: AudienceTurn): Result => {
    turn.failure = why;
    turn.end();
    return { end: 'stopped', state: turn.delivery.journal.state, why };
  };

/** Journals the failure of each delivery. @returns that of the run */
async function runFailure(context: ExportContext, failed: readonly Failing<unknown>[]): Promise<unknown> {
  // All have ended for the same reason.
  if (context.signal.aborted) return failed[0]?.why;
  const lost = failed.find(({ why }) => areStagedFilesGone(why));
  // They are staged again, and what else has failed is sent again with them.
  if (lost) return lost.why;
  const explained = failed.map(({ state, why }) => {
    // A refusal names its audiences.
    const isNamed = why instanceof RefusedError;
    return { state, why: isNamed ? why.refusal.error : explainFailure(why), isNamed };
  });
  const contexts = contextsOf(context);
  for (const { state, why } of explained) {
    const { journal } = contexts[state.delivery - 1]!;
    const error = await failureOf(why, { ...context, journal });
    await journal.append({ type: 'delivery_failed', at: timestamp(context.clock), error });
  }
  const known = explained.flatMap(({ why, ...failing }) => (why instanceof LineupError ? [{ ...failing, why }] : []));
  // A fault of Lineup itself comes first.
  if (known.length < explained.length) return explained.find(({ why }) => !(why instanceof LineupError))?.why;
  const failure = failureOfAll(known);
  // When a person decides about the run, the numbers must be there.
  const refused = failed.map(({ why }) => why).find((why) => why instanceof RefusedError);
  return refused?.refusal.error.code === failure.code
    ? new RefusedError({ ...refused.refusal, error: failure }, refused.judged)
    : failure;
}

/** Sends one delivery. It gives back its turn as soon as it has ended, and its place if it is one of several. */
async function deliver(turn: AudienceTurn, destination: Destination, several: boolean): Promise<Result> {
  const { delivery, before } = turn;
  const { journal, place } = delivery;
  try {
    if (before) {
      await before.ended;
      // It was to create the audience, or LINE may still be working on what it has sent to it.
      const isBusy =
        destination.traits.turn === 'until_finished' && openUploadsOf(before.delivery.journal.state).length > 0;
      if (journal.state.audienceId === null || isBusy) return stoppedBy(before.failure)(turn);
    }
    await takeEarlierAudience(delivery, destination);
    await keepDays(delivery, destination);
    const chunks = journal.state.staged?.chunks ?? [];
    if (destination.traits.turn === 'until_answered') {
      for (const chunk of chunks) await sendChunk(turn, destination, chunk);
    }
    for (const chunk of chunks) await deliverChunk(turn, destination, chunk);
    await warnAboutResult(delivery, destination);
    return { end: 'done', state: journal.state, why: undefined };
  } catch (why) {
    turn.failure = why;
    return { end: 'failed', state: journal.state, why };
  } finally {
    turn.end();
    turn.giveBack();
    if (several) place.leave();
  }
}

/** Finds out whether LINE has the chunk whose answer was lost. */
export async function settleLost(context: ExportContext, destination: Destination): Promise<void> {
  const lost = [...context.journal.state.chunks.values()].find((chunk) => chunk.phase === 'unsettled');
  if (lost) await settleChunk(context, destination, lost.index);
}

/** Adds warnings about LINE's jobs and about the audience. */
async function warnAboutResult(context: ExportContext, destination: Destination): Promise<void> {
  const { journal, signal, clock } = context;
  const { request, audienceId } = journal.state;
  const audience = await findAudience(destination, request.adAccountId, audienceId ?? '', signal);
  if (audience) await noteLifeOfNew(context, destination, audience);
  const warnings = [
    ...renewalWarning(journal.state),
    ...jobWarnings(journal.state),
    ...(audience ? matchWarning(journal.state, audience) : []),
  ];
  for (const warning of warnings) await journal.append({ type: 'warning', at: timestamp(clock), warning });
}

/** How often a chunk is sent whose job fails, where it may be sent again. */
const MAX_JOBS = 3;
/** The pause before it is sent again, in first intervals between two requests for a job. It doubles. */
const AGAIN_INTERVALS = 4;

/** Sends a chunk, and waits until its job is finished. */
async function deliverChunk(turn: AudienceTurn, destination: Destination, chunk: StagedChunkRecord): Promise<void> {
  const { journal, place, clock, signal, pollIntervalMs } = turn.delivery;
  for (let jobs = 1; ; jobs += 1) {
    if (destination.traits.turn === 'until_finished') await turn.take();
    if (isFinished(journal.state, chunk.index)) return;
    await sendChunk(turn, destination, chunk);
    // LINE may need an hour. Meanwhile other runs use the place.
    place.leave();
    if (destination.traits.turn === 'until_answered') turn.giveBack();
    try {
      await waitForChunk(turn.delivery, destination, chunk);
      return;
    } catch (error) {
      if (jobs === MAX_JOBS || !mayBeSentAgain(error)) throw error;
    }
    await clock.sleep(pollIntervalMs * AGAIN_INTERVALS * 2 ** (jobs - 1), signal);
  }
}

const mayBeSentAgain = (error: unknown): boolean =>
  error instanceof LineupError && error.code === 'upload_job_failed' && error.retryable;

/** Sends a chunk, unless LINE has accepted it. */
async function sendChunk(turn: AudienceTurn, destination: Destination, chunk: StagedChunkRecord): Promise<void> {
  const phase = turn.delivery.journal.state.chunks.get(chunk.index)?.phase;
  if (phase === 'accepted' || phase === 'finished') return;
  if (!turn.isTaken) await turn.take();
  await takePlace(turn.delivery);
  await uploadChunk(turn, destination, chunk);
}

const isFinished = ({ chunks }: RunState, index: number): boolean => chunks.get(index)?.phase === 'finished';
