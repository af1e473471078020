/**
 * LINE's limits, each number in this one place (LINE Ads API, "Data General Partner", and its page on uploads). The client of
 * LINE's API (packages/line-ads) is a package of its own and brings those that it needs; test/contracts/line-limits.test.ts
 * holds the two together.
 */

/** How many requests LINE takes within a second from one access key. */
export const REQUESTS_A_SECOND = 10;

/**
 * How long a request counts after its answer: LINE's second, and a reserve for clocks that are read a moment apart. It counts
 * from before it is sent, because nobody knows when it reaches LINE.
 */
export const REQUEST_WINDOW_MS = 1_010;

/** The kind of a request, by the names of LINE's client: one that carries a file takes minutes, one in the background can wait. */
export type RequestLane = 'usual' | 'upload' | 'background';

/**
 * Every request has one of `REQUESTS_A_SECOND` places. These are the places that a lane may use, up to but not including the
 * second number: long uploads and background requests leave room for everything else.
 */
export const placesOfLane: Readonly<Record<RequestLane, readonly [from: number, to: number]>> = {
  usual: [0, REQUESTS_A_SECOND],
  upload: [3, 8],
  background: [0, 3],
};

/** How many REPLACE uploads LINE works on at once in an ad account. */
export const REPLACES_PER_AD_ACCOUNT = 3;

/** What LINE takes in one file, and the size that Lineup uses when nobody says otherwise. */
export const chunkLimits = {
  maxRecords: 1_000_000,
  maxBytes: 62_914_560,
  /** LINE says "60 MB": this is within both readings of it. */
  defaultBytes: 60_000_000,
} as const;

/** The longest name of an audience, in characters. */
export const MAX_AUDIENCE_NAME = 120;

/** LINE's smallest size is "100 or fewer": an estimate of 100 is an upper bound, a larger one a lower bound. */
export const SMALLEST_SIZE = 100;

/** LINE refuses requests whose time is this far from its own… */
export const CLOCK_REFUSED_MS = 15 * 60_000;
/** …and Lineup tells people from here on, before LINE refuses. */
export const CLOCK_FAR_OFF_MS = 3 * 60_000;
