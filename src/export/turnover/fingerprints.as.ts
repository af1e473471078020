// AssemblyScript, compiled to build/fingerprints.wasm. It makes a keyed fingerprint of 64 bits of each line, sorts
// them, and counts how many an earlier, sorted row of fingerprints has, too. fingerprints.ts is its host and explains
// the order of the calls.
//
// A fingerprint is SipHash-2-4 (Aumasson and Bernstein) of what a line represents: the 32 bytes of a hash, or the text
// of an identifier that is sent unchanged. Texts have another length, which SipHash takes into account. Of 100 million
// lines, two have the same fingerprint with a probability of 0.03 %. Then two members count as one person that is
// there twice, which changes no count by more than one.
//
// The upper 12 bits choose a partition. A keyed hash is spread evenly, so the partitions fill evenly, and nothing else
// has to be sorted than one partition at a time, in the cache. The n-th pages of all partitions are next to each other,
// as in members.as.ts: an address needs no lookup, and memory is taken as it is needed.

const LF: u8 = 0x0a;
const HASH_LENGTH: usize = 64;

const PARTITION_BITS: u32 = 12;
const PARTITION_COUNT: usize = 1 << PARTITION_BITS;
const PAGE_BYTES: usize = 4096;
const PAGE_FINGERPRINTS: usize = PAGE_BYTES / 8;
/** One page of each partition. */
const RANK_BYTES: usize = PARTITION_COUNT * PAGE_BYTES;

/** Lines, and how far vectors may be read behind them. fingerprints.ts has the same numbers. */
const INPUT: usize = 64 << 10;
const INPUT_SIZE: usize = 1 << 20;
/** The earlier fingerprints. */
const EARLIER: usize = INPUT + INPUT_SIZE + 4096;
const EARLIER_SIZE: usize = 1 << 20;
/** How many fingerprints each partition has (4 bytes each). */
const SIZES: usize = EARLIER + EARLIER_SIZE;
/** 32 bytes that are hashed. */
const MESSAGE: usize = SIZES + PARTITION_COUNT * 4;
/** Where the next fingerprint of each bucket goes (4 bytes each). */
const MAX_BUCKET_BITS: u32 = 15;
const NEXT: usize = MESSAGE + 64;
/** One partition, before and after it is sorted. Evenly spread fingerprints never fill it. */
const MAX_SORTED: usize = 256 << 10;
const UNSORTED: usize = NEXT + (4 << MAX_BUCKET_BITS);
const SORTED: usize = UNSORTED + MAX_SORTED * 8;
const PAGES: usize = (SORTED + MAX_SORTED * 8 + 4095) & ~4095;
const MAX_RANKS: usize = MAX_SORTED / PAGE_FINGERPRINTS;

export { EARLIER, EARLIER_SIZE, INPUT, INPUT_SIZE, SORTED };

let key0: u64 = 0;
let key1: u64 = 0;
/** How many pages each partition has. */
let ranks: usize = 0;

/** The fingerprints of the sorted partition that are compared next, and the earlier ones. */
let sortedAt: usize = SORTED;
let sortedEnd: usize = SORTED;
let earlierAt: usize = EARLIER;
let earlierEnd: usize = EARLIER;

let lines: f64 = 0;
let common: f64 = 0;

/** How many lines have come. */
export function lineCount(): f64 {
  return lines;
}

/** How many of them the earlier row has, too. */
export function commonCount(): f64 {
  return common;
}

/** Begins with no lines. The memory need not be empty. False when there is no memory. */
export function begin(k0: u64, k1: u64): bool {
  key0 = k0;
  key1 = k1;
  ranks = 0;
  lines = 0;
  common = 0;
  sortedAt = SORTED;
  sortedEnd = SORTED;
  earlierAt = EARLIER;
  earlierEnd = EARLIER;
  if (!reserve(PAGES)) return false;
  memory.fill(SIZES, 0, PARTITION_COUNT * 4);
  return addRank();
}

function reserve(end: usize): bool {
  const missing = <i32>((end + 0xffff) >>> 16) - memory.size();
  return missing <= 0 || memory.grow(missing) >= 0;
}

function addRank(): bool {
  if (ranks == MAX_RANKS || <u64>PAGES + <u64>(ranks + 1) * <u64>RANK_BYTES > 0xffff0000) return false;
  if (!reserve(PAGES + (ranks + 1) * RANK_BYTES)) return false;
  ranks++;
  return true;
}

@inline
function addressOf(partition: usize, n: usize): usize {
  return PAGES + (n / PAGE_FINGERPRINTS) * RANK_BYTES + partition * PAGE_BYTES + (n % PAGE_FINGERPRINTS) * 8;
}

/**
 * Takes the complete lines of the first `length` bytes of the input. Returns how many bytes of an incomplete one are
 * left: they are at the beginning of the input then. -1: there is no memory left, or a line is longer than any.
 */
export function take(length: usize): i32 {
  const end = INPUT + length;
  let at = INPUT;
  while (at < end) {
    const lineEnd = endOf(at, end);
    if (lineEnd == end) break;
    if (!add(lineEnd - at == HASH_LENGTH ? ofHash(at) : ofText(at, lineEnd - at))) return -1;
    lines++;
    at = lineEnd + 1;
  }
  const rest = end - at;
  if (rest == INPUT_SIZE) return -1;
  memory.copy(INPUT, at, rest);
  return <i32>rest;
}

/** The LF that ends the line, or `end`. Nearly every line is a hash. */
@inline
function endOf(at: usize, end: usize): usize {
  const breaks = lineBreaks(at) | (lineBreaks(at + 16) << 16) | (lineBreaks(at + 32) << 32) | (lineBreaks(at + 48) << 48);
  let found = at + <usize>(breaks ? ctz(breaks) : 64);
  while (found < end && load<u8>(found) != LF) found++;
  return min(found, end);
}

@inline
function lineBreaks(at: usize): u64 {
  return <u64>(<u32>i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(LF))));
}

@inline
function add(fingerprint: u64): bool {
  const partition = <usize>(fingerprint >>> (64 - PARTITION_BITS));
  const size = <usize>load<u32>(SIZES + partition * 4);
  if (size == ranks * PAGE_FINGERPRINTS && !addRank()) return false;
  store<u64>(addressOf(partition, size), fingerprint);
  store<u32>(SIZES + partition * 4, <u32>(size + 1));
  return true;
}

/** Of the 32 bytes that 64 hexadecimal digits in lower case stand for. */
@inline
function ofHash(at: usize): u64 {
  v128.store(MESSAGE, unhex(v128.load(at), v128.load(at, 16)));
  v128.store(MESSAGE + 16, unhex(v128.load(at, 32), v128.load(at, 48)));
  return sipHash(MESSAGE, 32, <u64>32 << 56);
}

function ofText(at: usize, length: usize): u64 {
  const whole = length & ~7;
  let last: u64 = <u64>length << 56;
  for (let n = whole; n < length; n++) last |= <u64>load<u8>(at + n) << ((n & 7) << 3);
  return sipHash(at, whole, last);
}

/**
 * SipHash-2-4. Its state is in local variables, which the machine keeps in registers.
 * @param whole the length of the whole words at `at`
 * @param last the bytes after them, with the length of the message above
 */
@inline
function sipHash(at: usize, whole: usize, last: u64): u64 {
  let v0: u64 = key0 ^ 0x736f6d6570736575, v1: u64 = key1 ^ 0x646f72616e646f6d;
  let v2: u64 = key0 ^ 0x6c7967656e657261, v3: u64 = key1 ^ 0x7465646279746573;
  for (let n: usize = 0; n <= whole; n += 8) {
    const word = n == whole ? last : load<u64>(at + n);
    v3 ^= word;
    for (let round = 0; round < 2; round++) {
      v0 += v1;
      v2 += v3;
      v1 = rotl(v1, 13) ^ v0;
      v3 = rotl(v3, 16) ^ v2;
      v0 = rotl(v0, 32);
      v2 += v1;
      v0 += v3;
      v1 = rotl(v1, 17) ^ v2;
      v3 = rotl(v3, 21) ^ v0;
      v2 = rotl(v2, 32);
    }
    v0 ^= word;
  }
  v2 ^= 0xff;
  for (let round = 0; round < 4; round++) {
    v0 += v1;
    v2 += v3;
    v1 = rotl(v1, 13) ^ v0;
    v3 = rotl(v3, 16) ^ v2;
    v0 = rotl(v0, 32);
    v2 += v1;
    v0 += v3;
    v1 = rotl(v1, 17) ^ v2;
    v3 = rotl(v3, 21) ^ v0;
    v2 = rotl(v2, 32);
  }
  return v0 ^ v1 ^ v2 ^ v3;
}

@inline
function unhex(first: v128, second: v128): v128 {
  return i8x16.narrow_i16x8_u(pairs(first), pairs(second));
}

/** 16 digits to 8 bytes, in 16-bit lanes. The first digit of a pair is the low byte of its lane. */
@inline
function pairs(digits: v128): v128 {
  const letters = v128.and(i8x16.gt_s(digits, i8x16.splat(0x40)), i8x16.splat(9));
  const nibbles = i8x16.add(v128.and(digits, i8x16.splat(0x0f)), letters);
  return v128.or(v128.and(i16x8.shl(nibbles, 4), i16x8.splat(0xf0)), i16x8.shr_u(nibbles, 8));
}

/** Sorts a partition, when all lines have come. Returns how many bytes it has at SORTED; -1 when they do not fit. */
export function sort(partition: usize): i32 {
  const size = <usize>load<u32>(SIZES + partition * 4);
  if (size > MAX_SORTED) return -1;
  for (let n: usize = 0; n < size; n += PAGE_FINGERPRINTS) {
    memory.copy(UNSORTED + n * 8, addressOf(partition, n), min(PAGE_FINGERPRINTS, size - n) * 8);
  }
  spread(size);
  settle(size);
  sortedAt = SORTED;
  sortedEnd = SORTED + size * 8;
  return <i32>(size * 8);
}

/** Puts each fingerprint near its place: there are about as many buckets as fingerprints. */
function spread(size: usize): void {
  const bits: u32 = size < 2 ? 1 : min<u32>(32 - clz<u32>(<u32>size - 1), MAX_BUCKET_BITS);
  const shift = 64 - bits;
  const buckets: usize = 1 << bits;
  memory.fill(NEXT, 0, buckets * 4);
  const end = UNSORTED + size * 8;
  for (let at = UNSORTED; at < end; at += 8) {
    const bucket = bucketOf(load<u64>(at), shift);
    store<u32>(bucket, load<u32>(bucket) + 8);
  }
  let next: u32 = <u32>SORTED;
  for (let bucket = NEXT; bucket < NEXT + buckets * 4; bucket += 4) {
    const bytes = load<u32>(bucket);
    store<u32>(bucket, next);
    next += bytes;
  }
  for (let at = UNSORTED; at < end; at += 8) {
    const fingerprint = load<u64>(at);
    const bucket = bucketOf(fingerprint, shift);
    const to = load<u32>(bucket);
    store<u64>(<usize>to, fingerprint);
    store<u32>(bucket, to + 8);
  }
}

@inline
function bucketOf(fingerprint: u64, shift: u32): usize {
  return NEXT + <usize>((fingerprint << PARTITION_BITS) >>> shift) * 4;
}

/** Sorts by insertion, because each fingerprint is near its place. */
function settle(size: usize): void {
  const end = SORTED + size * 8;
  for (let at = SORTED + 8; at < end; at += 8) {
    const fingerprint = load<u64>(at);
    let to = at;
    while (to > SORTED && load<u64>(to - 8) > fingerprint) {
      store<u64>(to, load<u64>(to - 8));
      to -= 8;
    }
    store<u64>(to, fingerprint);
  }
}

/** Says that the first `length` bytes at EARLIER are the next earlier fingerprints. */
export function setEarlier(length: usize): void {
  earlierAt = EARLIER;
  earlierEnd = EARLIER + length;
}

/**
 * Counts the fingerprints that the sorted partition and the earlier row have in common, up to the end of one of them.
 * True: the earlier ones are used up, and more of them must come. False: the next partition must be sorted.
 */
export function compare(): bool {
  let at = sortedAt, earlier = earlierAt;
  const end = sortedEnd, lastEarlier = earlierEnd;
  let both: usize = 0;
  while (at < end && earlier < lastEarlier) {
    const a = load<u64>(at), b = load<u64>(earlier);
    // Without branches, which nobody could predict.
    both += <usize>(a == b);
    at += <usize>(a <= b) << 3;
    earlier += <usize>(b <= a) << 3;
  }
  common += <f64>both;
  sortedAt = at;
  earlierAt = earlier;
  return at < end;
}
