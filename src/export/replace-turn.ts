/**
 * The turn to begin a REPLACE in an ad account, of which LINE processes three at once. The journals of all runs say
 * which they are: from the intent of each until its end at LINE. So a place is free when LINE has finished, also when
 * nobody waits for that any more: a run may be interrupted, stopped or dead. Then the one that needs the place asks
 * LINE.
 */

import type { Release } from '../contracts/ports.ts';
import { findAudience } from '../destinations/audience.ts';
import { type Destination, hasEnded } from '../destinations/destination.ts';
import { ownerOf } from '../domain/destinations/index.ts';
import { limitKey } from '../domain/destinations/limits.ts';
import { LineupError } from '../domain/errors/errors.ts';
import type { RunState } from '../domain/runs/run-state.ts';
import { sentence } from '../domain/text/sentence.ts';
import { type ExportContext, uploadName } from './context.ts';
import { sentOf } from './settle.ts';
import { inStage } from './stages.ts';
import { takePlace, waitingFor } from './turns.ts';
import { LISTED_WITHIN, pollInterval } from './wait.ts';

/** How often a waiting run looks at the journals of the others. */
const LOOK_MS = 1_000;
/**
 * Waits until LINE can process one more REPLACE in the ad account, and for a place to work.
 * @returns the release, to call when the intent is in the journal
 * @throws {LineupError} `upload_job_timeout` when LINE does not end any of them
 */
export function replaceTurn(context: ExportContext, destination: Destination): Promise<Release> {
  const max = destination.traits.limits.slots?.max ?? Number.POSITIVE_INFINITY;
  return inStage(context, 'replace_turn', () => waitForReplace(context, destination, max));
}

async function waitForReplace(context: ExportContext, destination: Destination, max: number): Promise<Release> {
  const { adAccountId } = context.journal.state.request;
  const account = limitKey(destination.traits, adAccountId);
  const release = await context.limits.slotTurn(account, 'REPLACE', waitingFor(context, 'replace-slot'));
  try {
    await untilOneMayBegin(context, destination, max);
    await takePlace(context);
    return release;
  } catch (error) {
    release();
    throw error;
  }
}

async function untilOneMayBegin(context: ExportContext, destination: Destination, max: number): Promise<void> {
  const { journal, history, clock, signal, place, onProgress, waiting, pollIntervalMs, jobTimeoutMs } = context;
  const { adAccountId } = journal.state.request;
  const lookMs = Math.min(LOOK_MS, pollIntervalMs);
  const leave = waiting.enter();
  // Sums of waits, not differences of times: a jump of the clock must not change them.
  let waitedMs = 0;
  let askAtMs = 0;
  let known = { names: '', sinceMs: 0 };
  try {
    for (;;) {
      const open = await history.openReplaces(adAccountId);
      if (open.length < max) return;
      onProgress({ stage: 'queue', what: 'replace-slot' });
      place.leave();
      if (waitedMs >= askAtMs) {
        if (await fewAreGoingOn(context, destination, { open, waitedMs, max })) return;
        askAtMs =
          waitedMs +
          pollInterval({
            baseMs: pollIntervalMs,
            ageMs: waitedMs,
            waiting: waiting.count,
            limit: destination.traits.limits.requests,
          });
      }
      const names = open.map((replace) => uploadName(replace, 1)).join();
      if (names !== known.names) known = { names, sinceMs: waitedMs };
      if (waitedMs - known.sinceMs >= jobTimeoutMs) throw noneEnds(destination, adAccountId, jobTimeoutMs);
      await clock.sleep(lookMs, signal);
      waitedMs += lookMs;
    }
  } finally {
    leave();
  }
}

/** Asks LINE, first for those that began first, until enough of them have ended. */
async function fewAreGoingOn(
  context: ExportContext,
  destination: Destination,
  { open, waitedMs, max }: { readonly open: readonly RunState[]; readonly waitedMs: number; readonly max: number },
): Promise<boolean> {
  let goingOn = open.length;
  for (const replace of open.toSorted((a, b) => ((a.lastWriteAt ?? '') < (b.lastWriteAt ?? '') ? -1 : 1))) {
    if (await isOver(context, destination, replace, waitedMs)) goingOn -= 1;
    if (goingOn < max) return true;
  }
  return false;
}

async function isOver(
  { clock, signal, pollIntervalMs }: ExportContext,
  destination: Destination,
  replace: RunState,
  waitedMs: number,
): Promise<boolean> {
  const { adAccountId } = replace.request;
  const audienceId = replace.audienceId ?? '';
  const isAbandoned = replace.status !== 'running';
  // Since then, somebody may have deleted the audience.
  if (isAbandoned && !(await findAudience(destination, adAccountId, audienceId, signal))) return true;
  const askedAt = clock.now().getTime();
  const job = await destination.job(sentOf(replace, 1), { signal, background: true });
  if (job) return hasEnded(job);
  // A run that goes on may still be sending it.
  if (!isAbandoned) return false;
  return (
    waitedMs >= LISTED_WITHIN * pollIntervalMs ||
    askedAt - Date.parse(replace.lastWriteAt ?? replace.startedAt) >= listedForCertainMs(destination)
  );
}

/**
 * An upload whose intent is older is at LINE or never comes: LINE answers two machines only if their clocks differ by
 * less than half of it.
 */
const listedForCertainMs = ({ traits: { clock } }: Destination): number =>
  clock ? 4 * clock.refuseMs : Number.POSITIVE_INFINITY;

const noneEnds = ({ traits }: Destination, adAccountId: string, timeoutMs: number): LineupError =>
  new LineupError(
    'upload_job_timeout',
    sentence`${ownerOf(traits)} processes ${traits.limits.slots?.max ?? 0} REPLACE uploads at once in ad account ${adAccountId}. None of the present ones has ended within ${Math.round(timeoutMs / 60_000)} minutes. Continue the run later.`,
    { retryable: true },
  );
