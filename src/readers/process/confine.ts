/**
 * Confines a reader, so that its failure harms no other process: it ends with its parent, the system ends it first when
 * memory is short, it writes no core dump of sensitive memory, and a watchdog thread checks its limits (watch.ts).
 */
import { writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { factsOf } from '../../domain/errors/unexpected.ts';
import { leaveOutOfCoreDumps } from '../../machine/no-core-dump.ts';
import { reportDeath } from '../death-report.ts';
import type { WatchOrder } from './watch.ts';

/** The limits of a reader, as JSON in its first argument. */
export type ReaderLimits = Pick<WatchOrder, 'memoryBytes' | 'stuckMs'>;

const BEAT_MS = 500;

/** The exit status after an uncaught error. */
const FAULT = 70;

export function confine(): void {
  // The signals of Ctrl-C and of a stopping service go to the whole process group. The parent decides when this process
  // ends.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  // Ends immediately, even if native threads are busy.
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.on('uncaughtException', (error: unknown) => {
    reportDeath(`fault ${factsOf(error)}`);
    process.exit(FAULT);
  });
  endFirst();
  leaveOutOfCoreDumps();
  watch(JSON.parse(process.argv[2] ?? '') as ReaderLimits);
}

function watch(limits: ReaderLimits): void {
  const beat = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  setInterval(() => Atomics.add(beat, 0, 1), BEAT_MS);
  const extension = extname(fileURLToPath(import.meta.url));
  new Worker(new URL(`./watch${extension}`, import.meta.url), {
    workerData: { ...limits, parent: process.ppid, beat } satisfies WatchOrder,
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
  });
}

/** When memory is short. Only Linux has this setting; on other systems this does nothing. */
function endFirst(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '500');
  } catch {}
}
