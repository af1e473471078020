/** LINE's request limit as places: a request has one from before it is sent until a while after its answer. */

/** What a request is, as the client of LINE's API tells it (packages/line-ads/src/limiter.ts). */
export type RequestLane = 'usual' | 'upload' | 'background';

/** As many requests as LINE takes in a second from one access key. */
export const REQUEST_PLACES = 10;

/** The places of a lane, from the first up to the second: long uploads and looks that can wait leave room for everything else. */
export const placesOfLane: Readonly<Record<RequestLane, readonly [from: number, to: number]>> = {
  usual: [0, REQUEST_PLACES],
  upload: [3, 8],
  background: [0, 3],
};

/** LINE's second after the answer, and a margin for clocks that are read a moment apart. */
export const QUIET_MS = 1_010;

/** A holder that has not been heard of for so long is dead, and so are its requests. */
export const HOLD_MS = 20_000;

/** How often the holder of a long request says that it lives. */
export const HOLD_AGAIN_MS = 5_000;
