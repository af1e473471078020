/**
 * What a reader does so that it harms nobody but itself: it ends with its parent, it is the first that a system short of memory
 * ends, it leaves no memory dump, and a thread watches what its own code cannot (watch.ts).
 */
import { writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { reportDeath } from '../death-report.ts';
import type { WatchOrder } from './watch.ts';

/** What a reader is started with, as JSON in its first argument. */
export type ReaderLimits = Pick<WatchOrder, 'memoryBytes' | 'stuckMs'>;

const BEAT_MS = 500;

/** The exit status after a fault that nothing caught. */
const FAULT = 70;

export function confine(): void {
  // Ctrl-C and a stopping service go to all processes of a group: the parent decides when this one ends.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  // At once, whatever native threads are doing.
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  // Only its kind: the words of a driver may hold a value.
  process.on('uncaughtException', (error: unknown) => {
    reportDeath(`fault ${error instanceof Error ? error.name : typeof error}`);
    process.exit(FAULT);
  });
  writeProcSetting('oom_score_adj', '500');
  writeProcSetting('coredump_filter', '0');
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

/** Linux alone has these; everywhere else a reader does without. */
function writeProcSetting(what: string, value: string): void {
  try {
    writeFileSync(`/proc/self/${what}`, value);
  } catch {}
}
