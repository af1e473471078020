import * as core from '../../client-core/src/limiter.ts';

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
export type Lane = core.Lane;

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
export type Limiter = core.Limiter;

/**
 * Never throws. A second call does nothing.
 *
 * @example
 * import { type Release, RequestLimiter } from '@lineup/line-ads';
 *
 * const release: Release = await new RequestLimiter().acquire();
 * release();
 */
export type Release = core.Release;

/**
 * Waits for some ms. Rejects when the signal aborts. Give your own to make tests fast.
 *
 * @example
 * import type { Sleep } from '@lineup/line-ads';
 *
 * const waits: number[] = [];
 * const sleep: Sleep = async (ms) => void waits.push(ms);
 */
export type Sleep = core.Sleep;

/**
 * What a limiter allows.
 *
 * @example
 * import { type LimiterOptions, RequestLimiter } from '@lineup/line-ads';
 *
 * const half: LimiterOptions = { requests: 5 };
 * const limiter = new RequestLimiter(half);
 */
export type LimiterOptions = core.LimiterOptions;

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
export class RequestLimiter extends core.SlotLimiter {
  constructor(options: LimiterOptions = {}) {
    super(options, 10, slotsOf);
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
