/** What runs share and wait for: places to work, and turns at an audience. */
import type { Release, WaitOptions, WorkPlace } from '../contracts/ports.ts';
import { limitKey } from '../domain/destinations/limits.ts';
import type { ExportContext, ExportProgress } from './context.ts';
import { superseded } from './resume.ts';
import { inStage } from './stages.ts';

/** For a process with only one run: there is always a place. */
export const placeForAll: WorkPlace = { take: async () => {}, leave: () => {} };

/** Waits for a place, unless the run has one. */
export function takePlace(context: ExportContext): Promise<void> {
  const { place, signal, onProgress } = context;
  return inStage(context, 'place', () =>
    place.take({ signal, onWait: () => onProgress({ stage: 'queue', what: 'place' }) }),
  );
}

/** Options for waiting. While the run waits, others can use its place. */
export const waitingFor = (
  { place, signal, onProgress }: ExportContext,
  queue: Extract<ExportProgress, { stage: 'queue' }>['what'],
): WaitOptions => ({
  signal,
  onWait: () => {
    onProgress({ stage: 'queue', what: queue });
    place.leave();
  },
});

/**
 * A run's turn at an audience, so that there is one upload at a time over all processes. For a new audience
 * the key is its name. As soon as LINE has given an id, the run also takes the turn for the id, because
 * others may know it by then. Deliveries that share an audience have one turn, and go one after another.
 */
export class AudienceTurn {
  readonly delivery: ExportContext;
  /** Of the delivery before this one, if they share the audience. */
  readonly before: AudienceTurn | undefined;
  /** Why the delivery has not ended well. */
  failure: unknown;
  readonly #held: Map<string, Release>;
  /** The deliveries that need the turn. */
  readonly #needing: Set<AudienceTurn>;
  readonly #ended = Promise.withResolvers<void>();

  constructor(delivery: ExportContext, before?: AudienceTurn) {
    this.delivery = delivery;
    this.before = before;
    this.#held = before ? before.#held : new Map();
    this.#needing = before ? before.#needing : new Set();
  }

  /** The key of the present audience. */
  get audience(): string {
    const { audienceId, audienceName } = this.delivery.journal.state;
    return audienceId ?? `name:${audienceName}`;
  }

  get isTaken(): boolean {
    return this.#held.has(this.audience) && this.#needing.has(this);
  }

  /**
   * Waits for the turn, unless the run has it.
   * @throws {LineupError} `run_superseded` when another run has written to the audience after this one
   */
  async take(): Promise<void> {
    const { journal, limits, traits } = this.delivery;
    const account = limitKey(traits, journal.state.request.adAccountId);
    const { audience } = this;
    this.#needing.add(this);
    if (this.isTaken) return;
    const waiting = waitingFor(this.delivery, 'audience');
    const release = await inStage(this.delivery, 'turn', () => limits.audience(account, audience, waiting));
    this.#held.set(audience, release);
    // Checked with the turn, because a run that had it before may have written.
    if (journal.state.lastWriteAt !== null) await this.assertNotSuperseded();
  }

  /** @throws {LineupError} `run_superseded` when another run has written to the audience after this one */
  async assertNotSuperseded(): Promise<void> {
    const { journal, history } = this.delivery;
    const later = await history.supersededBy(journal.state);
    if (later !== undefined) throw superseded(journal.state, later);
  }

  /** When this delivery has ended, and all before it that share the audience. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** The delivery sends nothing more. */
  end(): void {
    this.#ended.resolve(this.before?.ended);
  }

  /** The turn is free when no other delivery of the run needs it. */
  giveBack(): void {
    this.#needing.delete(this);
    if (this.#needing.size > 0) return;
    for (const release of this.#held.values()) release();
    this.#held.clear();
  }
}
