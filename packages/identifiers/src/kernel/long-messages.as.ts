// Messages of several blocks of SHA-256, four at a time. They may have different numbers of blocks: when the message of
// a lane has ended, the lane goes on with any bytes, and what it gives is not kept.
import { acceptDigest, nextDigest } from './accepted.as';
import { LONG_LANES, LONG_MESSAGE, LONG_MESSAGES } from './layout.as';
import { workspace } from './place.as';
import { giveDigests, hashNext, startMessages } from './sha256.as';

/**
 * For each lane: where its digest goes, and the length of its padded message (4 bytes each). Then room for 32 unused
 * bytes.
 */
const UNUSED: usize = LONG_LANES + 4 * 8;

/** Where a lane of `giveLanes` has its digest, behind its message. */
export const DIGEST: usize = 512;

let lanes: usize = 0;
/** The length of the longest padded message. */
let longest: usize = 0;

/** Where a lane has its message: `LONG_MESSAGE` bytes. */
@inline
export function laneAt(lane: usize): usize {
  return workspace + LONG_MESSAGES + lane * LONG_MESSAGE;
}

/** Puts the digest of each lane behind its message. */
@inline
export function giveLanes(): void {
  giveDigests(laneAt(0) + DIGEST, laneAt(1) + DIGEST, laneAt(2) + DIGEST, laneAt(3) + DIGEST);
}

/** Where to put the next message. */
@inline
export function nextLongMessage(): usize {
  return laneAt(lanes);
}

/** Accepts a value whose message is in place. Its length is at most `LONG_MESSAGE` - 64. */
export function acceptLongMessage(length: usize): void {
  const message = nextLongMessage();
  const padded: usize = (length + 9 + 63) & ~63;
  store<u8>(message + length, 0x80);
  for (let at = length + 1; at < padded; at += 16) v128.store(message + at, i64x2.splat(0));
  store<u64>(message + padded - 8, bswap(<u64>length << 3));
  store<u32>(workspace + lanes * 8, <u32>nextDigest(), LONG_LANES);
  store<u32>(workspace + lanes * 8, <u32>padded, LONG_LANES + 4);
  acceptDigest();
  longest = max(longest, padded);
  lanes++;
  if (lanes == 4) hashLanes();
}

/** Where a lane puts its digest after the block at `offset`. The last block of its message decides. */
@inline
function target(lane: usize, offset: usize): usize {
  const inMessage = lane < lanes && offset < <usize>load<u32>(workspace + lane * 8, LONG_LANES + 4);
  return inMessage ? <usize>load<u32>(workspace + lane * 8, LONG_LANES) : workspace + UNUSED;
}

function hashLanes(): void {
  startMessages();
  for (let offset: usize = 0; offset < longest; offset += 64) {
    hashNext(laneAt(0) + offset, LONG_MESSAGE);
    giveDigests(target(0, offset), target(1, offset), target(2, offset), target(3, offset));
  }
  lanes = 0;
  longest = 0;
}

/** Computes the remaining digests. */
export function completeLongMessages(): void {
  if (lanes) hashLanes();
}
