// AssemblyScript, compiled to build/fingerprints.wasm. It makes keyed fingerprints of 64 bits of the lines of an
// audience, sorts them, and counts how many an earlier, sorted row of fingerprints has, too. fingerprints.ts is its
// host and explains the order of the calls.
//
// The lines come from the set of the kernel (members.as.ts), one partition after another. The set has 59 bits of each
// line, mixed from all 32 bytes that represent it. A fingerprint is the number of the partition (12 bits), and then 52
// bits of SipHash-2-4 (Aumasson and Bernstein) of what the set has. So no line must be read or hashed a second time,
// the partitions come in order, and nothing else has to be sorted than one of them at a time, in the cache. Of 100
// million lines, two have the same fingerprint with a probability of 0.03 %. Then two members count as one person that
// is there twice, which changes no count by more than one.

const PARTITION_BITS: u32 = 12;
/** More lines than a partition of the set can have. */
const MAX_LINES: usize = 128 << 10;
/** There are about as many buckets as lines. */
const MAX_BUCKET_BITS: u32 = 17;

/** The lines of a partition, and then their fingerprints, before they are sorted. */
const LINES: usize = 64 << 10;
/** The same, sorted. */
const SORTED: usize = LINES + MAX_LINES * 8;
/** The earlier fingerprints. */
const EARLIER: usize = SORTED + MAX_LINES * 8;
const EARLIER_SIZE: usize = 1 << 20;
/** Where the next fingerprint of each bucket goes (4 bytes each). */
const NEXT: usize = EARLIER + EARLIER_SIZE;
const END: usize = NEXT + (4 << MAX_BUCKET_BITS);

export { EARLIER, EARLIER_SIZE, LINES, SORTED };

let key0: u64 = 0;
let key1: u64 = 0;

/** The fingerprints of the sorted partition that are compared next, and the earlier ones. */
let sortedAt: usize = SORTED;
let sortedEnd: usize = SORTED;
let earlierAt: usize = EARLIER;
let earlierEnd: usize = EARLIER;

let common: f64 = 0;

/** How many fingerprints the earlier row has, too. */
export function commonCount(): f64 {
  return common;
}

/** Called once, before everything else. False when there is no memory. */
export function begin(k0: u64, k1: u64): bool {
  key0 = k0;
  key1 = k1;
  const missing = <i32>((END + 0xffff) >>> 16) - memory.size();
  return missing <= 0 || memory.grow(missing) >= 0;
}

/** Makes fingerprints of the `length` bytes at LINES, and sorts them. They are at SORTED then. */
export function sort(partition: usize, length: usize): void {
  const size = <u32>(length >>> 3);
  const bits: u32 = size < 2 ? 1 : min<u32>(32 - clz<u32>(size - 1), MAX_BUCKET_BITS);
  const shift = 64 - bits;
  const end = LINES + length;
  const buckets = NEXT + (<usize>4 << bits);
  memory.fill(NEXT, 0, buckets - NEXT);
  const upper = <u64>partition << (64 - PARTITION_BITS);
  for (let at = LINES; at < end; at += 8) {
    const fingerprint = upper | (sipHash(load<u64>(at)) >>> PARTITION_BITS);
    store<u64>(at, fingerprint);
    const bucket = bucketOf(fingerprint, shift);
    store<u32>(bucket, load<u32>(bucket) + 8);
  }
  let next: u32 = <u32>SORTED;
  for (let bucket = NEXT; bucket < buckets; bucket += 4) {
    const bytes = load<u32>(bucket);
    store<u32>(bucket, next);
    next += bytes;
  }
  for (let at = LINES; at < end; at += 8) {
    const fingerprint = load<u64>(at);
    const bucket = bucketOf(fingerprint, shift);
    const to = load<u32>(bucket);
    store<u64>(<usize>to, fingerprint);
    store<u32>(bucket, to + 8);
  }
  sortedAt = SORTED;
  sortedEnd = SORTED + length;
  settle();
}

@inline
function bucketOf(fingerprint: u64, shift: u32): usize {
  return NEXT + <usize>((fingerprint << PARTITION_BITS) >>> shift) * 4;
}

/** Sorts by insertion, because each fingerprint is near its place. */
function settle(): void {
  for (let at = SORTED + 8; at < sortedEnd; at += 8) {
    const fingerprint = load<u64>(at);
    let to = at;
    while (to > SORTED && load<u64>(to - 8) > fingerprint) {
      store<u64>(to, load<u64>(to - 8));
      to -= 8;
    }
    store<u64>(to, fingerprint);
  }
}

/** SipHash-2-4 of the 8 bytes of a word. Its state is in local variables, which the machine keeps in registers. */
@inline
function sipHash(word: u64): u64 {
  let v0: u64 = key0 ^ 0x736f6d6570736575, v1: u64 = key1 ^ 0x646f72616e646f6d;
  let v2: u64 = key0 ^ 0x6c7967656e657261, v3: u64 = key1 ^ 0x7465646279746573;
  for (let n = 0; n < 3; n++) {
    // The word, its length, and the end.
    const next: u64 = n == 0 ? word : <u64>8 << 56;
    if (n < 2) v3 ^= next;
    else v2 ^= 0xff;
    for (let round = 0; round < (n < 2 ? 2 : 4); round++) {
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
    if (n < 2) v0 ^= next;
  }
  return v0 ^ v1 ^ v2 ^ v3;
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
