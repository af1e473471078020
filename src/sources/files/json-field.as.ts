// AssemblyScript, compiled to build/json-field.wasm. It extracts one top-level field from lines of JSON, one
// object on each line, and writes marked records of the value stream (src/sources/source.ts).
//
// It settles only lines that are surely valid JSON and whose value can be copied unchanged. It stops at every
// other line, and the caller gives that line to JSON.parse. So it never has to decide what is wrong with a line,
// and every doubt is resolved by returning 0, as in json-grammar.as.ts.

import {
  QUOTE,
  PLUS,
  COMMA,
  MINUS,
  POINT,
  ZERO,
  COLON,
  LIST,
  OBJECT,
  TO_CLOSING,
  NULL,
  E,
  digits,
  nested,
  space,
  special,
  string,
  word,
} from './json-grammar.as';

const LF: u32 = 0x0a;
/** JavaScript writes an integer of so many digits as it is. */
const EXACT_DIGITS: usize = 15;

/** The bytes from a key to its value, as an earlier line had them. */
@unmanaged
class Opening {
  bytes: v128;
  /** A bit for each byte. 0 when there are too many bytes, or none yet. */
  mask: i32;
  size: usize;
  /** The key is the wanted name. */
  isWanted: bool;
}

/** By their place in the line. The last one serves all further places. */
const OPENINGS: i32 = 32;
const openings: usize = memory.data(OPENINGS * <i32>offsetof<Opening>());
const LAST_OPENING: usize = openings + (OPENINGS - 1) * offsetof<Opening>();

/** Where the memory of the caller begins. */
export const free: usize = __heap_base;

/** Where the output ends. */
export let written: usize = 0;
/** How many lines were settled, in all calls. There may be more than an integer of 32 bits can count. */
export let settled: f64 = 0;
/** Whether one of them has the field. */
export let found: i32 = 0;

/** The wanted value of the current line. `from` is 0 as long as the field did not occur. */
let from: usize = 0;
let to: usize = 0;

/**
 * The value of the wanted field, if its text in the line is its text as a value. If a line has the field several
 * times, the last one counts, as for JSON.parse.
 */
function wanted(at: usize): usize {
  const first: u32 = load<u8>(at);
  if (first == QUOTE) {
    from = at + 1;
    to = special(from);
    return load<u8>(to) == QUOTE ? to + 1 : 0;
  }
  if (first - ZERO < 10) {
    from = at;
    to = digits(at);
    if (to - from > EXACT_DIGITS || (first == ZERO && to > from + 1)) return 0;
    const next: u32 = load<u8>(to);
    return next == POINT || (next | 0x20) == E ? 0 : to;
  }
  // A negative number may be -0, an object or a list has several values.
  if (first == MINUS || first == OBJECT || first == LIST) return 0;
  from = at;
  at = word(at);
  to = load<u32>(from) == NULL ? from : at;
  return at;
}

/**
 * Reads a key and its colon, to the value, and remembers them as `opening`. The keys of most files have the same
 * order in every line.
 */
function learn(at: usize, opening: Opening, name: usize, nameSize: usize): usize {
  if (load<u8>(at) != QUOTE) return 0;
  const begin = at + 1;
  const end = special(begin);
  // With an escape, another text may be the wanted name.
  if (load<u8>(end) != QUOTE) return 0;
  const colon = space(end + 1);
  if (load<u8>(colon) != COLON) return 0;
  const value = space(colon + 1);
  const size = <u32>(value - at);
  opening.bytes = v128.load(at);
  opening.mask = size <= 16 ? (1 << size) - 1 : 0;
  opening.size = size;
  opening.isWanted = end - begin == nameSize && memory.compare(begin, name, nameSize) == 0;
  return value;
}

/** The members of an object, to its closing brace. */
function members(at: usize, name: usize, nameSize: usize): usize {
  let place = openings;
  while (true) {
    const opening = changetype<Opening>(place);
    const equal = i8x16.bitmask(i8x16.eq(v128.load(at), opening.bytes));
    const mask = opening.mask;
    // A line may have more white space than the one before.
    if (mask != 0 && (equal & mask) == mask) at = space(at + opening.size);
    else at = learn(at, opening, name, nameSize);
    if (at == 0) return 0;
    const first: u32 = load<u8>(at);
    if (opening.isWanted) at = wanted(at);
    else if (first == QUOTE) at = string(at + 1);
    else at = first == OBJECT || first == LIST ? nested(at) : word(at);
    if (at == 0) return 0;
    at = space(at);
    if (load<u8>(at) != COMMA) return at;
    at = space(at + 1);
    if (place != LAST_OPENING) place += offsetof<Opening>();
  }
}

/** A whole line with its LF. */
function line(at: usize, name: usize, nameSize: usize): usize {
  from = 0;
  to = 0;
  at = space(at);
  if (load<u8>(at) != OBJECT) return 0;
  at = space(at + 1);
  if (load<u8>(at) != OBJECT + TO_CLOSING) at = members(at, name, nameSize);
  if (at == 0 || load<u8>(at) != OBJECT + TO_CLOSING) return 0;
  at = space(at + 1);
  return load<u8>(at) == LF ? at + 1 : 0;
}

/**
 * Writes the record of each line between `input` and `end` to `output`, up to the first line that is not settled.
 * The last line must end with LF. Output is never longer than the lines that it is made from. Reads and writes up
 * to 16 bytes past the ends.
 * @returns where the line begins that is not settled, or `end`
 * @param name where the UTF-8 text of the wanted field's name is
 */
export function extract(input: usize, end: usize, output: usize, name: usize, nameSize: usize): usize {
  written = output;
  while (input < end) {
    const next = line(input, name, nameSize);
    if (next == 0) return input;
    store<u8>(output, PLUS);
    output++;
    const size = to - from;
    if (size > 512) memory.copy(output, from, size);
    else for (let i: usize = 0; i < size; i += 16) v128.store(output + i, v128.load(from + i));
    output += size;
    store<u8>(output, LF);
    output++;
    settled++;
    if (from != 0) found = 1;
    input = next;
    written = output;
  }
  return end;
}
