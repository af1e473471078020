// Cuts value streams (src/sources/source.ts), one after another, into blocks of whole records, so that several
// instances can work on them. One instance cuts. The bytes since the last block are in `[start, end)`, in a slot or,
// when one record does not fit into a slot, in LONG.
import { equal64, find } from './bytes.as';
import { BLOCK_END, BLOCK_SIZE, BLOCK_START, INPUT, LIST, LONG, MARKED, MAX_RECORD, SKIPPED, slotAt } from './layout.as';

const LF: u8 = 0x0a;
const QUOTE: u8 = 0x22;

/** The slot of the next block, and the end of its room. */
let target: usize = 0;
let limit: usize = 0;
let start: usize = 0;
let end: usize = 0;
/** All bytes before are searched. The current record starts at `record`, and may be inside quotes. */
let searched: usize = 0;
let record: usize = 0;
let quoted: bool = false;
let ended: bool = false;
let isLong: bool = false;
/** The record is too long and its beginning is gone. `skipped` was its first byte. */
let isSkipping: bool = false;
let skipped: u8 = 0;
/** Which list the stream is, or 0 for the audience, and whether it marks the first value of each member. */
let list: u32 = 0;
let marked: bool = false;

/** Begins a stream. All records of the stream before must have been cut. */
export function beginCutting(ofList: u32, isMarked: bool): void {
  list = ofList;
  marked = isMarked;
  ended = false;
}

/**
 * Puts the next block into a slot whose block was written. Bytes that belong to no block yet move there. The input then
 * continues at an address that is `alignment` modulo 8: to copy between two addresses with the same alignment is
 * faster.
 */
export function nextSlot(index: usize, alignment: usize): void {
  const left = end - record;
  target = slotAt(index);
  const place = target + INPUT + ((alignment - left) & 7);
  limit = place + BLOCK_SIZE;
  isLong = false;
  memory.copy(place, record, left);
  start = searched = record = place;
  end = place + left;
  quoted = false;
  search();
}

/** Where the host puts the next bytes. */
export function inputEnd(): usize {
  return end;
}

/** 0 when a block must be cut first, or, if there is no whole record, the input moved to LONG. */
export function inputRoom(): usize {
  return isLong && record > start ? 0 : limit - end;
}

/** The host has put `length` bytes there. 0 says that there are no more. */
export function takeInput(length: usize): void {
  end += length;
  if (length == 0) ended = true;
  search();
  if (isLong && record == start) makeRoom();
}

/**
 * Completes the block of the whole records so far: in LONG, of one record. False if there is none. Otherwise the caller
 * gives the next slot.
 */
export function cutBlock(): bool {
  if (ended && record == start) {
    record = end;
    if (record == start && !isSkipping) return false;
  }
  if (record == start && !ended) return false;
  // Of a long record it is not known before whether it is too long.
  if (isLong && record - start > MAX_RECORD + 1) skip();
  store<u32>(target, <u32>start, BLOCK_START);
  store<u32>(target, <u32>record, BLOCK_END);
  store<u32>(target, isSkipping ? <u32>skipped | 0x100 : 0, SKIPPED);
  store<u32>(target, list, LIST);
  store<u32>(target, <u32>marked, MARKED);
  isSkipping = false;
  start = record;
  return true;
}

/** Moves a record that does not fit into a slot. The record in LONG before must have been written. */
export function moveToLong(): void {
  const length = end - start;
  memory.copy(LONG, start, length);
  searched += LONG - start;
  start = record = LONG;
  end = LONG + length;
  limit = end + BLOCK_SIZE;
  isLong = true;
}

/** Forgets the beginning of a record that is too long, or makes room for the rest of a long one. */
function makeRoom(): void {
  if (isSkipping || end - start > MAX_RECORD + 1) {
    if (!isSkipping) skip();
    const left = end - searched;
    memory.copy(LONG, searched, left);
    searched = start = record = LONG;
    end = LONG + left;
  }
  limit = end + BLOCK_SIZE;
}

function skip(): void {
  isSkipping = true;
  skipped = load<u8>(start + <usize>(load<u8>(start) == QUOTE));
}

/** Finds the ends of records in the new bytes: in LONG, only the first one. */
function search(): void {
  if (isLong && record > start) return;
  let at = searched;
  while (at < end) {
    if (quoted) {
      const quote = find(QUOTE, at, end);
      // Only the byte after a quote shows whether the quote closes the value or belongs to a pair.
      if (quote + 1 >= end) {
        searched = quote;
        return;
      }
      quoted = load<u8>(quote + 1) == QUOTE;
      at = quote + 1 + <usize>quoted;
      continue;
    }
    // Nearly all records have no quotes. Those that begin with one are searched one by one.
    while (!isLong && at + 64 <= end && !equal64(at, QUOTE)) {
      const lineEnds = equal64(at, LF);
      if (lineEnds) record = at + 64 - <usize>clz(lineEnds);
      at += 64;
    }
    if (at == end) break;
    const begins = at == record && !isSkipping;
    if (begins && load<u8>(at) == QUOTE) {
      quoted = true;
      at++;
      continue;
    }
    at = find(LF, at, end);
    if (at < end) {
      record = ++at;
      if (isLong) break;
    }
  }
  searched = at;
}
