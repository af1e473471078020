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
  if (memory.buffer.byteLength > LARGEST_SPARE) large = new WeakRef(memory);
  else if (spare.length < MAX_SPARE) spare.push(memory);
}

/** The last large memory that a kernel has used, as long as the garbage collector has not taken it. */
let large: WeakRef<SharedMemory> | undefined;
/** A smaller one that is not for kernels any more. */
let used: SharedMemory | undefined;

/**
 * Memory for what follows the kernel of the same run, and needs as much: the memory of the kernel, if it was large. It
 * is not empty, and no kernel gets it afterwards.
 */
export function takeUsedMemory(): SharedMemory {
  const memory = large?.deref() ?? used ?? sharedMemory();
  if (memory === used) used = undefined;
  large = undefined;
  return memory;
}

/** Keeps such a memory, unless it is large. */
export function giveBackUsed(memory: SharedMemory): void {
  if (memory.buffer.byteLength <= LARGEST_SPARE) used = memory;
}
