/**
 * How often LINE is asked about a job that it works on: soon at first, for most jobs take seconds; later as seldom as the job
 * is old; and the more runs wait on one access key, the more seldom each of them asks.
 */

/** What is known when the next look is planned. */
export interface Polling {
  /** The pace that was asked for, and the shortest. */
  readonly baseMs: number;
  /** For how long this run has waited for the job. */
  readonly ageMs: number;
  /** How many runs wait for LINE on the same key, this one included. */
  readonly waiting: number;
}

/** A job that takes no longer is asked about at the base pace throughout. */
const YOUNG_MS = 60_000;
/** Of a job's age: one that took an hour is known to be done five minutes later at most… */
const SHARE_OF_AGE = 1 / 12;
/** …and never later than this. */
const LONGEST_MS = 120_000;
/** Looks a second of all who wait on one key. LINE takes ten requests. */
const LOOKS_PER_SECOND = 3;

/** Ms until the next look. Pure. */
export function pollInterval({ baseMs, ageMs, waiting }: Polling): number {
  const byAge = ageMs < YOUNG_MS ? 0 : Math.min(LONGEST_MS, ageMs * SHARE_OF_AGE);
  const byCrowd = waiting > 1 ? (waiting * 1_000) / LOOKS_PER_SECOND : 0;
  return Math.max(baseMs, byAge, byCrowd);
}
