/**
 * The request limits of destinations, over all processes that share a table of places: in a data directory, or in the
 * service's database. LINE Ads accepts ten requests a second, so each access key has ten places. A request holds one
 * from before it is sent until one second after its answer. LINE receives it at some moment in between, so LINE never
 * receives an eleventh request in any second, however slow the network is.
 *
 * When no place is free, a request takes the place that is free first, and waits for it. When all places are held,
 * the first waiting request of this process polls the table. A released place is taken during its last second, so no
 * time is lost, and all processes have the same chance.
 *
 * While a key pauses, nobody takes a place, and who has waited for the end of a window looks again before it goes. The
 * pause has a row of its own in the table, so no release ends it early, and who holds a place still counts after it.
 */
import { hash } from 'node:crypto';
import { unlessAborted } from '../../../packages/client-core/src/timing.ts';
import type { Clock, Release } from '../../contracts/ports.ts';
import type { RequestQuota } from '../../domain/destinations/limits.ts';
import type { RequestLane, RequestLimit } from '../../domain/destinations/traits.ts';

/** A holder that has not renewed for this long is dead, and so are its requests. */
export const HOLD_MS = 20_000;
/**
 * A place that is held for longer than this was taken under another clock. It counts as free, and such a pause as over.
 * So a place that is taken before its window is over may be held for a window of at most the other half.
 */
export const LONGEST_HOLD_MS = 2 * HOLD_MS;
/** The number of the row that is no place, but tells until when its key pauses. */
export const PAUSE = -1;
/** How often a long request renews its place. */
const RENEW_MS = 5_000;
/** A process that was suspended for this long may have lost its place, or missed a pause. It takes another place. */
const STALE_MS = HOLD_MS / 4;

/** A place, and the time until the request may use it. */
export interface TakenPlace {
  readonly place: number;
  readonly token: number;
  readonly waitMs: number;
}

/** The table of places. `key` is a hash. */
export interface PlaceTable {
  /**
   * Takes the place of `lane` that is free first. It may be free a little later. Undefined when all are held, and
   * during a pause.
   */
  take(key: string, lane: RequestLane, limit: RequestLimit): Promise<TakenPlace | undefined>;
  /** Holds it for another `HOLD_MS`. */
  renew(key: string, taken: TakenPlace): Promise<void>;
  /** Called after the request: the place is free after the window. */
  release(key: string, taken: TakenPlace, limit: RequestLimit): Promise<void>;
  /** For so long, or as long as it pauses already, nobody takes a place. @param ms at most `LONGEST_HOLD_MS` */
  pause(key: string, ms: number): Promise<void>;
  isPaused(key: string): Promise<boolean>;
}

export interface RequestTurnsOptions {
  readonly table: PlaceTable;
  readonly clock: Pick<Clock, 'monotonic' | 'sleep' | 'every'>;
  /** From 0 up to 1, so that processes do not all poll at the same moment. */
  readonly random: () => number;
  /** The time between two polls when all places are held. */
  readonly pollMs: number;
  /** Called when a place could not be renewed or released, because the table does not answer. @default no call */
  readonly onError?: (action: 'renew' | 'release', error: unknown) => void;
}

export class RequestTurns {
  readonly #options: RequestTurnsOptions;
  readonly #pollers = new KeyedMutex();
  readonly #releasing = new Set<Promise<void>>();

  constructor(options: RequestTurnsOptions) {
    this.#options = options;
  }

  /** Waits until one more request may be sent. @returns the release, to call after the request */
  async acquire(quota: RequestQuota, signal?: AbortSignal, lane: RequestLane = 'usual'): Promise<Release> {
    signal?.throwIfAborted();
    const { limit } = quota;
    if (limit.windowMs > LONGEST_HOLD_MS - HOLD_MS)
      throw new RangeError(`A window of ${limit.windowMs} ms is too long.`);
    const { clock } = this.#options;
    const key = hashOf(quota.key);
    for (;;) {
      const taken = await this.#take(key, lane, limit, signal);
      const release = this.#hold(key, taken, limit);
      try {
        const since = clock.monotonic();
        if (taken.waitMs > 0) await clock.sleep(taken.waitMs, signal);
        signal?.throwIfAborted();
        const isLate = clock.monotonic() - since >= taken.waitMs + STALE_MS;
        if (!isLate && !(quota.pauses && taken.waitMs > 0 && (await this.#hasPaused(key, signal)))) return release;
      } catch (error) {
        release();
        throw error;
      }
      release();
    }
  }

  /** See `SharedLimits`. */
  pause(name: string, ms: number): Promise<void> {
    return this.#options.table.pause(hashOf(name), Math.min(ms, LONGEST_HOLD_MS));
  }

  /** Whether a pause has begun, or may have begun before the answer came. */
  async #hasPaused(key: string, signal: AbortSignal | undefined): Promise<boolean> {
    const { table, clock } = this.#options;
    const since = clock.monotonic();
    const isPaused = await table.isPaused(key);
    signal?.throwIfAborted();
    return isPaused || clock.monotonic() - since >= STALE_MS;
  }

  /** Resolves when all releases are written. */
  async settled(): Promise<void> {
    await Promise.all(this.#releasing);
  }

  async #take(
    key: string,
    lane: RequestLane,
    limit: RequestLimit,
    signal: AbortSignal | undefined,
  ): Promise<TakenPlace> {
    const { table, clock, pollMs, random } = this.#options;
    const done = await this.#pollers.acquire(`${key} ${lane}`, signal);
    try {
      for (;;) {
        signal?.throwIfAborted();
        const taken = await table.take(key, lane, limit);
        if (taken) return taken;
        await clock.sleep(pollMs * (1 + random()), signal);
      }
    } finally {
      done();
    }
  }

  #hold(key: string, taken: TakenPlace, limit: RequestLimit): Release {
    const { table, clock, onError } = this.#options;
    const renew = () => table.renew(key, taken).catch((error: unknown) => onError?.('renew', error));
    const stopRenewing = clock.every(RENEW_MS, () => void renew());
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      stopRenewing();
      const done = table
        .release(key, taken, limit)
        // With a full disk or without the database, the place is free again when its hold has expired.
        .catch((error: unknown) => onError?.('release', error))
        .finally(() => this.#releasing.delete(done));
      this.#releasing.add(done);
    };
  }
}

/** The tables store hashes, so that reading one reveals no access key. */
export const hashOf = (key: string): string => hash('sha256', key);

interface Waiters {
  /** Resolves when all callers so far have released or given up. */
  last: Promise<unknown>;
  count: number;
}

/**
 * A mutex for each key within this process, first come, first served. Of the callers that wait for the same thing, only
 * the holder polls for it.
 */
export class KeyedMutex {
  readonly #waiters = new Map<string, Waiters>();

  /** How many keys are held. */
  get size(): number {
    return this.#waiters.size;
  }

  isHeld(key: string): boolean {
    return this.#waiters.has(key);
  }

  /** Waits until all earlier callers have released or given up. @throws the signal's reason */
  async acquire(key: string, signal?: AbortSignal): Promise<Release> {
    const waiters = this.#waiters.get(key) ?? { last: Promise.resolve(), count: 0 };
    this.#waiters.set(key, waiters);
    waiters.count += 1;
    const before = waiters.last;
    const { promise: released, resolve } = Promise.withResolvers<void>();
    waiters.last = before.then(() => released);
    const release = () => {
      resolve();
      waiters.count -= 1;
      if (waiters.count === 0) this.#waiters.delete(key);
    };
    try {
      if (waiters.count > 1) await unlessAborted(before, signal);
      else signal?.throwIfAborted();
    } catch (error) {
      release();
      throw error;
    }
    let held = true;
    return () => {
      if (held) release();
      held = false;
    };
  }
}
