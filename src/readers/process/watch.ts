/**
 * A thread of a reader that goes on when the reader's own is blocked or out of memory. It ends the process when it takes too much
 * memory, when its event loop stands still for too long, and when its parent is gone.
 */
import { workerData } from 'node:worker_threads';
import { reportDeath } from '../death-report.ts';

export interface WatchOrder {
  /** Bytes that may be resident. */
  readonly memoryBytes: number;
  /** How long the event loop may stand still. */
  readonly stuckMs: number;
  /** Whose reader it is. Read by this thread it could be too late: it starts in its own time. */
  readonly parent: number;
  /** The event loop adds one now and then. */
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
  // Counted in looks, not by a clock: a machine that sleeps stops both.
  if (looksWithoutBeat * LOOK_EVERY_MS > stuckMs) end('stuck');
}, LOOK_EVERY_MS);
