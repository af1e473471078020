// Takes the records of a block. A record ends with LF, except perhaps the last one of the stream. One that begins with
// a quote may contain LF.
import { find, equal64 } from './bytes.as';
import { BLOCK_END, BLOCK_START, MALFORMED, MARKED, SKIPPED } from './layout.as';
import { count, countInvalid, ROWS, SCANNED, TOO_LONG } from './outcomes.as';
import { slot } from './place.as';
import { takeValue } from './values.as';

const LF: u8 = 0x0a;
const QUOTE: u8 = 0x22;
const FIRST_OF_MEMBER: u8 = 0x2b;
const FURTHER_OF_MEMBER: u8 = 0x2e;

let marked: bool = false;

/** Takes all records of the slot's block, and says in the slot when a value of a marked stream has no mark. */
export function takeRecords(): void {
  store<u32>(slot, 0, MALFORMED);
  marked = load<u32>(slot, MARKED) != 0;
  const skipped = load<u32>(slot, SKIPPED);
  if (skipped) {
    takeSkipped(<u8>skipped);
    return;
  }
  let from = <usize>load<u32>(slot, BLOCK_START);
  const end = <usize>load<u32>(slot, BLOCK_END);
  while (from < end) {
    const isQuoted = load<u8>(from) == QUOTE;
    // Nearly every record is short and without quotes.
    const lineEnds = isQuoted ? 0 : equal64(from, LF);
    let recordEnd = from + <usize>ctz(lineEnds);
    if (lineEnds == 0 || recordEnd >= end) recordEnd = isQuoted ? findQuotedEnd(from, end) : find(LF, from, end);
    if (isQuoted) take(from + 1, unquote(from, recordEnd));
    else take(from, recordEnd);
    from = recordEnd + 1;
  }
}

/** Takes the content of a record. */
@inline
function take(start: usize, stop: usize): void {
  if (!marked) {
    count(ROWS);
    takeValue(start, stop);
    return;
  }
  const mark: u8 = start < stop ? load<u8>(start) : 0;
  if (countMark(mark)) takeValue(start + 1, stop);
}

function countMark(mark: u8): bool {
  if (mark == FIRST_OF_MEMBER) count(ROWS);
  else if (mark != FURTHER_OF_MEMBER) {
    store<u32>(slot, 1, MALFORMED);
    return false;
  }
  return true;
}

/** The LF that ends the record at `from`, or the end of the block. */
function findQuotedEnd(from: usize, end: usize): usize {
  let at = from + 1;
  while (true) {
    const quote = find(QUOTE, at, end);
    if (quote + 1 >= end) return end;
    if (load<u8>(quote + 1) != QUOTE) return find(LF, quote + 1, end);
    at = quote + 2;
  }
}

/**
 * Removes the quoting of a record in place. Its content then starts after the opening quote; the end is returned.
 * Bytes after the closing quote belong to the value (usually CR).
 */
function unquote(start: usize, recordEnd: usize): usize {
  let to = start + 1;
  let at = start + 1;
  let inside = true;
  while (inside) {
    const quote = find(QUOTE, at, recordEnd);
    inside = quote + 1 < recordEnd && load<u8>(quote + 1) == QUOTE;
    const stop = quote + <usize>inside;
    if (to != at) memory.copy(to, at, stop - at);
    to += stop - at;
    at = min(quote + 1 + <usize>inside, recordEnd);
  }
  memory.copy(to, at, recordEnd - at);
  return to + (recordEnd - at);
}

/** Counts a record that was skipped because of its length. */
function takeSkipped(first: u8): void {
  if (!marked) count(ROWS);
  else if (!countMark(first)) return;
  count(SCANNED);
  countInvalid(TOO_LONG);
}
