// The accepted values of a block, in the order of the stream. Digests are computed later, four at a time.
import { ACCEPTED_SIZE, DIGESTS, KEEP, LANES, MARK, MESSAGES, TEXT_LENGTHS, TEXTS } from './layout.as';
import { slot, workspace } from './place.as';
import { hashMessages } from './sha256.as';

let size: usize = 0;
let lanes: usize = 0;

/**
 * KEEP: 64 × 0xff, 64 × 0. A window of 64 bytes from `64 - n` on masks the first n bytes. MARK: 64 × 0, 0x80, 63 × 0.
 * The same window has the bit that ends a message of n bytes.
 */
export function prepareAccepted(): void {
  memory.fill(KEEP, 0xff, 64);
  store<u8>(MARK + 64, 0x80);
}

export function emptyAccepted(): void {
  size = 0;
}

/** Makes the number of values known to those who look them up and write them. */
export function keepAccepted(): void {
  store<u32>(slot, <u32>size, ACCEPTED_SIZE);
}

/** The 32 bytes that will represent the next accepted value. */
@inline
export function nextDigest(): usize {
  return slot + DIGESTS + size * 32;
}

/** Accepts a value whose line is the hex of its digest. The digest is in place already. */
@inline
export function acceptDigest(): void {
  store<u8>(slot + size, 0, TEXT_LENGTHS);
  size++;
}

/**
 * Accepts a value whose line is `text` itself. Its 32 bytes are in place already. `text` must last as long as the
 * block.
 */
@inline
export function acceptText(text: usize, length: usize): void {
  store<u32>(slot + size * 4, <u32>text, TEXTS);
  store<u8>(slot + size, <u8>length, TEXT_LENGTHS);
  size++;
}

/** Where to put the 64 bytes of the next message. */
@inline
export function nextMessage(): usize {
  return workspace + MESSAGES + lanes * 64;
}

/** Puts `v`, the 16 bytes of the message from `offset`, into the next message, padded. */
@inline
export function putPadded(v: v128, offset: usize, length: usize): void {
  const window: usize = 64 + offset - length;
  v128.store(nextMessage() + offset, v128.or(v128.and(v, v128.load(KEEP + window)), v128.load(MARK + window)));
}

/** Accepts a value whose message is in place. Its padding is complete except for the length in bits. */
@inline
export function acceptMessage(length: usize): void {
  takeLane(length);
  acceptDigest();
  if (lanes == 4) hashLanes();
}

/** The same for a value whose line is `text` itself. Its digest only represents it. */
export function acceptMessageOf(text: usize, textLength: usize, length: usize): void {
  takeLane(length);
  acceptText(text, textLength);
  if (lanes == 4) hashLanes();
}

@inline
function takeLane(length: usize): void {
  store<u64>(nextMessage(), bswap(<u64>length << 3), 56);
  store<u32>(workspace + lanes * 4, <u32>nextDigest(), LANES);
  lanes++;
}

@inline
function lane(n: usize): usize {
  return <usize>load<u32>(workspace + n * 4, LANES);
}

function hashLanes(): void {
  hashMessages(lane(0), lane(1), lane(2), lane(3));
  lanes = 0;
}

/** Computes the remaining digests. Unused lanes repeat the first one. */
export function completeDigests(): void {
  if (lanes == 0) return;
  const first = workspace + MESSAGES;
  for (let n = lanes; n < 4; n++) {
    memory.copy(first + n * 64, first, 64);
    store<u32>(workspace + n * 4, <u32>lane(0), LANES);
  }
  hashLanes();
}
