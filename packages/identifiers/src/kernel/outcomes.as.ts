// The outcomes of values, and their counts.
import { COUNTS, SAMPLES } from './layout.as';

// 1 to 6 are the reasons of `invalidReasons` in rules.ts, in their order.

export const MISSING_VALUE: i32 = 0;
export const NOT_AN_EMAIL: i32 = 1;
export const TOO_LONG: i32 = 2;
export const NOT_A_PHONE: i32 = 3;
export const NOT_AN_IFA: i32 = 4;
export const OPTED_OUT: i32 = 5;
export const HASH_OF_EMPTY: i32 = 6;
export const LAST_REASON: i32 = 6;

/** The value is in the batch and counted. */
export const ACCEPTED: i32 = 16;
/** The fast path has no answer: ask the host. */
export const UNSETTLED: i32 = 17;

// Further answers of the host, and flags that it may add.
export const HOST_HASHED: i32 = 18;
export const HOST_PREHASHED: i32 = 19;
export const HOST_RAW: i32 = 20;
export const HOST_OUTCOME: i32 = 0xff;
export const HOST_LEADING_ZERO: i32 = 0x100;
export const HOST_REPAIRED: i32 = 0x200;
export const HOST_DIGITS_LOST: i32 = 0x400;

// 64-bit counters that the host reads, in the order of `COUNTERS` and `FINDINGS` in kernel.ts.
export const ROWS: usize = COUNTS;
export const SCANNED: usize = COUNTS + 8;
export const MISSING: usize = COUNTS + 16;
export const PREHASHED: usize = COUNTS + 24;
export const HASHED: usize = COUNTS + 32;
export const RAW: usize = COUNTS + 40;
export const DUPLICATES: usize = COUNTS + 48;
export const UNIQUE: usize = COUNTS + 56;
export const LEADING_ZERO: usize = COUNTS + 64;
export const UPPER_CASE: usize = COUNTS + 72;
export const REPAIRED: usize = COUNTS + 80;
export const DIGITS_LOST: usize = COUNTS + 88;
/** One counter for each reason, from 1. */
const INVALID: usize = COUNTS + 96;

/** How many row numbers are kept for each reason. */
const SAMPLE: u64 = 10;

@inline
export function count(counter: usize): void {
  store<u64>(counter, load<u64>(counter) + 1);
}

/** Counts an invalid value, and keeps the row numbers of the first ones. */
export function countInvalid(reason: usize): void {
  const counter = INVALID + (reason - 1) * 8;
  const before = load<u64>(counter);
  store<u64>(counter, before + 1);
  if (before < SAMPLE) store<u64>(SAMPLES + ((reason - 1) * <usize>SAMPLE + <usize>before) * 8, load<u64>(ROWS));
}
