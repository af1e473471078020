import * as core from '../../client-core/src/limiter.ts';

/**
 * The kind of a request, for the limiter. An `upload` may take hours, and a `background` request can wait. Neither kind
 * may use all of what LY allows.
 *
 * @example
 * import { type Lane, RequestLimiter } from '@lineup/ly-ads';
 *
 * const lane: Lane = 'background';
 * const release = await new RequestLimiter().acquire(undefined, lane);
 * release();
 */
export type Lane = core.Lane;

/**
 * Decides when the next request may start. Give your own to share LY's limit between processes.
 *
 * @example
 * import { type Limiter, LyAdsClient } from '@lineup/ly-ads';
 *
 * declare const database: { takeSlot(signal?: AbortSignal): Promise<() => void>; pause(ms: number): Promise<void> };
 * const limiter: Limiter = {
 *   acquire: (signal) => database.takeSlot(signal),
 *   pause: (ms) => database.pause(ms),
 * };
 * const client = new LyAdsClient({ clientId: 'my-client-id', token: async () => 'my-token', limiter });
 */
export interface Limiter extends core.Limiter {
  /**
   * For so long, no request of the application may start: LY has refused one as one too many. The call that met it
   * then waits for its next turn. Without it, only that call waits.
   */
  pause?(ms: number, signal?: AbortSignal): void | Promise<void>;
}

/**
 * Never throws. A second call does nothing.
 *
 * @example
 * import { type Release, RequestLimiter } from '@lineup/ly-ads';
 *
 * const release: Release = await new RequestLimiter().acquire();
 * release();
 */
export type Release = core.Release;

/**
 * Waits for some ms. Rejects when the signal aborts. Give your own to make tests fast.
 *
 * @example
 * import type { Sleep } from '@lineup/ly-ads';
 *
 * const waits: number[] = [];
 * const sleep: Sleep = async (ms) => void waits.push(ms);
 */
export type Sleep = core.Sleep;

/**
 * What a limiter allows.
 *
 * @example
 * import { type LimiterOptions, RequestLimiter } from '@lineup/ly-ads';
 *
 * const some: LimiterOptions = { requests: 2 };
 * const limiter = new RequestLimiter(some);
 */
export type LimiterOptions = core.LimiterOptions;

/**
 * Has a fixed number of slots. A request has a slot from before it is sent until a window after its answer. LY sees the
 * request at some moment in between, so it never sees more requests than slots within a window. First come, first
 * served within a lane. A free slot goes to `usual` requests first, then to uploads, and last to the background.
 *
 * @example
 * import { LyAdsClient, RequestLimiter } from '@lineup/ly-ads';
 *
 * // The rest of what LY allows is for another program.
 * const limiter = new RequestLimiter({ requests: 3 });
 * const client = new LyAdsClient({ clientId: 'my-client-id', token: async () => 'my-token', limiter });
 */
export class RequestLimiter extends core.SlotLimiter implements Limiter {
  constructor(options: LimiterOptions = {}) {
    super(options, 5, slotsOf);
  }

  pause(ms: number): void {
    this.hold(ms);
  }
}

/**
 * The slots that a lane may use, from `from` up to but not including `to`. Of five slots, the background may use the
 * first, uploads the next three, and usual requests all.
 */
export function slotsOf(lane: Lane, slots: number): readonly [from: number, to: number] {
  const background = Math.max(1, Math.floor(slots * 0.2));
  if (lane === 'usual') return [0, slots];
  if (lane === 'background') return [0, background];
  const from = Math.min(background, slots - 1);
  return [from, Math.max(from + 1, Math.floor(slots * 0.8))];
}

const shared = new Map<string, Limiter>();

/** The limiter of an application, shared by all its clients in this process, because LY counts by client ID. */
export function sharedLimiter(clientId: string): Limiter {
  let limiter = shared.get(clientId);
  if (limiter === undefined) {
    limiter = new RequestLimiter();
    shared.set(clientId, limiter);
  }
  return limiter;
}
