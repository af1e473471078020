import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes in JavaScript’s heap and in buffers, after a garbage collection. */
export async function heldMemory(): Promise<number> {
  collect();
  // Finalizers free their memory only in a later turn of the event loop.
  await turn();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
