// The parts of the kernel that limit it, each alone; see limits.ts, which compiles this file.
import { ACCEPTED_SIZE, DIGESTS, FRESH, MESSAGES } from '../packages/identifiers/src/kernel/layout.as';
import { emptyMembers, findNewIn, identifyAccepted } from '../packages/identifiers/src/kernel/members.as';
import { enterSlot, slot, takeWorkspace, workspace } from '../packages/identifiers/src/kernel/place.as';
import { hashMessages } from '../packages/identifiers/src/kernel/sha256.as';

/** About as many values as a block of e-mail addresses has. */
const VALUES: u32 = 4096;
/** Beyond the set. */
const SCATTERED: usize = 2 << 30;
const MAX_SCATTERED: usize = 1 << 30;

/** False when there is not enough memory. */
export function prepare(): bool {
  takeWorkspace(0);
  enterSlot(0);
  const missing = <i32>((SCATTERED + MAX_SCATTERED) >>> 16) - memory.size();
  return (missing <= 0 || memory.grow(missing) >= 0) && emptyMembers();
}

/** The place of four padded messages of one block. */
export function messages(): usize {
  return workspace + MESSAGES;
}

export function digests(): usize {
  return slot + DIGESTS;
}

/** Hashes the four messages again and again. */
export function hash(times: u32): void {
  const to = digests();
  for (let time: u32 = 0; time < times; time++) hashMessages(to, to + 32, to + 64, to + 96);
}

/** Looks up blocks of lines whose bytes depend only on their number, and adds those that are missing. */
export function lookUp(first: u64, blocks: u32): void {
  store<u32>(slot, VALUES, ACCEPTED_SIZE);
  for (let block: u32 = 0; block < blocks; block++) {
    for (let value: u32 = 0; value < VALUES; value++) {
      const word = (first + block * VALUES + value) * 0x9e3779b97f4a7c15;
      const to = digests() + value * 32;
      store<u64>(to, word);
      store<u64>(to, word, 8);
      store<u64>(to, word, 16);
      store<u64>(to, word, 24);
    }
    identifyAccepted();
    findNewIn(0, 0);
  }
}

/** How many lines of the last block were missing. */
export function added(): u32 {
  let count: u32 = 0;
  for (let value: u32 = 0; value < VALUES; value++) count += load<u8>(slot + value, FRESH);
  return count;
}

export function scattered(): usize {
  return SCATTERED;
}

/** Reads words at random places of `bytes` bytes, a power of two. The reads do not depend on each other. */
export function scatter(bytes: u32, times: u32): u64 {
  let sum: u64 = 0;
  let random: u64 = 0x2545f4914f6cdd1d;
  for (let time: u32 = 0; time < times; time++) {
    random = random * 6364136223846793005 + 1442695040888963407;
    sum += load<u64>(SCATTERED + (<usize>(random >>> 32) & (bytes - 64)));
  }
  return sum;
}

/** Needs four cycles a step: a multiplication takes three, an addition one, and each waits for the one before. */
export function chain(steps: u32): u64 {
  let x: u64 = steps;
  for (let step: u32 = 0; step < steps; step++) x = x * 6364136223846793005 + 1;
  return x;
}
