/**
 * All limits of LINE, each number once. Sources: LINE Ads API, "Data General Partner", and its page on uploads. The API
 * client (packages/line-ads) is a separate package with its own copy of the numbers that it needs;
 * test/domain/values/line-limits.test.ts compares the two.
 */

/** How many requests per second LINE accepts from one access key. */
export const REQUESTS_A_SECOND = 10;

/**
 * How long a request counts after its answer: LINE's second, plus a reserve because clocks are read a moment apart. It
 * counts from before it is sent, because the time of its arrival at LINE is unknown.
 */
export const REQUEST_WINDOW_MS = 1_010;

/** The kind of a request, as the API client names it. An upload takes minutes; a background request can wait. */
export type RequestLane = 'usual' | 'upload' | 'background';

/**
 * Every request takes one of `REQUESTS_A_SECOND` places. A lane may use the places from the first number up to, but not
 * including, the second. So long uploads and background requests leave room for all other requests.
 */
export const placesOfLane: Readonly<Record<RequestLane, readonly [from: number, to: number]>> = {
  usual: [0, REQUESTS_A_SECOND],
  upload: [3, 8],
  background: [0, 3],
};

/** How many REPLACE uploads LINE processes at the same time per ad account. */
export const REPLACES_PER_AD_ACCOUNT = 3;

/** LINE's limits for one file, and Lineup's default size. */
export const chunkLimits = {
  maxRecords: 1_000_000,
  maxBytes: 62_914_560,
  /** LINE's limit is "60 MB". This is below 60 MB in both definitions of MB. */
  defaultBytes: 60_000_000,
} as const;

/** The maximum length of an audience's name, in characters. */
export const MAX_AUDIENCE_NAME = 120;

/**
 * LINE's smallest estimate is "100 or fewer". So an estimate of 100 is an upper bound; a larger one is a lower bound.
 */
export const SMALLEST_SIZE = 100;

/** LINE refuses requests whose time differs this much from its own. */
export const CLOCK_REFUSED_MS = 15 * 60_000;
/** Lineup warns from this difference on, before LINE refuses. */
export const CLOCK_FAR_OFF_MS = 3 * 60_000;
