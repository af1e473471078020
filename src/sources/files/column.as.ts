// AssemblyScript, compiled to build/column.wasm: takes one column out of delimited text, sixteen bytes at a time.
//
// The value stream that a scan gives (src/sources/source.ts) has the quoting of CSV itself, so a value never has to be
// unquoted here: the bytes of the wanted field are copied as they stand, each followed by LF. What remains is to find the
// fields: RFC 4180, with LF or CRLF ends in any mixture (or CR alone, when the caller says so).
//
// The caller hands over bytes that begin at a row and gets back how far whole rows went; the rest it hands over again
// with what follows. At the end of the text it adds the line end that may be missing.

const LF: u32 = 10;
const CR: u32 = 13;
const QUOTE: u32 = 34;

/** Outcomes of `extract`; the same numbers are in column.ts. */
const DONE: i32 = 0;
const RAGGED: i32 = 1;
const AFTER_QUOTE: i32 = 2;

/** Where the first row begins that is not complete, or that is at fault. */
export let consumed: usize = 0;
/** Where the output ends. */
export let written: usize = 0;
/** Rows written. */
export let rows: i32 = 0;
/** The number of fields of the row at fault. */
export let found: i32 = 0;

/** Copies a field and ends it with LF. Stores whole vectors: the output has 16 bytes to spare. */
function emit(to: usize, from: usize, end: usize): usize {
  const length = end - from;
  if (length > 512) memory.copy(to, from, length);
  else for (let i: usize = 0; i < length; i += 16) v128.store(to + i, v128.load(from + i));
  store<u8>(to + length, LF);
  return to + length + 1;
}

/** A value of plain lines that begins with a quote stands for itself: it must be quoted to be read back as it is. */
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

/** The closing quote of a field whose content begins at `at`, or 0 when these bytes cannot tell yet. */
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
 * Writes field `column` of each whole row between `input` and `end` to `output`. With `quoted` 0 (plain lines) a quote is a
 * character like any other. A row of one column may be empty; with several columns an empty line is no row.
 * Reads up to 16 bytes past `end`.
 */
export function extract(
  input: usize,
  end: usize,
  output: usize,
  delimiter: u32,
  terminator: u32,
  quoted: i32,
  column: i32,
  columns: i32,
): i32 {
  const delimiters = i8x16.splat(<i8>delimiter);
  const terminators = i8x16.splat(<i8>terminator);
  const quotes = i8x16.splat(<i8>(quoted ? QUOTE : terminator));
  let at = input;
  let field = input;
  let index: i32 = 0;
  let from: usize = 0;
  let to: usize = 0;
  consumed = input;
  written = output;
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
          from = field;
          to = bare;
        }
        if (index + 1 == columns) {
          written = quoted ? emit(written, from, to) : emitLiteral(written, from, to);
          rows++;
        } else if (index > 0 || bare > field) {
          found = index + 1;
          return RAGGED;
        }
        index = 0;
        field = hit + 1;
        consumed = field;
      } else if (byte == delimiter) {
        if (index == column) {
          from = field;
          to = hit;
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
