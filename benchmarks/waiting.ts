/**
 * Runs that wait for LINE, on one process with four places and one access key. Measures how long it takes until all
 * wait, their memory, how often they ask LINE, and how soon one more job is finished.
 *
 *     node benchmarks/waiting.ts [runs, default 300]
 *
 * On PGlite, or on the PostgreSQL database of DATABASE_URL, which must be empty.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { startLineAdsSimulator } from '../simulators/line-ads/index.ts';
import { openService } from '../src/compose/service.ts';
import { newJob } from '../src/contracts/jobs.ts';
import type { Actor } from '../src/domain/people/people.ts';
import { systemClock } from '../src/machine/system-clock.ts';

const RUNS = Number(process.argv[2] ?? 300);
const WATCH_MS = 60_000;
const somebody: Actor = { id: 'benchmark', name: 'Benchmark' };
const seconds = (from: number) => `${((performance.now() - from) / 1_000).toFixed(1)} s`;
const megabytes = () => Math.round(process.memoryUsage().rss / 2 ** 20);

const directory = mkdtempSync(join(tmpdir(), 'lineup-bench-'));
const simulator = await startLineAdsSimulator({ jobMs: 24 * 3_600_000, matchMs: 0, rateToleranceMs: 0 });
const [key] = simulator.keys;
const running = await openService({
  dataDirectory: join(directory, 'data'),
  databaseUrl: process.env.DATABASE_URL,
  baseUrls: { line_ads: simulator.url },
  role: 'all',
  clock: systemClock,
  log: { record: (event, { err } = {}) => void (err !== undefined && console.error(event, err)) },
});
const { useCases } = running;
try {
  mkdirSync(join(directory, 'members'));
  const source = join(directory, 'members', 'members.csv');
  writeFileSync(source, `email\n${Array.from({ length: 100 }, (_, n) => `m${n}@example.com`).join('\n')}\n`);
  await useCases.settings.write('files', { roots: [join(directory, 'members')] }, somebody);
  const { value: authorization } = await useCases.authorizations.create(
    {
      provider: 'line_ads',
      method: 'line_ads_api_key',
      label: 'Main account',
      description: '',
      configuration: { access_key: key?.accessKey ?? '', secret_key: key?.secretKey ?? '' },
    },
    somebody,
  );
  const createJob = async (name: string) => {
    const input = newJob.parse({
      name,
      authorization_id: authorization.id,
      configuration: {
        segment_id: source,
        adaccount_id: 'A1',
        audience_name: name,
        identifier_type: 'email',
        run_frequency: 'daily',
        time_of_day: '09:00',
        timezone: 'Asia/Tokyo',
      },
    });
    return (await useCases.jobs.create(input, somebody)).value;
  };

  const begun = performance.now();
  await createJob('Waiting 0');
  await waiting(1);
  const before = megabytes();
  for (let n = 1; n < RUNS; n++) await createJob(`Waiting ${n}`);
  await waiting(RUNS);
  console.log(`until all ${RUNS} wait        ${seconds(begun)}`);
  console.log(`memory with one, with all  ${before} MB, ${megabytes()} MB, the simulator included`);

  const requests = () => simulator.inspect().requests.length;
  const [sent, spent] = [requests(), process.cpuUsage()];
  await delay(WATCH_MS);
  const { user, system } = process.cpuUsage(spent);
  console.log(`requests while they wait   ${((requests() - sent) / (WATCH_MS / 1_000)).toFixed(2)} a second`);
  console.log(`processor meanwhile        ${((user + system) / 10 / WATCH_MS).toFixed(1)} % of one`);

  simulator.configure({ jobMs: 1_000 });
  const asked = performance.now();
  const { id } = await createJob('Another');
  for (;;) {
    const run = (await useCases.jobs.get(id)).last_run;
    if (run && (run.uploaded ?? 0) > 0) break;
    await delay(50);
  }
  console.log(`another job has uploaded   ${seconds(asked)} after it was created`);
  console.log(`violations of LINE's rules: ${simulator.inspect().violations.length}`);
} finally {
  await running.close();
  await simulator.close();
  rmSync(directory, { recursive: true, force: true });
}

async function waiting(count: number): Promise<void> {
  while ((await useCases.status.metrics()).going.waiting < count) await delay(200);
}
