// People whom every run leaves out because they asked for it. Only keyed hashes of them are known: HMAC-SHA-256 (RFC
// 2104) over the identifier type, a colon and the 32 bytes that represent a member (docs/personal-data.md). So each
// value is keyed, too.
import { compareHashes } from './compared.as';
import {
  ACCEPTED_SIZE,
  DIGESTS,
  ERASED_FLAGS,
  ERASED_KEYS,
  ERASED_PREFIX,
  ERASED_SLOTS,
  ERASED_STATES,
  ERASED_TABLE,
  LONG_MESSAGE,
  STATES,
} from './layout.as';
import { DIGEST, giveLanes, laneAt } from './long-messages.as';
import { slot, workspace } from './place.as';
import { hashNext, startMessages } from './sha256.as';

const BLOCK: usize = 64;
/** Eight words of four messages. */
const STATES_SIZE: usize = 8 * 16;

/** How many bytes ERASED_PREFIX has: the identifier type and a colon. 0: nobody is left out. */
let prefixLength: usize = 0;

export function setErased(length: usize): void {
  prefixLength = length;
  compareHashes(true);
}

/**
 * Keeps what SHA-256 has after each of the two blocks that the host has made of the key. Called once, by the first
 * instance of a team.
 */
export function takeErasureKey(): void {
  for (let n: usize = 0; n < 2; n++) {
    startMessages();
    // The same block in all four lanes.
    hashNext(ERASED_KEYS + n * BLOCK, 0);
    memory.copy(ERASED_STATES + n * STATES_SIZE, workspace + STATES, STATES_SIZE);
  }
}

@inline
export function leavesOutErased(): bool {
  return prefixLength != 0;
}

@inline
export function isErased(entry: usize): bool {
  return load<u8>(slot + entry, ERASED_FLAGS) != 0;
}

/**
 * Finds out which accepted values of the slot's block are on the list, four at a time. All digests must be complete.
 */
export function judgeErased(): void {
  if (!leavesOutErased()) return;
  const size = <usize>load<u32>(slot, ACCEPTED_SIZE);
  for (let first: usize = 0; first < size; first += 4) {
    const lanes = min<usize>(4, size - first);
    for (let lane: usize = 0; lane < lanes; lane++) {
      const message = laneAt(lane);
      memory.copy(message, ERASED_PREFIX, prefixLength);
      putDigest(message, prefixLength, slot + DIGESTS + (first + lane) * 32);
    }
    hashAfter(0);
    for (let lane: usize = 0; lane < lanes; lane++) putDigest(laneAt(lane), 0, laneAt(lane) + DIGEST);
    hashAfter(1);
    for (let lane: usize = 0; lane < lanes; lane++) {
      store<u8>(slot + first + lane, <u8>isListed(laneAt(lane) + DIGEST), ERASED_FLAGS);
    }
  }
}

/** Puts 32 bytes behind the first `length` bytes of a message, and its padding. A block of the key comes before. */
@inline
function putDigest(message: usize, length: usize, digest: usize): void {
  memory.copy(message + length, digest, 32);
  const end = length + 32;
  memory.fill(message + end, 0, BLOCK - end);
  store<u8>(message + end, 0x80);
  store<u64>(message, bswap(<u64>(BLOCK + end) << 3), BLOCK - 8);
}

/** Hashes the messages of the lanes after the first or the second block of the key. */
@inline
function hashAfter(n: usize): void {
  memory.copy(workspace + STATES, ERASED_STATES + n * STATES_SIZE, STATES_SIZE);
  hashNext(laneAt(0), LONG_MESSAGE);
  giveLanes();
}

/** Whether the table has the first 16 bytes of a keyed hash. The host fills it, at most to a half. */
function isListed(hash: usize): bool {
  const wanted = v128.load(hash);
  let at = <usize>load<u32>(hash) & (ERASED_SLOTS - 1);
  while (true) {
    const found = v128.load(ERASED_TABLE + at * 16);
    if (!v128.any_true(found)) return false;
    if (!v128.any_true(v128.xor(found, wanted))) return true;
    at = (at + 1) & (ERASED_SLOTS - 1);
  }
}
