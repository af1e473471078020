/**
 * A run's turn at an audience: one upload at a time, over all processes. It is taken by the name of an audience that is to be made,
 * and by its id as soon as LINE has given it one, for others may know that id by then.
 */
import type { Release } from '../contracts/ports.ts';
import type { ExportContext } from './context.ts';
import { waitingFor } from './place.ts';
import { superseded } from './resume.ts';

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
