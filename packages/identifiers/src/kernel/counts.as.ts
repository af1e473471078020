// What is counted, as 64-bit numbers that the host reads: the order is that of `Counts` in kernel.ts.
import { COUNTS, SAMPLES } from './layout.as';

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
/** One counter a reason, from 1. */
const INVALID: usize = COUNTS + 96;

/** How many row numbers are kept a reason. */
const SAMPLE: u64 = 10;

@inline
export function count(counter: usize): void {
  store<u64>(counter, load<u64>(counter) + 1);
}

/** Counts a value as invalid and keeps the row numbers of the first ones. */
export function countInvalid(reason: usize): void {
  const counter = INVALID + (reason - 1) * 8;
  const before = load<u64>(counter);
  store<u64>(counter, before + 1);
  if (before < SAMPLE) store<u64>(SAMPLES + ((reason - 1) * <usize>SAMPLE + <usize>before) * 8, load<u64>(ROWS));
}
