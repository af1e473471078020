/** The uploads of a run: its deliveries go to LINE at the same time, the chunks of each one after another. */
import type { LineAdsClient } from '../../packages/line-ads/src/index.ts';
import { LineupError } from '../contracts/errors.ts';
import type { Release } from '../contracts/ports.ts';
import { actionOf, type RunState } from '../contracts/run-state.ts';
import { findAudience } from './audience.ts';
import { type ExportContext, timestamp } from './context.ts';
import { contextsOf, openDeliveries } from './deliveries.ts';
import { type Failing, failureOf, failureOfAll } from './failure.ts';
import { explainLineFailure } from './line-failure.ts';
import { assertMaySend } from './may-send.ts';
import { AudienceTurn, takePlace, waitingFor } from './turns.ts';
import { settleChunk, uploadChunk } from './upload.ts';
import { waitForChunk } from './wait.ts';
import { jobWarnings, matchWarning } from './warnings.ts';

/**
 * Runs the guard, then sends the chunks of each delivery and waits until each is finished. A delivery that LINE has completely is
 * not touched any more, and one that fails does not stop the others.
 * @throws {Refused | LineupError | LineAdsError} of the run
 */
export async function deliverAll(context: ExportContext, lineAds: LineAdsClient): Promise<void> {
  const all = contextsOf(context);
  const deliveries = openDeliveries(all);
  const turns = deliveries.map((delivery) => ({ delivery, turn: new AudienceTurn(delivery) }));
  try {
    // All in the same order everywhere, so that two runs never wait for each other.
    for (const { turn } of turns.toSorted((a, b) => (a.turn.audience < b.turn.audience ? -1 : 1))) {
      await turn.take();
    }
    for (const delivery of deliveries) await settleLost(delivery, lineAds);
    await assertMaySend(deliveries, lineAds, all.length > 1);
    const failed: Failing<unknown>[] = [];
    await Promise.all(
      turns.map(({ delivery, turn }) =>
        deliver(delivery, lineAds, turn)
          .catch((why: unknown) => void failed.push({ state: delivery.journal.state, why }))
          .finally(() => all.length > 1 && delivery.place.leave()),
      ),
    );
    if (failed.length > 0) throw all.length === 1 ? failed[0]!.why : await runFailure(context, failed);
  } finally {
    for (const { turn } of turns) turn.giveBack();
  }
}

/** Journals the failure of each delivery. @returns that of the run */
async function runFailure(context: ExportContext, failed: readonly Failing<unknown>[]): Promise<unknown> {
  // All have ended for the same reason.
  if (context.signal.aborted) return failed[0]?.why;
  const explained = failed.map(({ state, why }) => ({ state, why: explainLineFailure(why) }));
  const contexts = contextsOf(context);
  for (const { state, why } of explained) {
    const { journal } = contexts[state.delivery - 1]!;
    const error = await failureOf(why, { ...context, journal });
    await journal.append({ type: 'delivery_failed', at: timestamp(context.clock), error });
  }
  const known = explained.flatMap(({ state, why }) => (why instanceof LineupError ? [{ state, why }] : []));
  // A fault of Lineup itself comes first.
  return known.length < explained.length
    ? explained.find(({ why }) => !(why instanceof LineupError))?.why
    : failureOfAll(known);
}

async function deliver(context: ExportContext, lineAds: LineAdsClient, turn: AudienceTurn): Promise<void> {
  for (const chunk of context.journal.state.staged?.chunks ?? []) {
    await turn.take();
    await deliverChunk(context, lineAds, chunk.index);
  }
  await warnAboutResult(context, lineAds);
  turn.giveBack();
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
  const warnings = [
    ...jobWarnings(journal.state),
    ...(audience ? matchWarning(journal.state, audience) : []),
  ];
  for (const warning of warnings) await journal.append({ type: 'warning', at: timestamp(clock), warning });
}

async function deliverChunk(context: ExportContext, lineAds: LineAdsClient, index: number): Promise<void> {
  const { journal, limits, place } = context;
  const chunk = journal.state.staged?.chunks.find((candidate) => candidate.index === index);
  if (!chunk || isFinished(journal.state, index)) return;
  let release: Release | undefined;
  if (actionOf(journal.state, index) === 'REPLACE') {
    const { adAccountId } = journal.state.request;
    release = await limits.replaceSlot(adAccountId, waitingFor(context, 'replace-slot'));
  }
  try {
    if (journal.state.chunks.get(index)?.phase !== 'accepted') {
      await takePlace(context);
      await uploadChunk(context, lineAds, chunk);
    }
    // LINE may need an hour. Meanwhile other runs use the place.
    place.leave();
    await waitForChunk(context, lineAds, chunk);
  } finally {
    release?.();
  }
}

const isFinished = ({ chunks }: RunState, index: number): boolean => chunks.get(index)?.phase === 'finished';
