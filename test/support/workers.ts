/** Workers that a test starts: processes that it kills, or in this process. They always end with the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { startService } from '../../src/compose/service.ts';
import type { Pace } from '../../src/compose/service-pace.ts';
import { silentLog } from '../../src/contracts/event-log.ts';
import { openBox } from './service.ts';
import { quick, type ServiceBench, sharedReaders } from './service-bench.ts';
import type { WorkerSettings } from './worker-main.ts';

const main = resolve(import.meta.dirname, 'worker-main.ts');

export interface WorkerProcess {
  readonly pid: number;
  readonly child: ChildProcess;
  /** All output so far. */
  output(): string;
  /** Resolves with its exit status when it has ended. */
  readonly ended: Promise<number | null>;
}

/** Starts a worker, and resolves when it is ready. @param machine workers of one machine share their staged chunks */
export async function startWorker(
  bench: ServiceBench,
  pace: Partial<Pace> = {},
  machine = 'data',
  environment: Readonly<Record<string, string>> = {},
): Promise<WorkerProcess> {
  const { connection } = bench.database.database;
  if (connection.kind !== 'postgres') throw new Error('only PostgreSQL accepts several processes');
  const settings: WorkerSettings = {
    dataDirectory: join(bench.directory, machine),
    databaseUrl: connection.url.reveal(),
    secretKey: bench.key,
    baseUrls: { line_ads: bench.simulator.url },
    pace: { ...quick, ...pace },
  };
  const child = spawn(process.execPath, [main, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  let output = '';
  const ended = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const ready = Promise.withResolvers<void>();
  const onOutput = (text: string) => {
    output += text;
    if (output.includes('ready\n')) ready.resolve();
  };
  child.stdout.setEncoding('utf8').on('data', onOutput);
  child.stderr.setEncoding('utf8').on('data', onOutput);
  await Promise.race([
    ready.promise,
    ended.then(() => {
      throw new Error(`the worker ended: ${output}`);
    }),
  ]);
  return { pid: child.pid ?? 0, child, output: () => output, ended };
}

/** The same in this process, for tests that do not kill it. It reaches the database directly. */
export async function startWorkerHere(bench: ServiceBench, pace: Partial<Pace> = {}, machine = 'data'): Promise<void> {
  const { database } = bench.database;
  const box = await openBox(database.db, bench.key);
  const worker = await startService({ ...database, close: async () => {} }, box, {
    dataDirectory: join(bench.directory, machine),
    baseUrls: { line_ads: bench.simulator.url },
    role: 'worker',
    clock: bench.clock,
    readers: sharedReaders,
    log: silentLog,
    pace: { ...quick, ...pace },
  });
  onTestFinished(() => worker.close());
}
