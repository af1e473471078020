/**
 * Memories for kernels. A kernel may have the memory of one that is not used any more. For a small stream, new memory
 * would cost more than all its work; and unused memory stays with the process until the garbage collector looks for it.
 */
import { type SharedMemory, sharedMemory } from '../../../packages/identifiers/src/kernel/module.ts';

const spare: SharedMemory[] = [];
const MAX_SPARE = 4;

/** Enough for the set of some seven million lines. Only what was written to takes memory of the machine. */
const LARGEST_SPARE = 160 << 20;

export const takeMemory = (): SharedMemory => spare.pop() ?? sharedMemory();

/** Keeps the memory for the next kernel, unless it is large. No thread may use it any more. */
export function giveBack(memory: SharedMemory): void {
  if (memory.buffer.byteLength <= LARGEST_SPARE && spare.length < MAX_SPARE) spare.push(memory);
}
