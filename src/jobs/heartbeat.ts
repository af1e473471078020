/**
 * The heartbeat of a process: a sign of life for a supervisor, which restarts the process when it stays away. It beats
 * while the process can work: its event loop turns, the loops that it works by go round, and its connections to the
 * database work. It also beats while the database is away, because a restart of all processes would not bring that
 * back. Each process reconnects by itself.
 */

import { withDeadline } from '../../packages/client-core/src/timing.ts';
import type { EventLog } from '../contracts/event-log.ts';
import type { Clock, Release } from '../contracts/ports.ts';

/** How often it beats. */
const BEAT_MS = 10_000;
/** A check that takes longer has failed. */
const CHECK_MS = 45_000;

/** Something that must be well for the process to work. */
export interface VitalSign {
  readonly name: string;
  readonly isWell: () => boolean | Promise<boolean>;
}

/**
 * A loop that must go round.
 * @param turn differs from its last value when the loop has gone round since; undefined when it has ended
 * @param withinMs the longest time that one round may take
 */
export function loopGoesRound(
  name: string,
  turn: () => unknown,
  withinMs: number,
  { monotonic }: Pick<Clock, 'monotonic'>,
): VitalSign {
  let seen: unknown;
  let seenAt = monotonic();
  const isWell = () => {
    const now = turn();
    if (now === undefined) return false;
    if (now !== seen) {
      seen = now;
      seenAt = monotonic();
    }
    return monotonic() - seenAt <= withinMs;
  };
  return { name, isWell };
}

export interface HeartbeatOptions {
  readonly beat: () => void;
  readonly signs: readonly VitalSign[];
  readonly clock: Pick<Clock, 'every' | 'sleep'>;
  readonly log: EventLog;
}

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #stop: Release;
  /** The signs that were not well at the last look. */
  #unwell = new Set<string>();
  #looking: Promise<void> | undefined;
  #isStopping = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#stop = options.clock.every(BEAT_MS, () => void this.look());
  }

  /** Looks, and beats if all is well. A look that takes long delays the next one. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** The process stops: it ends its loops, and only its event loop must turn. */
  stopping(): void {
    this.#isStopping = true;
  }

  stop(): void {
    this.#stop();
  }

  async #look(): Promise<void> {
    const { beat, signs, log } = this.#options;
    const found = await Promise.all(signs.map(async (sign) => ((await this.#isWell(sign)) ? [] : [sign.name])));
    const unwell = new Set(this.#isStopping ? [] : found.flat());
    // Each look finds the same until the process is restarted.
    for (const check of unwell) if (!this.#unwell.has(check)) log.record('service.stuck', { check });
    this.#unwell = unwell;
    if (unwell.size === 0) beat();
  }

  async #isWell({ isWell }: VitalSign): Promise<boolean> {
    const { sleep } = this.#options.clock;
    return withDeadline(CHECK_MS, undefined, async () => isWell(), sleep).catch(() => false);
  }
}
