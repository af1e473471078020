import * as machine from './machine.ts';
import { requireInteger } from './validation.ts';

/**
 * The kind of a request, for the limiter. An `upload` may take minutes, and a `background` request can wait. Neither
 * kind may use all of what LINE allows.
 *
 * @example
 * import { type Lane, RequestLimiter } from '@lineup/line-ads';
 *
 * const lane: Lane = 'background';
 * const release = await new RequestLimiter().acquire(undefined, lane);
 * release();
 */
export type Lane = 'usual' | 'upload' | 'background';

/**
 * Decides when the next request may start. Give your own to share LINE's limit between processes.
 *
 * @example
 * import { type Limiter, LineAdsClient } from '@lineup/line-ads';
 *
 * declare function acquireDatabaseSlot(signal?: AbortSignal): Promise<{ release(): void }>;
 * const limiter: Limiter = {
 *   acquire: async (signal) => {
 *     const slot = await acquireDatabaseSlot(signal);
 *     return () => slot.release();
 *   },
 * };
 * const client = new LineAdsClient({ accessKey: 'my-access-key', secretKey: 'my-secret-key', limiter });
 */
export interface Limiter {
  /**
   * Resolves when a request may be sent; rejects when the signal aborts.
   * @returns a function to call at the end of the request: its answer has come, or it was given up
   */
  acquire(signal?: AbortSignal, lane?: Lane): Promise<Release>;
}

/**
 * Never throws. A second call does nothing.
 *
 * @example
 * import { type Release, RequestLimiter } from '@lineup/line-ads';
 *
 * const release: Release = await new RequestLimiter().acquire();
 * release();
 */
export type Release = () => void;

/**
 * Waits for some ms. Rejects when the signal aborts. Give your own to make tests fast.
 *
 * @example
 * import type { Sleep } from '@lineup/line-ads';
 *
 * const waits: number[] = [];
 * const sleep: Sleep = async (ms) => void waits.push(ms);
 */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/**
 * What a limiter allows.
 *
 * @example
 * import { type LimiterOptions, RequestLimiter } from '@lineup/line-ads';
 *
 * const half: LimiterOptions = { requests: 5 };
 * const limiter = new RequestLimiter(half);
 */
export interface LimiterOptions {
  /** How many requests may count at the same time. Minimum: 1. @default 10 */
  requests?: number | undefined;
  /** How many ms a request counts after its end. Minimum: 0. @default 1010: LINE's second, and a reserve for timers */
  windowMs?: number | undefined;
  /** A clock in ms that never goes back. @default the monotonic clock of the process */
  now?: (() => number) | undefined;
  sleep?: Sleep | undefined;
}

type Waiter = (release: Release) => void;

const lanes: readonly Lane[] = ['usual', 'upload', 'background'];

/**
 * Has a fixed number of slots. A request has a slot from before it is sent until a window after its answer. LINE sees
 * the request at some moment in between, so it never sees more requests than slots within a window, however long each
 * was on its way. First come, first served within a lane. A free slot goes to `usual` requests first, then to uploads,
 * and last to the background.
 *
 * @example
 * import { LineAdsClient, RequestLimiter } from '@lineup/line-ads';
 *
 * // The other half of what LINE allows is for another program.
 * const limiter = new RequestLimiter({ requests: 5 });
 * const client = new LineAdsClient({ accessKey: 'my-access-key', secretKey: 'my-secret-key', limiter });
 */
export class RequestLimiter implements Limiter {
  readonly #windowMs: number;
  readonly #now: () => number;
  readonly #sleep: Sleep;
  /** When each slot is free. `Infinity` while its request is open. */
  readonly #freeAt: number[];
  readonly #waiting = new Map<Lane, Waiter[]>(lanes.map((lane) => [lane, []]));
  #sleeping = false;

  constructor(options: LimiterOptions = {}) {
    const requests = options.requests ?? 10;
    this.#windowMs = options.windowMs ?? 1_010;
    requireInteger('requests', requests, 1);
    requireInteger('windowMs', this.#windowMs, 0);
    this.#freeAt = Array.from({ length: requests }, () => Number.NEGATIVE_INFINITY);
    this.#now = options.now ?? machine.monotonic;
    this.#sleep = options.sleep ?? machine.sleep;
  }

  async acquire(signal?: AbortSignal, lane: Lane = 'usual'): Promise<Release> {
    signal?.throwIfAborted();
    const line = this.#waiting.get(lane)!;
    let leave = () => {};
    try {
      return await new Promise<Release>((resolve, reject) => {
        leave = () => {
          const at = line.indexOf(resolve);
          if (at !== -1) line.splice(at, 1);
          reject(signal?.reason);
        };
        signal?.addEventListener('abort', leave, { once: true });
        line.push(resolve);
        this.#serve();
      });
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  }

  #serve(): void {
    for (const lane of lanes) {
      const line = this.#waiting.get(lane)!;
      for (let slot = this.#freeSlot(lane); slot !== -1 && line.length > 0; slot = this.#freeSlot(lane)) {
        this.#freeAt[slot] = Number.POSITIVE_INFINITY;
        line.shift()!(this.#releaseOf(slot));
      }
    }
    void this.#serveLater();
  }

  /** The last free one, because the background can use only the first ones. */
  #freeSlot(lane: Lane): number {
    const [from, to] = slotsOf(lane, this.#freeAt.length);
    const now = this.#now();
    for (let slot = to - 1; slot >= from; slot--) if (this.#freeAt[slot]! <= now) return slot;
    return -1;
  }

  #releaseOf(slot: number): Release {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#freeAt[slot] = this.#now() + this.#windowMs;
      this.#serve();
    };
  }

  /** Serves again when the next slot becomes free. The end of an open request serves by itself. */
  async #serveLater(): Promise<void> {
    if (this.#sleeping || lanes.every((lane) => this.#waiting.get(lane)!.length === 0)) return;
    const now = this.#now();
    const next = Math.min(...this.#freeAt.filter((time) => time > now));
    if (next === Number.POSITIVE_INFINITY) return;
    this.#sleeping = true;
    await this.#sleep(next - now);
    this.#sleeping = false;
    this.#serve();
  }
}

/**
 * The slots that a lane may use, from `from` up to but not including `to`. Of ten slots, the background may use the
 * first three, uploads the next five, and usual requests all.
 */
export function slotsOf(lane: Lane, slots: number): readonly [from: number, to: number] {
  const background = Math.ceil(slots * 0.3);
  if (lane === 'usual') return [0, slots];
  if (lane === 'background') return [0, background];
  const from = Math.min(background, slots - 1);
  return [from, Math.max(from + 1, Math.floor(slots * 0.8))];
}

const shared = new Map<string, Limiter>();

/** The limiter of an access key, shared by all its clients in this process, because LINE counts by key. */
export function sharedLimiter(accessKey: string): Limiter {
  let limiter = shared.get(accessKey);
  if (limiter === undefined) {
    limiter = new RequestLimiter();
    shared.set(accessKey, limiter);
  }
  return limiter;
}
