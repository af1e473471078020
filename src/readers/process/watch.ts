/**
 * A watchdog thread of a reader. It works even when the main thread is blocked or out of memory. It ends the process
 * when it uses too much memory, when its event loop is blocked for too long, and when its parent has ended. It is small
 * because it has little memory.
 */
import { workerData } from 'node:worker_threads';
import { reportDeath } from '../death-report.ts';

export interface WatchOrder {
  /** The limit of resident memory, in bytes. */
  readonly memoryBytes: number;
  /** How long the event loop may be blocked. */
  readonly stuckMs: number;
  /** The process id of the parent. Passed in, because the parent may end before this thread starts. */
  readonly parent: number;
  /** A counter that the event loop increments regularly. */
  readonly beat: Int32Array;
}

const LOOK_EVERY_MS = 100;

const { memoryBytes, stuckMs, parent, beat } = workerData as WatchOrder;
let last = 0;
let looksWithoutBeat = 0;

function end(cause: string): void {
  reportDeath(cause);
  process.kill(process.pid, 'SIGKILL');
}

setInterval(() => {
  if (process.ppid !== parent) end('orphaned');
  if (process.memoryUsage.rss() > memoryBytes) end('memory');
  const now = Atomics.load(beat, 0);
  looksWithoutBeat = now === last ? looksWithoutBeat + 1 : 0;
  last = now;
  // Counts checks instead of reading a clock, because both stop while the machine sleeps.
  if (looksWithoutBeat * LOOK_EVERY_MS > stuckMs) end('stuck');
}, LOOK_EVERY_MS);
