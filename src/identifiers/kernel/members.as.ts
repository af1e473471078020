// The set of all lines seen: which values of a batch are new.
//
// A line is known by 64 bits (its fingerprint) within one of 4096 partitions, that is by 76 bits. Two different lines
// are taken for the same only if all 76 agree: among n lines by a chance of at most n² / 2 / 2^76, which is 6.6e-8 at
// 100 million (less than one in fifteen million that even one member is lost). Both numbers are mixed from all 32 bytes
// of a line, for hashes that came from outside need not look random: 000…001, 000…002. The fingerprint is a bijection
// of any 8 of the bytes while the others stay, so that counters never collide.
//
// A partition is an open-addressing table of buckets, each one cache line of eight slots, over pages of 64 buckets. The
// n-th pages of all partitions lie side by side, so that an address is computed and not looked up; a page that no
// partition has come to costs nothing. A partition grows by a quarter at a time: 8 bytes a slot at a load between 0.68
// and 0.85 is 9.4 to 11.8 bytes a line.
import { IFA_LENGTH } from './ifa.as';
import { DIGESTS, FINGERPRINTS, FRESH, PARTITIONS, SET, TEXT_LENGTHS } from './layout.as';

const PARTITION_BITS: usize = 12;
const PARTITION_COUNT: usize = 1 << PARTITION_BITS;
const BUCKET_BYTES: usize = 64;
const BUCKET_SLOTS: u32 = 8;
const PAGE_BUCKETS: usize = 64;
const PAGE_BYTES: usize = PAGE_BUCKETS * BUCKET_BYTES;
/** One page of each partition. */
const RANK_BYTES: usize = PARTITION_COUNT * PAGE_BYTES;

/** Of each partition: its buckets, and how many lines it has (4 bytes each). */
const SIZES: usize = SET;
/** The fingerprints of a partition while it is laid out anew; room for the pages of every rank that 4 GiB have. */
const SCRATCH: usize = SIZES + PARTITION_COUNT * 8;
const PAGES: usize = SCRATCH + 256 * PAGE_BYTES;
/** The end of the last rank that lies within 32 bits of address. */
const MAX_PAGES: usize = <usize>((0xffffffff - <u64>PAGES) / RANK_BYTES);

export function prepareMembers(): bool {
  return reserve(PAGES);
}

function reserve(end: usize): bool {
  const missing = <i32>((end + 0xffff) >>> 16) - memory.size();
  return missing <= 0 || memory.grow(missing) >= 0;
}

@inline
function bucketAddress(partition: usize, bucket: usize): usize {
  return PAGES + (bucket / PAGE_BUCKETS) * RANK_BYTES + partition * PAGE_BYTES + (bucket % PAGE_BUCKETS) * BUCKET_BYTES;
}

/** Where a fingerprint belongs among `buckets`: in proportion to its upper half. */
@inline
function home(fingerprint: u64, buckets: u32): usize {
  return <usize>(((fingerprint >>> 32) * <u64>buckets) >>> 32);
}

/** Which of the eight slots of a bucket hold `wanted`. */
@inline
function slotsWith(wanted: v128, bucket: usize): u32 {
  return (
    i64x2.bitmask(i64x2.eq(v128.load(bucket), wanted)) |
    (i64x2.bitmask(i64x2.eq(v128.load(bucket, 16), wanted)) << 2) |
    (i64x2.bitmask(i64x2.eq(v128.load(bucket, 32), wanted)) << 4) |
    (i64x2.bitmask(i64x2.eq(v128.load(bucket, 48), wanted)) << 6)
  );
}

/** Puts a fingerprint into its partition. False if it was there. */
@inline
function insert(partition: usize, fingerprint: u64, buckets: u32): bool {
  const wanted = i64x2.splat(fingerprint);
  let bucket = home(fingerprint, buckets);
  while (true) {
    const address = bucketAddress(partition, bucket);
    if (slotsWith(wanted, address)) return false;
    // A bucket fills from its first slot on.
    const free = slotsWith(i64x2.splat(0), address);
    if (free) {
      store<u64>(address + ctz(free) * 8, fingerprint);
      return true;
    }
    if (++bucket == <usize>buckets) bucket = 0;
  }
}

/** Gives a partition a quarter more pages, at least one. False when there is no memory left. */
function grow(partition: usize): bool {
  const pages = <usize>load<u32>(SIZES + partition * 8) / PAGE_BUCKETS;
  const grown: usize = pages == 1 ? 3 : pages + max<usize>(1, pages >> 2);
  if (grown > MAX_PAGES || !reserve(PAGES + grown * RANK_BYTES)) return false;

  let kept: usize = SCRATCH;
  for (let page: usize = 0; page < pages; page++) {
    const from = bucketAddress(partition, page * PAGE_BUCKETS);
    for (let address = from; address < from + PAGE_BYTES; address += 8) {
      const fingerprint = load<u64>(address);
      store<u64>(kept, fingerprint);
      kept += <usize>(fingerprint != 0) << 3;
    }
    memory.fill(from, 0, PAGE_BYTES);
  }
  const buckets = <u32>(grown * PAGE_BUCKETS);
  store<u32>(SIZES + partition * 8, buckets);
  for (let address: usize = SCRATCH; address < kept; address += 8) place(partition, load<u64>(address), buckets);
  return true;
}

/** Puts a fingerprint that is not there into its partition. */
@inline
function place(partition: usize, fingerprint: u64, buckets: u32): void {
  let bucket = home(fingerprint, buckets);
  while (true) {
    const address = bucketAddress(partition, bucket);
    const free = slotsWith(i64x2.splat(0), address);
    if (free) {
      store<u64>(address + ctz(free) * 8, fingerprint);
      return;
    }
    if (++bucket == <usize>buckets) bucket = 0;
  }
}

/** Mixes the 32 bytes of an entry to a fingerprint and, apart from it, a partition. */
@inline
function identify(entry: usize): void {
  const digest = DIGESTS + entry * 32;
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
  // 0 marks a free slot.
  store<u64>(FINGERPRINTS + entry * 8, x == 0 ? 1 : x);
  // A raw IFA is another line than the hash that happens to consist of its characters.
  const raw: u64 = load<u8>(TEXT_LENGTHS + entry) == <u8>IFA_LENGTH ? 1 : 0;
  store<u16>(PARTITIONS + entry * 2, <u16>((y >>> (64 - PARTITION_BITS)) ^ raw));
}

/** Loads the home buckets of the batch: independent of each other, their cache misses overlap. */
@inline
function touch(size: usize): void {
  let sum: u64 = 0;
  for (let entry: usize = 0; entry < size; entry++) {
    const partition = <usize>load<u16>(PARTITIONS + entry * 2);
    const buckets = load<u32>(SIZES + partition * 8);
    if (buckets > 0) sum += load<u64>(bucketAddress(partition, home(load<u64>(FINGERPRINTS + entry * 8), buckets)));
  }
  // Stored, so that the compiler does not remove the loads as useless.
  store<u64>(SCRATCH, sum);
}

/** Marks which values of the batch are new. False when there is no memory left for the set. */
export function findNew(size: usize): bool {
  for (let entry: usize = 0; entry < size; entry++) identify(entry);
  touch(size);
  for (let entry: usize = 0; entry < size; entry++) {
    const partition = <usize>load<u16>(PARTITIONS + entry * 2);
    // At most 85 of 100 slots are taken: beyond that the way to a free one gets long.
    const taken = load<u32>(SIZES + partition * 8, 4);
    if (taken * 100 >= load<u32>(SIZES + partition * 8) * BUCKET_SLOTS * 85 && !grow(partition)) return false;
    const isNew = insert(partition, load<u64>(FINGERPRINTS + entry * 8), load<u32>(SIZES + partition * 8));
    store<u8>(FRESH + entry, <u8>isNew);
    store<u32>(SIZES + partition * 8, taken + <u32>isNew, 4);
  }
  return true;
}
