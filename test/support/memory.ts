import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that are held in JavaScript's heap and in buffers, once all that nobody needs is gone. */
export async function heldMemory(): Promise<number> {
  collect();
  // What is freed by a finalizer is so only in a later turn.
  await turn();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
