/** What runs share, and wait for: places to work at, turns at an audience, and LINE's attention. */
import type { Release, WaitOptions, WorkPlace } from '../contracts/ports.ts';
import type { ExportContext, ExportProgress } from './context.ts';
import { superseded } from './resume.ts';

/** For whoever has but one run: there is always a place. */
export const placeForAll: WorkPlace = { take: async () => {}, leave: () => {} };

/** Waits for a place, unless the run has one. */
export function takePlace({ place, signal, onProgress }: ExportContext): Promise<void> {
  return place.take({ signal, onWait: () => onProgress({ stage: 'queue', what: 'place' }) });
}

/** How to wait for a turn: the place is others' meanwhile. */
export const waitingFor = (
  { place, signal, onProgress }: ExportContext,
  what: Extract<ExportProgress, { stage: 'queue' }>['what'],
): WaitOptions => ({
  signal,
  onWait: () => {
    onProgress({ stage: 'queue', what });
    place.leave();
  },
});

/**
 * A run's turn at an audience: one upload at a time, over all processes. It is taken by the name of an audience that is to be
 * made, and by its id as soon as LINE has given it one, because others may know that id by then.
 */
export class AudienceTurn {
  readonly #context: ExportContext;
  readonly #held = new Map<string, Release>();

  constructor(context: ExportContext) {
    this.#context = context;
  }

  /**
   * Waits for the turn, if it is not held yet.
   * @throws {LineupError} `run_superseded` when this run has written before, and another one has since
   */
  async take(): Promise<void> {
    const { journal, limits, history } = this.#context;
    const { request, audienceId, audienceName } = journal.state;
    const audience = audienceId ?? `name:${audienceName}`;
    if (this.#held.has(audience)) return;
    const waiting = waitingFor(this.#context, 'audience');
    this.#held.set(audience, await limits.audience(request.adAccountId, audience, waiting));
    if (journal.state.lastWriteAt === null) return;
    // Only now: whoever had the turn until this moment may have written with it.
    const later = await history.supersededBy(journal.state);
    if (later !== undefined) throw superseded(journal.state, later);
  }

  giveBack(): void {
    for (const release of this.#held.values()) release();
    this.#held.clear();
  }
}
