// The current batch: accepted values in the order of the stream. Digests are computed later, four at a time.
import { BATCH, BLOCKS, DIGESTS, HOST_TEXTS, LANES, TEXTS, TEXT_LENGTHS } from './layout.as';
import { hashBlocks } from './sha256.as';

let size: usize = 0;
let lanes: usize = 0;

/** 64 × 0xff, 64 × 0. A window of 64 bytes from `64 - n` on masks the first n bytes. */
const KEEP = memory.data(128);
/** 64 × 0, 0x80, 63 × 0. The same window has the bit that ends a message of n bytes. */
const MARK = memory.data(128);

export function prepareBatch(): void {
  memory.fill(KEEP, 0xff, 64);
  store<u8>(MARK + 64, 0x80);
}

@inline
export function batchSize(): usize {
  return size;
}

@inline
export function batchIsFull(): bool {
  return size == BATCH;
}

@inline
export function emptyBatch(): void {
  size = 0;
}

/** The 32 bytes that will represent the next accepted value. */
@inline
export function nextDigest(): usize {
  return DIGESTS + size * 32;
}

/** Where the host may write the line of the next accepted value. */
@inline
export function hostText(): usize {
  return HOST_TEXTS + size * 64;
}

/** Accepts a value whose line is the hex of its digest. The digest is in place already. */
@inline
export function acceptDigest(): void {
  store<u8>(TEXT_LENGTHS + size, 0);
  size++;
}

/** Accepts a value whose line is `text` itself. Its 32 bytes are in place already. `text` must last as long as the batch. */
@inline
export function acceptText(text: usize, length: usize): void {
  store<u32>(TEXTS + size * 4, <u32>text);
  store<u8>(TEXT_LENGTHS + size, <u8>length);
  size++;
}

/** Where to put the 64-byte block of the next message. */
@inline
export function nextBlock(): usize {
  return BLOCKS + lanes * 64;
}

/** Puts `v`, the 16 bytes of the message from `offset`, into the next block, padded. */
@inline
export function putPadded(v: v128, offset: usize, length: usize): void {
  const window: usize = 64 + offset - length;
  v128.store(nextBlock() + offset, v128.or(v128.and(v, v128.load(KEEP + window)), v128.load(MARK + window)));
}

/** Accepts a value whose message is in the next block. The padding is complete except for the length in bits. */
@inline
export function acceptBlock(length: usize): void {
  store<u64>(nextBlock() + 56, bswap(<u64>length << 3));
  store<u32>(LANES + lanes * 4, <u32>nextDigest());
  acceptDigest();
  lanes++;
  if (lanes == 4) hashLanes();
}

@inline
function lane(n: usize): usize {
  return <usize>load<u32>(LANES + n * 4);
}

function hashLanes(): void {
  hashBlocks(lane(0), lane(1), lane(2), lane(3));
  lanes = 0;
}

/** Computes the remaining digests. Unused lanes repeat the first one. */
export function completeDigests(): void {
  if (lanes == 0) return;
  for (let n = lanes; n < 4; n++) {
    memory.copy(BLOCKS + n * 64, BLOCKS, 64);
    store<u32>(LANES + n * 4, load<u32>(LANES));
  }
  hashLanes();
}
