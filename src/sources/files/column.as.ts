// AssemblyScript, compiled to build/column.wasm. It extracts one column or several from delimited text, 16 bytes at
// a time.
//
// The value stream of a scan (src/sources/source.ts) uses the quoting of CSV. So no value must be unquoted
// here: the bytes of the field are copied unchanged, each with an LF behind it. The remaining work is to find
// the fields: RFC 4180, with LF and CRLF in any mixture (or only CR, if the caller says so). Only a field that
// itself holds records of the value stream is unquoted.
//
// The caller passes bytes that begin at a row, and gets the position behind the last complete row. It passes
// the rest again, together with the next bytes. At the end of the text it adds a missing line end.

const LF: u32 = 10;
const CR: u32 = 13;
const QUOTE: u32 = 34;

/**
 * The wanted columns, in the order of the fields in a row: 16 bytes for each. First come its index, and whether its
 * fields hold records (4 bytes each); then where its output ends. Behind the last one is an index that no field has.
 * column.ts has the same numbers.
 */
const WANTED: usize = 1024;
/** For each of them, where the field of the current row begins and ends. */
const FOUND: usize = 1536;

/** Results of `extract`. column.ts has the same numbers. */
const DONE: i32 = 0;
const RAGGED: i32 = 1;
const AFTER_QUOTE: i32 = 2;

/** Where the first incomplete or wrong row begins. */
export let consumed: usize = 0;
/** How many rows were written. */
export let rows: i32 = 0;
/** How many fields the wrong row has. */
export let found: i32 = 0;

/** Copies a field and adds LF. It stores whole vectors, so the output needs 16 extra bytes. */
function emit(to: usize, from: usize, end: usize): usize {
  const length = end - from;
  if (length > 512) memory.copy(to, from, length);
  else for (let i: usize = 0; i < length; i += 16) v128.store(to + i, v128.load(from + i));
  store<u8>(to + length, LF);
  return to + length + 1;
}

/**
 * In plain lines a quote has no meaning. A value that begins with one must be quoted here, so that it is read
 * back unchanged.
 */
function emitLiteral(to: usize, from: usize, end: usize): usize {
  if (from == end || load<u8>(from) != QUOTE) return emit(to, from, end);
  store<u8>(to++, QUOTE);
  for (; from < end; from++) {
    const byte = load<u8>(from);
    if (byte == QUOTE) store<u8>(to++, QUOTE);
    store<u8>(to++, byte);
  }
  store<u8>(to++, QUOTE);
  store<u8>(to++, LF);
  return to;
}

/**
 * Copies the records in a field, without the quotes around them, and adds the LF of the last one. It stores whole
 * vectors, as `emit`.
 */
function emitRecords(to: usize, from: usize, end: usize): usize {
  if (from == end || load<u8>(from) != QUOTE) return emit(to, from, end);
  const quotes = i8x16.splat(<i8>QUOTE);
  from++;
  end--;
  while (from < end) {
    const bytes = v128.load(from);
    v128.store(to, bytes);
    const length = min<usize>(16, end - from);
    const mask = i8x16.bitmask(i8x16.eq(bytes, quotes)) & ((1 << (<i32>length)) - 1);
    // Of two quotes only the first one is kept.
    const taken = mask == 0 ? length : <usize>ctz(mask) + 1;
    to += taken;
    from += mask == 0 ? taken : taken + 1;
  }
  store<u8>(to, LF);
  return to + 1;
}

/** Writes the wanted fields of a row, each to the output of its column. */
function emitRow(count: i32, quoted: i32): void {
  let wanted = WANTED;
  let place = FOUND;
  for (let n = 0; n < count; n++) {
    const to = load<usize>(wanted, 8);
    const from = load<usize>(place);
    const end = load<usize>(place, 4);
    if (!quoted) store<usize>(wanted, emitLiteral(to, from, end), 8);
    else if (load<u32>(wanted, 4)) store<usize>(wanted, emitRecords(to, from, end), 8);
    else store<usize>(wanted, emit(to, from, end), 8);
    wanted += 16;
    place += 8;
  }
}

/** The closing quote of a field whose content begins at `at`. 0 when more bytes are needed to decide. */
function closingQuote(at: usize, end: usize): usize {
  const quotes = i8x16.splat(<i8>QUOTE);
  while (at < end) {
    let mask = i8x16.bitmask(i8x16.eq(v128.load(at), quotes));
    if (mask == 0) {
      at += 16;
      continue;
    }
    at += ctz(mask);
    if (at + 1 >= end) return 0;
    if (load<u8>(at + 1) != QUOTE) return at;
    at += 2;
  }
  return 0;
}

/**
 * Writes the `count` wanted fields of each complete row between `input` and `end`, each to the output of its column.
 * With `quoted` 0 (plain lines) a quote is a normal character. A row of one column may be empty; with several columns
 * an empty line is not a row. Reads up to 16 bytes past `end`.
 */
export function extract(
  input: usize,
  end: usize,
  delimiter: u32,
  terminator: u32,
  quoted: i32,
  count: i32,
  columns: i32,
): i32 {
  const delimiters = i8x16.splat(<i8>delimiter);
  const terminators = i8x16.splat(<i8>terminator);
  const quotes = i8x16.splat(<i8>(quoted ? QUOTE : terminator));
  let at = input;
  let field = input;
  let index: i32 = 0;
  const first = load<i32>(WANTED);
  let column = first;
  let wanted = WANTED;
  let place = FOUND;
  consumed = input;
  rows = 0;

  while (at < end) {
    const bytes = v128.load(at);
    const hits = v128.or(
      v128.or(i8x16.eq(bytes, delimiters), i8x16.eq(bytes, terminators)),
      i8x16.eq(bytes, quotes),
    );
    let mask: i32 = i8x16.bitmask(hits);
    if (end - at < 16) mask &= (1 << (<i32>(end - at))) - 1;
    const base = at;
    at += 16;
    while (mask != 0) {
      const hit = base + ctz(mask);
      mask &= mask - 1;
      const byte: u32 = load<u8>(hit);
      if (byte == terminator) {
        const bare = terminator == LF && hit > field && load<u8>(hit - 1) == CR ? hit - 1 : hit;
        if (index == column) {
          store<usize>(place, field);
          store<usize>(place, bare, 4);
        }
        if (index + 1 == columns) {
          emitRow(count, quoted);
          rows++;
        } else if (index > 0 || bare > field) {
          found = index + 1;
          return RAGGED;
        }
        index = 0;
        column = first;
        wanted = WANTED;
        place = FOUND;
        field = hit + 1;
        consumed = field;
      } else if (byte == delimiter) {
        if (index == column) {
          store<usize>(place, field);
          store<usize>(place, hit, 4);
          wanted += 16;
          place += 8;
          column = load<i32>(wanted);
        }
        index++;
        field = hit + 1;
      } else if (hit == field) {
        const close = closingQuote(hit + 1, end);
        if (close == 0) return DONE;
        const next: u32 = load<u8>(close + 1);
        if (next == CR && terminator == LF) {
          if (close + 2 >= end) return DONE;
          if (load<u8>(close + 2) != LF) return AFTER_QUOTE;
        } else if (next != delimiter && next != terminator) return AFTER_QUOTE;
        at = close + 1;
        break;
      }
    }
  }
  return DONE;
}
