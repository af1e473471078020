// The set of all lines so far. It tells which values of a block are new.
//
// The set identifies a line by 64 bits (its fingerprint) within one of 4096 partitions, which makes 76 bits. It
// confuses two different lines only if all 76 bits are equal. Among n lines, the probability is at most n² / 2 / 2^76.
// At 100 million lines this is 6.6e-8: the chance to lose even one member is less than one in fifteen million. All 32
// bytes of a line are mixed into both numbers, because hashes from outside may not look random: 000…001, 000…002. The
// fingerprint is a bijection of any 8 of the bytes while the others stay the same, so counters never collide.
//
// A partition is an open-addressing table of buckets. A bucket is one cache line of eight slots, and a page has 64
// buckets. The n-th pages of all partitions are next to each other, so an address is computed without a lookup. A page
// that no partition uses costs nothing. A partition grows by a quarter at a time. With 8 bytes per slot and a load
// between 0.68 and 0.85, a line needs 9.4 to 11.8 bytes.
//
// Lines of lists (of people who must be left out) are in the same set, before all lines of the audience. Then the
// lowest four bits of a fingerprint are the number of the list, and the fifth says which lines are not sent
// (left-out.as.ts). 71 bits identify a line: at 100 million lines, the chance to lose even one member is less than one
// in 450,000.
//
// A shard is a range of partitions. Instances may work on different shards at the same time. In one shard the blocks of
// the stream must come one after another, so that the first of equal lines is the new one.
import { IFA_LENGTH } from './ifa.as';
import {
  ACCEPTED_SIZE,
  BATCH,
  BUCKETS,
  DIGESTS,
  ENTRIES,
  FINGERPRINTS,
  FRESH,
  GROWTH,
  LIST,
  PARTITIONS,
  SET,
  TEXT_LENGTHS,
} from './layout.as';
import { slot, workspace } from './place.as';

const PARTITION_BITS: usize = 12;
const PARTITION_COUNT: usize = 1 << PARTITION_BITS;
const BUCKET_BYTES: usize = 64;
const BUCKET_SLOTS: u32 = 8;
const PAGE_BUCKETS: usize = 64;
const PAGE_BYTES: usize = PAGE_BUCKETS * BUCKET_BYTES;
/** One page of each partition. */
const RANK_BYTES: usize = PARTITION_COUNT * PAGE_BYTES;

/** For each partition: its number of buckets, and how many more lines it takes before it grows (4 bytes each). */
const SIZES: usize = SET;
/** A page of a partition is a page of the system. */
const PAGES: usize = (SIZES + PARTITION_COUNT * 8 + 4095) & ~4095;
/** The room of a partition with one page and no line. */
const EMPTY_ROOM: u32 = (<u32>PAGE_BUCKETS * BUCKET_SLOTS * 85) / 100;
/** The number of ranks within 32 bits of address. */
const MAX_PAGES: usize = <usize>((0xffffffff - <u64>PAGES) / RANK_BYTES);

/** The bits of a fingerprint that say which list its line is from; 0 for the audience. */
const LIST_BITS: u64 = 15;
/** Set in the fingerprint of a line of the audience that is not sent, when there are such lines. */
export const UNSENT_BIT: u64 = 16;
/** The others identify a line, whatever its run knows of it. They are never all 0, because 0 marks a free slot. */
const NOTES: u64 = LIST_BITS | UNSENT_BIT;

let hasLists: bool = false;

export function prepareMembers(withLists: bool): void {
  hasLists = withLists;
}

/** Empties the set. In memory that another kernel has used before, it clears only the partitions with lines. */
export function emptyMembers(): bool {
  if (!reserve(PAGES + RANK_BYTES)) return false;
  for (let partition: usize = 0; partition < PARTITION_COUNT; partition++) {
    const pages = <usize>bucketsOf(partition) / PAGE_BUCKETS;
    const used = pages > 1 || roomOf(partition) != EMPTY_ROOM;
    for (let page: usize = 0; used && page < pages; page++) {
      memory.fill(bucketAddress(partition, page * PAGE_BUCKETS), 0, PAGE_BYTES);
    }
    setSize(partition, <u32>PAGE_BUCKETS, 0);
  }
  return true;
}

@inline
function bucketsOf(partition: usize): u32 {
  return load<u32>(SIZES + partition * 8);
}

/** How many more lines a partition takes before it grows. */
@inline
function roomOf(partition: usize): u32 {
  return load<u32>(SIZES + partition * 8, 4);
}

/** Fills at most 85 of 100 slots: with more, the search for a free one takes long. */
@inline
function setSize(partition: usize, buckets: u32, lines: u32): void {
  store<u32>(SIZES + partition * 8, buckets);
  store<u32>(SIZES + partition * 8, (buckets * BUCKET_SLOTS * 85) / 100 - lines, 4);
}

function reserve(end: usize): bool {
  const pages = <i32>((end + 0xffff) >>> 16);
  while (true) {
    const missing = pages - memory.size();
    if (missing <= 0) return true;
    // Another instance may have taken the same pages meanwhile.
    if (memory.grow(missing) < 0 && pages - memory.size() >= missing) return false;
  }
}

@inline
function bucketAddress(partition: usize, bucket: usize): usize {
  return PAGES + (bucket / PAGE_BUCKETS) * RANK_BYTES + partition * PAGE_BYTES + (bucket % PAGE_BUCKETS) * BUCKET_BYTES;
}

/** The bucket of a fingerprint among `buckets`, in proportion to the upper half of the fingerprint. */
@inline
function home(fingerprint: u64, buckets: u32): usize {
  return <usize>(((fingerprint >>> 32) * <u64>buckets) >>> 32);
}

/** Whether one of the eight slots of a bucket has `wanted`. */
@inline
function holds(bucket: usize, wanted: v128): bool {
  const first = v128.or(i64x2.eq(v128.load(bucket), wanted), i64x2.eq(v128.load(bucket, 16), wanted));
  const second = v128.or(i64x2.eq(v128.load(bucket, 32), wanted), i64x2.eq(v128.load(bucket, 48), wanted));
  return v128.any_true(v128.or(first, second));
}

/** The free slots of a bucket, two bits per slot. */
@inline
function freeSlots(bucket: usize): i32 {
  const none = i64x2.splat(0);
  const first = i16x8.narrow_i32x4_s(i64x2.eq(v128.load(bucket), none), i64x2.eq(v128.load(bucket, 16), none));
  const second = i16x8.narrow_i32x4_s(i64x2.eq(v128.load(bucket, 32), none), i64x2.eq(v128.load(bucket, 48), none));
  return i8x16.bitmask(i8x16.narrow_i16x8_s(first, second));
}

/** Puts a fingerprint into the first free slot from `bucket` on. */
@inline
function place(partition: usize, fingerprint: u64, bucket: usize, buckets: u32): void {
  while (true) {
    const address = bucketAddress(partition, bucket);
    const free = freeSlots(address);
    if (free) {
      store<u64>(address + (ctz(free) >> 1) * 8, fingerprint);
      return;
    }
    if (++bucket == <usize>buckets) bucket = 0;
  }
}

/** Gives a partition a quarter more pages, and at least one. False when there is no memory left. */
function grow(partition: usize): bool {
  const pages = <usize>bucketsOf(partition) / PAGE_BUCKETS;
  const grown: usize = pages == 1 ? 3 : pages + max<usize>(1, pages >> 2);
  if (grown > MAX_PAGES || !reserve(PAGES + grown * RANK_BYTES)) return false;

  const growth = workspace + GROWTH;
  let kept: usize = growth;
  for (let page: usize = 0; page < pages; page++) {
    const from = bucketAddress(partition, page * PAGE_BUCKETS);
    for (let address = from; address < from + PAGE_BYTES; address += 8) {
      const fingerprint = load<u64>(address);
      store<u64>(kept, fingerprint);
      kept += <usize>(fingerprint != 0) << 3;
    }
    memory.fill(from, 0, PAGE_BYTES);
  }
  // A new page is written before it is read. After a read, the system would give it memory at the second access, and
  // interrupt all processors for that.
  for (let page = pages; page < grown; page++) {
    store<u64>(bucketAddress(partition, page * PAGE_BUCKETS), 0);
  }
  const buckets = <u32>(grown * PAGE_BUCKETS);
  setSize(partition, buckets, <u32>((kept - growth) >> 3));
  for (let address: usize = growth; address < kept; address += 8) {
    const fingerprint = load<u64>(address);
    place(partition, fingerprint, home(fingerprint, buckets), buckets);
  }
  return true;
}

/** Mixes the 32 bytes of a value into a fingerprint and, independently, into a partition. */
@inline
function identify(entry: usize, list: u64): void {
  const digest = slot + DIGESTS + entry * 32;
  const a = load<u64>(digest), b = load<u64>(digest, 8), c = load<u64>(digest, 16), d = load<u64>(digest, 24);
  let x: u64 = (a ^ 0x2545f4914f6cdd1d) * 0x9e3779b97f4a7c15;
  x = ((x ^ (x >>> 32)) + b) * 0xbf58476d1ce4e5b9;
  x = ((x ^ (x >>> 29)) + c) * 0x94d049bb133111eb;
  x = ((x ^ (x >>> 32)) + d) * 0xd6e8feb86659fd93;
  x ^= x >>> 32;
  x *= 0x9e6c63d0876a9a47;
  x ^= x >>> 29;
  let y: u64 = a * 0xc2b2ae3d27d4eb4f + (b ^ 0x165667b19e3779f9) * 0x85ebca77c2b2ae63;
  y = (y ^ (y >>> 31)) * 0x27d4eb2f165667c5 + c;
  y = (y ^ (y >>> 33)) * 0xff51afd7ed558ccd + d;
  y = (y ^ (y >>> 30)) * 0xc4ceb9fe1a85ec53;
  if (x <= NOTES) x += NOTES + 1;
  if (hasLists) x = (x & ~LIST_BITS) | list;
  store<u64>(slot + entry * 8, x, FINGERPRINTS);
  // A raw IFA and a hash with the same bytes are different lines of an audience. In a list, both are the same person.
  const raw = <u64>isRawIfa(entry) & <u64>(list == 0);
  store<u16>(slot + entry * 2, <u16>((y >>> (64 - PARTITION_BITS)) ^ raw), PARTITIONS);
}

@inline
function isRawIfa(entry: usize): bool {
  return load<u8>(slot + entry, TEXT_LENGTHS) == <u8>IFA_LENGTH;
}

/** Computes what identifies the accepted values of the slot's block. */
export function identifyAccepted(): void {
  const size = <usize>load<u32>(slot, ACCEPTED_SIZE);
  const list = <u64>load<u32>(slot, LIST);
  for (let entry: usize = 0; entry < size; entry++) identify(entry, list);
}

/** The n-th of the values that are looked up together. */
@inline
function entryOf(n: usize): usize {
  return <usize>load<u16>(workspace + n * 2, ENTRIES);
}

@inline
function fingerprintOf(entry: usize): u64 {
  return load<u64>(slot + entry * 8, FINGERPRINTS);
}

@inline
function partitionOf(entry: usize): usize {
  return <usize>load<u16>(slot + entry * 2, PARTITIONS);
}

/** Finds the buckets of `taken` values. */
function locate(taken: usize): void {
  for (let n: usize = 0; n < taken; n++) {
    const entry = entryOf(n);
    const partition = partitionOf(entry);
    const bucket = home(fingerprintOf(entry), bucketsOf(partition));
    store<u32>(workspace + n * 4, <u32>bucketAddress(partition, bucket), BUCKETS);
  }
}

/** Loads the buckets of `taken` values. The loads are independent, so their cache misses overlap. */
@inline
function touch(taken: usize): void {
  let sum: u64 = 0;
  for (let n: usize = 0; n < taken; n++) sum += load<u64>(<usize>load<u32>(workspace + n * 4, BUCKETS));
  // Store the sum, so that the compiler does not remove the loads.
  store<u64>(workspace + GROWTH, sum);
}

/** Puts a value into the set. False if it was there. */
@inline
function insert(n: usize, partition: usize, fingerprint: u64): bool {
  const wanted = i64x2.splat(fingerprint);
  const address = <usize>load<u32>(workspace + n * 4, BUCKETS);
  if (holds(address, wanted)) return false;
  const free = freeSlots(address);
  if (!free) return insertBeyond(partition, fingerprint);
  store<u64>(address + (ctz(free) >> 1) * 8, fingerprint);
  return true;
}

/** The same for a value whose home bucket is full. */
function insertBeyond(partition: usize, fingerprint: u64): bool {
  const wanted = i64x2.splat(fingerprint);
  const buckets = bucketsOf(partition);
  let bucket = home(fingerprint, buckets);
  while (true) {
    if (++bucket == <usize>buckets) bucket = 0;
    const address = bucketAddress(partition, bucket);
    if (holds(address, wanted)) return false;
    const free = freeSlots(address);
    if (!free) continue;
    store<u64>(address + (ctz(free) >> 1) * 8, fingerprint);
    return true;
  }
}

/** The first slot of a bucket whose line is `wanted`, from whatever list: two bits per slot. */
@inline
function sameLine(bucket: usize, wanted: v128): i32 {
  const line = i64x2.splat(~NOTES);
  const first = i16x8.narrow_i32x4_s(
    i64x2.eq(v128.and(v128.load(bucket), line), wanted),
    i64x2.eq(v128.and(v128.load(bucket, 16), line), wanted),
  );
  const second = i16x8.narrow_i32x4_s(
    i64x2.eq(v128.and(v128.load(bucket, 32), line), wanted),
    i64x2.eq(v128.and(v128.load(bucket, 48), line), wanted),
  );
  return i8x16.bitmask(i8x16.narrow_i16x8_s(first, second));
}

/**
 * Puts a value into a set that has lists. Returns 0 if its stream had it before, 1 if it is new, and 1 + the number of
 * the list, if the value of an audience is on one.
 */
function insertBesideLists(n: usize, partition: usize, fingerprint: u64): u32 {
  const wanted = i64x2.splat(fingerprint & ~NOTES);
  if (!(fingerprint & LIST_BITS) && isRawIfa(entryOf(n))) {
    const list = listOf(partition ^ 1, fingerprint, wanted);
    if (list) return 1 + list;
  }
  const buckets = bucketsOf(partition);
  let address = <usize>load<u32>(workspace + n * 4, BUCKETS);
  let bucket = home(fingerprint, buckets);
  while (true) {
    const found = sameLine(address, wanted);
    if (found) {
      const list = <u32>(load<u64>(address + (ctz(found) >> 1) * 8) & LIST_BITS);
      return list && !(fingerprint & LIST_BITS) ? 1 + list : 0;
    }
    const free = freeSlots(address);
    if (free) {
      store<u64>(address + (ctz(free) >> 1) * 8, fingerprint);
      return 1;
    }
    if (++bucket == <usize>buckets) bucket = 0;
    address = bucketAddress(partition, bucket);
  }
}

/** The number of the list that has a line in the partition, or 0. */
function listOf(partition: usize, fingerprint: u64, wanted: v128): u32 {
  const buckets = bucketsOf(partition);
  let bucket = home(fingerprint, buckets);
  while (true) {
    const address = bucketAddress(partition, bucket);
    const found = sameLine(address, wanted);
    if (found) return <u32>(load<u64>(address + (ctz(found) >> 1) * 8) & LIST_BITS);
    if (freeSlots(address)) return 0;
    if (++bucket == <usize>buckets) bucket = 0;
  }
}

/** Puts `taken` values into the set. False when there is no memory left for it. */
function insertAll(taken: usize): bool {
  locate(taken);
  touch(taken);
  for (let n: usize = 0; n < taken; n++) {
    const entry = entryOf(n);
    const partition = partitionOf(entry);
    const room = SIZES + partition * 8 + 4;
    if (load<u32>(room) == 0) {
      if (!grow(partition)) return false;
      locate(taken);
    }
    const fingerprint = fingerprintOf(entry);
    const found: u32 = hasLists ? insertBesideLists(n, partition, fingerprint) : <u32>insert(n, partition, fingerprint);
    store<u8>(slot + entry, <u8>found, FRESH);
    store<u32>(room, load<u32>(room) - <u32>(found == 1));
  }
  return true;
}

/**
 * Marks which values of the slot's block are new (1), known (0) or on a list (1 + its number), among those of one
 * shard. There are `1 << shardBits` shards. False when there is no memory left for the set.
 */
export function findNewIn(shard: i32, shardBits: i32): bool {
  const size = <usize>load<u32>(slot, ACCEPTED_SIZE);
  const wanted = i16x8.splat(<i16>shard);
  const shift = <i32>PARTITION_BITS - shardBits;
  let taken: usize = 0;
  for (let first: usize = 0; first < size; first += 8) {
    const shards = i16x8.shr_u(v128.load(slot + first * 2, PARTITIONS), shift);
    let found = i16x8.bitmask(i16x8.eq(shards, wanted));
    if (size - first < 8) found &= (1 << <i32>(size - first)) - 1;
    for (; found; found &= found - 1) {
      store<u16>(workspace + taken * 2, <u16>(first + <usize>ctz(found)), ENTRIES);
      taken++;
    }
    if (taken > BATCH - 8) {
      if (!insertAll(taken)) return false;
      taken = 0;
    }
  }
  return insertAll(taken);
}

/**
 * Puts what identifies the lines of a partition that are sent into the workspace, 8 bytes each.
 * @param unsent the notes of lines that are not sent
 * @returns how many bytes
 */
export function copyLines(partition: usize, unsent: u64): usize {
  const buckets = bucketsOf(partition);
  if (buckets == <u32>PAGE_BUCKETS && roomOf(partition) == EMPTY_ROOM) return 0;
  const start = workspace + GROWTH;
  let to: usize = start;
  for (let page: usize = 0; page < <usize>buckets; page += PAGE_BUCKETS) {
    const from = bucketAddress(partition, page);
    for (let address = from; address < from + PAGE_BYTES; address += 8) {
      const fingerprint = load<u64>(address);
      store<u64>(to, fingerprint & ~NOTES);
      to += <usize>((fingerprint != 0) & ((fingerprint & unsent) == 0)) << 3;
    }
  }
  return to - start;
}
