/**
 * Worker processes on one PostgreSQL server, with a LINE that answers at once: runs a minute, and the memory of each
 * worker. Each job has its own access key and ad account. Otherwise LINE's limits would decide the result.
 *
 *     npm run bench -- workers
 *     DATABASE_URL=… node benchmarks/workers.ts [jobs, default 400] [workers, default 4]
 *
 * The database must be empty. Arguments of Node.js (`NODE_OPTIONS`) reach the workers.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startLineAdsSimulator } from '../simulators/line-ads/index.ts';
import { openService, type RunningService } from '../src/compose/service.ts';
import type { EventLog } from '../src/contracts/event-log.ts';
import { Secret } from '../src/domain/values/secret.ts';
import { systemClock } from '../src/machine/system-clock.ts';
import { createJob, somebody } from './job.ts';
import { machine } from './measure.ts';

const MEMBERS = 100;
/** `npm run bench` starts a server. */
const databaseUrl = process.env.DATABASE_URL ?? process.env.LINEUP_TEST_DATABASE_URL;
const log: EventLog = {
  record: (event, { err } = {}) => void (err !== undefined && console.error(event, err)),
};

/** What a worker is given, in one argument. */
interface Place {
  readonly directory: string;
  readonly url: string;
  readonly key: string;
}

const open = ({ directory, url, key }: Place, role: 'api' | 'worker'): Promise<RunningService> =>
  openService({
    dataDirectory: join(directory, role === 'api' ? 'api' : `worker-${process.pid}`),
    databaseUrl,
    secretKey: new Secret(key),
    baseUrls: { line_ads: url },
    role,
    clock: systemClock,
    log,
    uploads: { directory: join(directory, 'uploads') },
    pace: { pollIntervalMs: 50 },
  });

if (process.argv[2] === 'worker') {
  const service = await open(JSON.parse(process.argv[3]!), 'worker');
  process.once('message', async () => {
    await service.close();
    process.disconnect();
  });
} else if (databaseUrl) {
  await measure(Number(process.argv[2] ?? 400), Number(process.argv[3] ?? 4));
} else {
  console.error('Several workers need a PostgreSQL server. Set DATABASE_URL to an empty database.');
  process.exitCode = 2;
}

async function measure(jobs: number, workers: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'lineup-bench-'));
  const accounts = Array.from({ length: jobs }, (_, n) => `B${n}`);
  const simulator = await startLineAdsSimulator({
    jobMs: 0,
    matchMs: 0,
    adAccounts: accounts,
    keys: accounts.map((account) => ({
      accessKey: `KEY${account}`,
      secretKey: 'an-invented-key',
      role: 'data_provider',
    })),
  });
  const place: Place = {
    directory,
    url: simulator.url,
    key: Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64'),
  };
  const { useCases, close } = await open(place, 'api');
  mkdirSync(join(directory, 'members'));
  const source = join(directory, 'members', 'members.csv');
  writeFileSync(source, `email\n${Array.from({ length: MEMBERS }, (_, n) => `member${n}@example.com\n`).join('')}`);
  await useCases.settings.write('files', { roots: [join(directory, 'members')] }, somebody);
  for (const account of accounts) await createJob(useCases, account, source);

  const children = Array.from({ length: workers }, () => fork(import.meta.filename, ['worker', JSON.stringify(place)]));
  // Starting is not measured: it begins with the first tenth.
  while ((await ended()) < jobs / 10) await delay(50);
  const [first, begun] = [await ended(), performance.now()];
  // To count is work for the server, too.
  while ((await ended()) < jobs) await delay(500);
  const minutes = (performance.now() - begun) / 60_000;
  console.log(`${machine()}; ${workers} workers, ${jobs} jobs of ${MEMBERS} members`);
  console.log(`${Math.round((jobs - first) / minutes)} runs a minute`);
  console.log(`memory at most (MB): ${children.map(({ pid }) => peakOf(pid!)).join(', ')}`);
  console.log(`violations of LINE's rules: ${simulator.inspect().violations.length}`);
  for (const child of children) child.send('end');
  await Promise.all(children.map((child) => once(child, 'exit')));
  await close();
  await simulator.close();
  rmSync(directory, { recursive: true, force: true });

  async function ended(): Promise<number> {
    const { runs } = await useCases.status.metrics();
    if (runs.failed) throw new Error(`${runs.failed} runs failed`);
    return runs.succeeded ?? 0;
  }
}

/** Linux counts the most resident memory of a process. */
function peakOf(pid: number): number {
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1_024);
}
