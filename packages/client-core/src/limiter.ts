import * as machine from './machine.ts';
import { requireInteger } from './validation.ts';

/**
 * The kind of a request, for the limiter. An `upload` may take minutes, and a `background` request can wait. Neither
 * kind may use all of what is allowed.
 */
export type Lane = 'usual' | 'upload' | 'background';

/** Decides when the next request may start. Give your own to share the limit between processes. */
export interface Limiter {
  /**
   * Resolves when a request may be sent; rejects when the signal aborts.
   * @returns a function to call at the end of the request: its answer has come, or it was given up
   */
  acquire(signal?: AbortSignal, lane?: Lane): Promise<Release>;
}

/** Never throws. A second call does nothing. */
export type Release = () => void;

/** Waits for some ms. Rejects when the signal aborts. Give your own to make tests fast. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/** What a limiter allows. */
export interface LimiterOptions {
  /** How many requests may count at the same time. Minimum: 1. @default what the other side allows */
  requests?: number | undefined;
  /** How many ms a request counts after its end. Minimum: 0. @default 1010: a second, and a reserve for timers */
  windowMs?: number | undefined;
  /** A clock in ms that never goes back. @default the monotonic clock of the process */
  now?: (() => number) | undefined;
  sleep?: Sleep | undefined;
}

/** The slots that a lane may use, from the first number up to but not including the second. */
export type SlotsOf = (lane: Lane, slots: number) => readonly [from: number, to: number];

type Waiter = (release: Release) => void;

const lanes: readonly Lane[] = ['usual', 'upload', 'background'];

/**
 * Has a fixed number of slots. A request has a slot from before it is sent until a window after its answer. The other
 * side sees the request at some moment in between, so it never sees more requests than slots within a window, however
 * long each was on its way. First come, first served within a lane. A free slot goes to `usual` requests first, then to
 * uploads, and last to the background.
 */
export class SlotLimiter implements Limiter {
  readonly #windowMs: number;
  readonly #now: () => number;
  readonly #sleep: Sleep;
  /** When each slot is free. `Infinity` while its request is open. */
  readonly #freeAt: number[];
  readonly #waiting = new Map<Lane, Waiter[]>(lanes.map((lane) => [lane, []]));
  readonly #slotsOf: SlotsOf;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #sleeping = false;

  /** @param requests how many the other side allows */
  constructor(options: LimiterOptions, requests: number, slotsOf: SlotsOf) {
    this.#windowMs = options.windowMs ?? 1_010;
    requireInteger('requests', options.requests ?? requests, 1);
    requireInteger('windowMs', this.#windowMs, 0);
    this.#freeAt = Array.from({ length: options.requests ?? requests }, () => Number.NEGATIVE_INFINITY);
    this.#slotsOf = slotsOf;
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

  /** Nobody gets a slot meanwhile. */
  protected hold(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#now() + ms);
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
    const now = this.#now();
    if (now < this.#pausedUntil) return -1;
    const [from, to] = this.#slotsOf(lane, this.#freeAt.length);
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
    const next = now < this.#pausedUntil ? this.#pausedUntil : Math.min(...this.#freeAt.filter((time) => time > now));
    if (next === Number.POSITIVE_INFINITY) return;
    this.#sleeping = true;
    await this.#sleep(next - now);
    this.#sleeping = false;
    this.#serve();
  }
}
