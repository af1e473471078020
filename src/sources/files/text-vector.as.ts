// AssemblyScript, compiled to build/text-vector.wasm. It turns the texts of one vector of DuckDB into records of the
// value stream (src/sources/source.ts), 16 bytes at a time.
//
// A text has an entry of 16 bytes: its length (4 bytes), and up to 12 bytes of text; or 4 bytes that are not
// needed here, and the address of a longer text. The addresses are outside of this module. So `regions` says
// which memory the caller must copy here, and `records` finds the texts in the copies. The texts of a vector
// are neighbours in the memory of a page of the file, so there are few regions.

const LF: u32 = 10;
const QUOTE: u32 = 34;
/** UTF-8 never contains this byte. */
const NEVER: u32 = 0xff;

/** A vector of DuckDB has at most so many rows. */
const MAX_ROWS: usize = 2048;
/** An entry holds a text of at most so many bytes itself. */
const INLINE: u32 = 12;
/** The smallest page of memory. When one byte of a page can be read, all can. */
const PAGE_BITS: u64 = 12;
/** A region is one number, so that regions can be sorted: its first page, and in the low bits how many follow. */
const COUNT_BITS: u64 = 20;
const MAX_PAGES: u64 = 1 << COUNT_BITS;

/** The layout of the memory. text-vector.ts has the same numbers. */
const ENTRIES: usize = 1024;
/** A bit for each row, 0 for NULL. */
const VALID: usize = ENTRIES + MAX_ROWS * 16;
const REGIONS: usize = VALID + MAX_ROWS / 8;
/** Where the copy of each region begins. */
const COPIES: usize = REGIONS + MAX_ROWS * 8;

/** How many bytes the texts have. */
export let length: u64 = 0;

@inline
function isNull(row: usize, nulls: i32): bool {
  return nulls != 0 && ((load<u8>(VALID + (row >> 3)) >> (<u8>row & 7)) & 1) == 0;
}

/**
 * Finds the memory with the texts of the rows, and the `length` of all texts. `nulls` says whether there are
 * NULLs. Writes the regions to REGIONS, not sorted, and returns their number. -1 when a text is too long.
 */
export function regions(rows: usize, nulls: i32): i32 {
  let count: usize = 0;
  let first: u64 = 0;
  let last: u64 = 0;
  length = 0;
  for (let row: usize = 0; row < rows; row++) {
    if (isNull(row, nulls)) continue;
    const entry = ENTRIES + (row << 4);
    const size = load<u32>(entry);
    length += size;
    if (size <= INLINE) continue;
    const address = load<u64>(entry, 8);
    const from = address >> PAGE_BITS;
    const to = (address + size - 1) >> PAGE_BITS;
    if (count > 0 && from >= first && from <= last + 1) {
      if (to > last) last = to;
    } else {
      count++;
      first = from;
      last = to;
    }
    if (last - first >= MAX_PAGES) return -1;
    store<u64>(REGIONS + ((count - 1) << 3), (first << COUNT_BITS) | (last - first));
  }
  return <i32>count;
}

/** Joins sorted regions that touch or overlap. Returns their new number; -1 when one becomes too large. */
export function join(count: usize): i32 {
  let joined: usize = 0;
  let first: u64 = 0;
  let last: u64 = 0;
  for (let n: usize = 0; n < count; n++) {
    const region = load<u64>(REGIONS + (n << 3));
    const from = region >> COUNT_BITS;
    const to = from + (region & (MAX_PAGES - 1));
    if (joined > 0 && from <= last + 1) {
      if (to > last) last = to;
    } else {
      joined++;
      first = from;
      last = to;
    }
    if (last - first >= MAX_PAGES) return -1;
    store<u64>(REGIONS + ((joined - 1) << 3), (first << COUNT_BITS) | (last - first));
  }
  return <i32>joined;
}

/**
 * Copies a text and adds LF. Returns 0 if the text must be quoted, because it contains the byte `special`. It stores
 * whole vectors: 16 extra bytes.
 */
function emit(to: usize, from: usize, size: usize, special: u32): usize {
  const feeds = i8x16.splat(<i8>special);
  let at: usize = 0;
  for (; at + 16 <= size; at += 16) {
    const bytes = v128.load(from + at);
    if (v128.any_true(i8x16.eq(bytes, feeds))) return 0;
    v128.store(to + at, bytes);
  }
  if (at < size) {
    const bytes = v128.load(from + at);
    if (i8x16.bitmask(i8x16.eq(bytes, feeds)) & ((1 << (<i32>(size - at))) - 1)) return 0;
    v128.store(to + at, bytes);
  }
  store<u8>(to + size, LF);
  return to + size + 1;
}

function emitQuoted(to: usize, from: usize, size: usize): usize {
  const end = from + size;
  store<u8>(to++, QUOTE);
  for (; from < end; from++) {
    const byte = load<u8>(from);
    if (byte == QUOTE) store<u8>(to++, QUOTE);
    store<u8>(to++, byte);
  }
  store<u8>(to, QUOTE);
  store<u8>(to + 1, LF);
  return to + 2;
}

/** Where the copy of the text at `address` is. The region of the text before is probably the right one. */
let region: usize = 0;

function copyOf(address: u64, count: usize): usize {
  const page = address >> PAGE_BITS;
  let first = load<u64>(REGIONS + (region << 3)) >> COUNT_BITS;
  const pages = load<u64>(REGIONS + (region << 3)) & (MAX_PAGES - 1);
  if (page < first || page > first + pages) {
    let low: usize = 0;
    let high = count;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (load<u64>(REGIONS + (middle << 3)) >> COUNT_BITS > page) high = middle;
      else low = middle;
    }
    region = low;
    first = load<u64>(REGIONS + (low << 3)) >> COUNT_BITS;
  }
  return load<u32>(COPIES + (region << 2)) + <u32>(address - (first << PAGE_BITS));
}

/**
 * Writes a record for each row to `to`, and returns the end. The `count` regions are sorted and copied. When a text
 * already `holds` records, it is not quoted. Needs `2 * length + 3 * rows` bytes, and 16 more.
 */
export function records(rows: usize, nulls: i32, count: usize, holds: i32, to: usize): usize {
  const feed = holds ? NEVER : LF;
  const quote = holds ? NEVER : QUOTE;
  region = 0;
  for (let row: usize = 0; row < rows; row++) {
    if (isNull(row, nulls)) {
      store<u8>(to++, LF);
      continue;
    }
    const entry = ENTRIES + (row << 4);
    const size = load<u32>(entry);
    const from = size <= INLINE ? entry + 4 : copyOf(load<u64>(entry, 8), count);
    const end: usize = size > 0 && load<u8>(from) == quote ? 0 : emit(to, from, size, feed);
    to = end == 0 ? emitQuoted(to, from, size) : end;
  }
  return to;
}
