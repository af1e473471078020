// Cuts the value stream (src/sources/source.ts) into records. The available bytes are in `[from, end)`. When a record is
// incomplete, the search goes on from where it stopped after more bytes have come.
import { batchIsFull } from './batch.as';
import { equal64, find } from './bytes.as';
import { INPUT, INPUT_SIZE, MAX_RECORD } from './layout.as';
import { count, countInvalid, ROWS, SCANNED, TOO_LONG } from './outcomes.as';
import { takeValue } from './values.as';

const LF: u8 = 0x0a;
const QUOTE: u8 = 0x22;
const FIRST_OF_MEMBER: u8 = 0x2b;
const FURTHER_OF_MEMBER: u8 = 0x2e;

let marked: bool = false;
let from: usize = INPUT;
let end: usize = INPUT;
/** No more bytes follow. The last record may have no LF and no closing quote. */
let ended: bool = false;

/** Where the search for the end of the record at `from` goes on (0: at its start), and whether it is inside quotes. */
let resume: usize = 0;
let quoted: bool = false;
/** The record at `from` is too long, and its start is gone. `skippedMark` was its first byte. */
let skipping: bool = false;
let skippedMark: u8 = 0;

/** A marked stream had a value without a mark. */
let unmarkedValue: bool = false;

export function prepareRecords(isMarked: bool): void {
  marked = isMarked;
}

/** Where the host puts the next bytes. */
export function inputEnd(): usize {
  return end;
}

export function inputRoom(): usize {
  return INPUT + INPUT_SIZE - end;
}

/** The host has put `length` bytes there. 0 says that there are no more. */
export function takeInput(length: usize): void {
  end += length;
  if (length == 0) ended = true;
}

@inline
export function isMalformed(): bool {
  return unmarkedValue;
}

@inline
export function isEnded(): bool {
  return ended && from == end;
}

/** Takes records until the batch is full or no complete record is left. */
export function takeRecords(): void {
  while ((from < end || (ended && skipping)) && !batchIsFull()) {
    const first = load<u8>(from);
    // Nearly every record is short and without quotes.
    if (resume == 0 && first != QUOTE) {
      const lineEnds = equal64(from, LF);
      const lineEnd = from + <usize>ctz(lineEnds);
      if (lineEnds && lineEnd < end) {
        take(from, lineEnd);
        from = lineEnd + 1;
        continue;
      }
    }
    const recordEnd = findRecordEnd();
    if (recordEnd == 0) return;
    if (skipping) takeSkipped();
    else if (first == QUOTE) take(from + 1, unquote(from, recordEnd));
    else take(from, recordEnd);
    from = min(recordEnd + 1, end);
    resume = 0;
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
  else if (mark != FURTHER_OF_MEMBER) unmarkedValue = true;
  return !unmarkedValue;
}

/** The LF that ends the record at `from`, or the end of the stream. 0 when it has not come yet. */
function findRecordEnd(): usize {
  let at = resume;
  if (at == 0) {
    quoted = load<u8>(from) == QUOTE;
    at = from + <usize>quoted;
  }
  while (true) {
    const place = find(quoted ? QUOTE : LF, at, end);
    if (place == end) return pause(end);
    if (!quoted) return place;
    // Only the byte after a quote shows whether the quote closes the value or belongs to a pair.
    if (place + 1 == end) return pause(place);
    if (load<u8>(place + 1) == QUOTE) at = place + 2;
    else {
      quoted = false;
      at = place + 1;
    }
  }
}

function pause(at: usize): usize {
  resume = at;
  return ended ? end : 0;
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

/** Moves an incomplete record to the start of the input, or skips it when it is too long. */
export function makeRoom(): void {
  if (end - from > MAX_RECORD || skipping) {
    if (!skipping) skippedMark = load<u8>(from + <usize>(load<u8>(from) == QUOTE));
    skipping = true;
    from = resume;
  }
  const moved = from - INPUT;
  if (moved == 0) return;
  memory.copy(INPUT, from, end - from);
  if (resume) resume -= moved;
  from = INPUT;
  end -= moved;
}

function takeSkipped(): void {
  skipping = false;
  if (!marked) count(ROWS);
  else if (!countMark(skippedMark)) return;
  count(SCANNED);
  countInvalid(TOO_LONG);
}
