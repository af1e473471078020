/**
 * LINE's request limit, over all processes that share a table of places: in a data directory, or in the service's
 * database. Each access key has ten places. A request holds one from before it is sent until one second after its
 * answer. LINE receives it at some moment in between, so LINE never receives an eleventh request in any second,
 * however slow the network is.
 *
 * When no place is free, a request takes the place that is free first, and waits for it. When all places are held,
 * the first waiting request of this process polls the table. A released place is taken during its last second, so no
 * time is lost, and all processes have the same chance.
 */
import { hash } from 'node:crypto';
import type { Clock, Release } from '../../contracts/ports.ts';
import type { RequestLane } from '../../domain/destinations/traits.ts';
import { unlessAborted } from '../../domain/retry.ts';

/** A holder that has not renewed for this long is dead, and so are its requests. */
export const HOLD_MS = 20_000;
/** A place that is held for longer than this was taken under another clock. It counts as free. */
export const LONGEST_HOLD_MS = 2 * HOLD_MS;
/** How often a long request renews its place. */
const RENEW_MS = 5_000;
/** A process that was suspended for this long may have lost its place, and takes another one. */
const STALE_MS = HOLD_MS / 4;

/** A place, and the time until the request may use it. */
export interface TakenPlace {
  readonly place: number;
  readonly token: number;
  readonly waitMs: number;
}

/** The table of places. `key` is the hash of an access key. */
export interface PlaceTable {
  /** Takes the place of `lane` that is free first. It may be free a little later. Undefined when all are held. */
  take(key: string, lane: RequestLane): Promise<TakenPlace | undefined>;
  /** Holds it for another `HOLD_MS`. */
  renew(key: string, taken: TakenPlace): Promise<void>;
  /** Called after the request: the place is free after the window. */
  release(key: string, taken: TakenPlace): Promise<void>;
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

  /** Waits until one more request of `accessKey` may be sent. @returns the release, to call after the request */
  async acquire(accessKey: string, signal?: AbortSignal, lane: RequestLane = 'usual'): Promise<Release> {
    signal?.throwIfAborted();
    const { clock } = this.#options;
    const key = hashOf(accessKey);
    for (;;) {
      const taken = await this.#take(key, lane, signal);
      const release = this.#hold(key, taken);
      try {
        const since = clock.monotonic();
        if (taken.waitMs > 0) await clock.sleep(taken.waitMs, signal);
        signal?.throwIfAborted();
        if (clock.monotonic() - since < taken.waitMs + STALE_MS) return release;
      } catch (error) {
        release();
        throw error;
      }
      release();
    }
  }

  /** Resolves when all releases are written. */
  async settled(): Promise<void> {
    await Promise.all(this.#releasing);
  }

  async #take(key: string, lane: RequestLane, signal: AbortSignal | undefined): Promise<TakenPlace> {
    const { table, clock, pollMs, random } = this.#options;
    const done = await this.#pollers.acquire(`${key} ${lane}`, signal);
    try {
      for (;;) {
        signal?.throwIfAborted();
        const taken = await table.take(key, lane);
        if (taken) return taken;
        await clock.sleep(pollMs * (1 + random()), signal);
      }
    } finally {
      done();
    }
  }

  #hold(key: string, taken: TakenPlace): Release {
    const { table, clock, onError } = this.#options;
    const renew = () => table.renew(key, taken).catch((error: unknown) => onError?.('renew', error));
    const stopRenewing = clock.every(RENEW_MS, () => void renew());
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      stopRenewing();
      const done = table
        .release(key, taken)
        // With a full disk or without the database, the place is free again when its hold has expired.
        .catch((error: unknown) => onError?.('release', error))
        .finally(() => this.#releasing.delete(done));
      this.#releasing.add(done);
    };
  }
}

/** The tables store hashes, so that reading one reveals no access key. */
export const hashOf = (accessKey: string): string => hash('sha256', accessKey);

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
