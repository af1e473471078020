/**
 * LINE's request limit over all processes that share a table of places, in a data directory or in the service's database. Each
 * access key has ten places. A request has one from before it is sent until a second after its answer. LINE sees it at some
 * moment in between, so no second at LINE ever holds an eleventh request, whatever the network does.
 *
 * Who finds no place free takes the one that will be free first, and waits for it. When all places are in use, the first of
 * those who wait in this process looks again and again. It finds a place with a second to go, so no time is lost, and all
 * processes have equal chances.
 */
import { createHash } from 'node:crypto';
import type { RequestLane } from '../../contracts/line-limits.ts';
import type { Clock, Release } from '../../contracts/ports.ts';
import { Lines } from './waiting-lines.ts';

/** A holder that nobody has heard of for so long is dead, and so are its requests. */
export const HOLD_MS = 20_000;
/** What is held for longer than this was taken under another clock, and counts as free. */
export const LONGEST_HOLD_MS = 2 * HOLD_MS;
/** How often the holder of a long request says that it is alive. */
const HOLD_AGAIN_MS = 5_000;
/** A process that stood still for so long may have lost its place: it takes another one. */
const STALE_MS = HOLD_MS / 4;

/** A place, and how long until it may be used. */
export interface TakenPlace {
  readonly place: number;
  readonly token: number;
  readonly waitMs: number;
}

/** Where the places are written down. `key` is the hash of an access key. */
export interface PlaceTable {
  /** Takes the place of `lane` that is free first, at once or soon; undefined when all are in use. */
  take(key: string, lane: RequestLane): Promise<TakenPlace | undefined>;
  /** Holds it for another `HOLD_MS`. */
  keep(key: string, taken: TakenPlace): Promise<void>;
  /** Its request has ended: the place is free in `REQUEST_WINDOW_MS`. */
  giveBack(key: string, taken: TakenPlace): Promise<void>;
}

export interface RequestTurnsOptions {
  readonly table: PlaceTable;
  /** Ms on a clock of any origin: how long a wait has taken. */
  readonly now: () => number;
  readonly sleep: Clock['sleep'];
  /** Between two looks when all places are in use. */
  readonly lookEveryMs: number;
  /** Told when a place could not be kept or given back: the table does not answer. @default nobody is told */
  readonly onFault?: (what: 'renew' | 'release', error: unknown) => void;
}

export class RequestTurns {
  readonly #options: RequestTurnsOptions;
  readonly #lines = new Lines();
  readonly #givingBack = new Set<Promise<void>>();

  constructor(options: RequestTurnsOptions) {
    this.#options = options;
  }

  /** Waits until one more request of `accessKey` may be sent. @returns to be called when the request has ended */
  async acquire(accessKey: string, signal?: AbortSignal, lane: RequestLane = 'usual'): Promise<Release> {
    signal?.throwIfAborted();
    const { now, sleep } = this.#options;
    const key = hashOf(accessKey);
    for (;;) {
      const taken = await this.#take(key, lane, signal);
      const release = this.#hold(key, taken);
      try {
        const since = now();
        if (taken.waitMs > 0) await sleep(taken.waitMs, signal);
        signal?.throwIfAborted();
        if (now() - since < taken.waitMs + STALE_MS) return release;
      } catch (error) {
        release();
        throw error;
      }
      release();
    }
  }

  /** Resolves when everything that was given back is written down. */
  async settled(): Promise<void> {
    await Promise.all(this.#givingBack);
  }

  async #take(key: string, lane: RequestLane, signal: AbortSignal | undefined): Promise<TakenPlace> {
    const { table, sleep, lookEveryMs } = this.#options;
    const through = await this.#lines.enter(`${key} ${lane}`, signal);
    try {
      for (;;) {
        signal?.throwIfAborted();
        const taken = await table.take(key, lane);
        if (taken) return taken;
        // Not all processes at the same moment.
        await sleep(lookEveryMs * (1 + Math.random()), signal);
      }
    } finally {
      through();
    }
  }

  #hold(key: string, taken: TakenPlace): Release {
    const { table, onFault } = this.#options;
    const keep = () => table.keep(key, taken).catch((error: unknown) => onFault?.('renew', error));
    const again = setInterval(() => void keep(), HOLD_AGAIN_MS).unref();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      clearInterval(again);
      const done = table
        .giveBack(key, taken)
        // A full disk, no database: the place is free again when nobody has heard of its holder for a while.
        .catch((error: unknown) => onFault?.('release', error))
        .finally(() => this.#givingBack.delete(done));
      this.#givingBack.add(done);
    };
  }
}

/** Tables hold no keys: whoever reads one learns none. */
export const hashOf = (accessKey: string): string => createHash('sha256').update(accessKey).digest('hex');
