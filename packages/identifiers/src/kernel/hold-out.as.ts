// Hold-outs: a share of the members is kept out of an audience, chosen by SHA-256 over the name of an experiment and
// the hash of the member (`src/hold-out.ts` has the rule). Only bytes that everybody can compute decide, so the same
// member is always on the same side.
import { writeHex16 } from './hashes.as';
import { compareHashes } from './compared.as';
import { ACCEPTED_SIZE, DIGESTS, EXPERIMENT, HELD_OUT_FLAGS, LONG_MESSAGE } from './layout.as';
import { DIGEST, giveLanes, laneAt } from './long-messages.as';
import { slot } from './place.as';
import { hashNext, startMessages } from './sha256.as';

/** A name of at most 40 characters, a colon and a hash: always two blocks of SHA-256. */
const PADDED: usize = 128;

/** How many bytes EXPERIMENT has: the name and a colon. 0: nobody is held out. */
let nameLength: usize = 0;
let below: u32 = 0;

/** Holds out the members whose number (the first four bytes of their digest) is below `limit`. */
export function setHoldOut(length: usize, limit: u32): void {
  nameLength = length;
  below = limit;
  compareHashes(true);
}

@inline
export function holdsOut(): bool {
  return nameLength != 0;
}

@inline
export function isHeldOut(entry: usize): bool {
  return load<u8>(slot + entry, HELD_OUT_FLAGS) != 0;
}

/** Finds out which accepted values of the slot's block are held out, four at a time. All digests must be complete. */
export function judgeHoldOut(): void {
  if (!holdsOut()) return;
  const size = <usize>load<u32>(slot, ACCEPTED_SIZE);
  for (let first: usize = 0; first < size; first += 4) {
    const lanes = min<usize>(4, size - first);
    for (let lane: usize = 0; lane < lanes; lane++) putMessage(lane, first + lane);
    startMessages();
    hashNext(laneAt(0), LONG_MESSAGE);
    hashNext(laneAt(0) + 64, LONG_MESSAGE);
    giveLanes();
    for (let lane: usize = 0; lane < lanes; lane++) {
      const number = bswap(load<u32>(laneAt(lane), DIGEST));
      store<u8>(slot + first + lane, <u8>(number < below), HELD_OUT_FLAGS);
    }
  }
}

function putMessage(lane: usize, entry: usize): void {
  const message = laneAt(lane);
  const digest = slot + DIGESTS + entry * 32;
  const length = nameLength + 64;
  memory.copy(message, EXPERIMENT, nameLength);
  writeHex16(message + nameLength, v128.load(digest));
  writeHex16(message + nameLength + 32, v128.load(digest, 16));
  memory.fill(message + length, 0, PADDED - length);
  store<u8>(message + length, 0x80);
  store<u64>(message, bswap(<u64>length << 3), PADDED - 8);
}
