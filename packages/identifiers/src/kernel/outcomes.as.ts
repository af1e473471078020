// The outcomes of values, and their counts.
import { COUNTS, REASONS, SAMPLE, SAMPLES, SLOT_COUNTS, SLOT_SAMPLES } from './layout.as';
import { slot } from './place.as';

// 1 to 7 are the reasons of `invalidReasons` in rules.ts, in their order.

export const MISSING_VALUE: i32 = 0;
export const NOT_AN_EMAIL: i32 = 1;
export const TOO_LONG: i32 = 2;
export const NOT_A_PHONE: i32 = 3;
export const NOT_AN_IFA: i32 = 4;
export const OPTED_OUT: i32 = 5;
export const HASH_OF_EMPTY: i32 = 6;
export const NOT_A_LINE_USER_ID: i32 = 7;
export const LAST_REASON: i32 = <i32>REASONS;

/** The value is among the accepted ones. */
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
export const HOST_LOOKS_NATIONAL: i32 = 0x800;

// 64-bit counters, in the order of `COUNTERS` and `FINDINGS` in counts.ts. Each block has its own, which the writer
// adds to those of the stream. DUPLICATES and UNIQUE are counted there alone.
export const ROWS: usize = 0;
export const SCANNED: usize = 8;
export const MISSING: usize = 16;
export const PREHASHED: usize = 24;
export const HASHED: usize = 32;
export const RAW: usize = 40;
export const DUPLICATES: usize = 48;
export const UNIQUE: usize = 56;
export const LEADING_ZERO: usize = 64;
export const UPPER_CASE: usize = 72;
export const REPAIRED: usize = 80;
export const DIGITS_LOST: usize = 88;
export const LOOKS_NATIONAL: usize = 96;
/** One counter for each reason, from 1. */
const INVALID: usize = 104;
const COUNTERS_END: usize = INVALID + REASONS * 8;
// Only of the stream; see left-out.as.ts.
export const HELD_OUT: usize = COUNTERS_END;
/** Of a list: the sum of its fingerprints, which another list has too only by an unlikely chance. */
export const LIST_SUM: usize = HELD_OUT + 8;
/** One counter for each list, from 1: how many values of the audience are on it. */
const SUPPRESSED: usize = LIST_SUM;
/** How many values of the audience are on the erasure list. After the 15 lists. */
export const ERASED: usize = SUPPRESSED + 16 * 8;

export function emptyCounts(): void {
  memory.fill(slot + SLOT_COUNTS, 0, COUNTERS_END);
}

@inline
export function count(counter: usize): void {
  const address = slot + SLOT_COUNTS + counter;
  store<u64>(address, load<u64>(address) + 1);
}

/** Counts an invalid value, and keeps the row numbers of the first ones, from the start of the block. */
export function countInvalid(reason: usize): void {
  const counter = slot + SLOT_COUNTS + INVALID + (reason - 1) * 8;
  const before = load<u64>(counter);
  store<u64>(counter, before + 1);
  if (before < SAMPLE) {
    const rows = load<u64>(slot + SLOT_COUNTS + ROWS);
    store<u64>(slot + SLOT_SAMPLES + ((reason - 1) * SAMPLE + <usize>before) * 8, rows);
  }
}

/** Adds the counts and samples of the slot's block to those of the stream. The blocks before were added already. */
export function addCounts(): void {
  const rowsBefore = load<u64>(COUNTS + ROWS);
  for (let reason: usize = 0; reason < REASONS; reason++) {
    let kept = load<u64>(COUNTS + INVALID + reason * 8);
    const more = load<u64>(slot + SLOT_COUNTS + INVALID + reason * 8);
    for (let n: u64 = 0; n < more && kept < SAMPLE; n++, kept++) {
      const row = load<u64>(slot + SLOT_SAMPLES + (reason * SAMPLE + <usize>n) * 8);
      store<u64>(SAMPLES + (reason * SAMPLE + <usize>kept) * 8, rowsBefore + row);
    }
  }
  for (let counter: usize = 0; counter < COUNTERS_END; counter += 8) {
    add(counter, load<u64>(slot + SLOT_COUNTS + counter));
  }
}

@inline
export function suppressedBy(list: usize): usize {
  return SUPPRESSED + list * 8;
}

/** Empties the counters of a stream. */
export function emptyStreamCounts(): void {
  memory.fill(COUNTS, 0, SAMPLES - COUNTS);
}

/** Adds to a counter of the stream. */
@inline
export function add(counter: usize, more: u64): void {
  store<u64>(COUNTS + counter, load<u64>(COUNTS + counter) + more);
}
