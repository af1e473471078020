/**
 * Latency of the HTTP API on one process (PGlite) while jobs run: ten clients in a loop, with a fixed number of
 * requests. A job whose run has ended runs again at once, so that all run during the whole measurement.
 *
 *     node benchmarks/api.ts [requests a route, default 1000]
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startLineAdsSimulator } from '../simulators/line-ads/index.ts';
import { serve } from '../src/compose/server.ts';
import { readConfig } from '../src/config/config.ts';
import { operator, system } from '../src/domain/people/people.ts';
import { authorizationOf, jobOf } from './job.ts';
import { machine, markdown } from './measure.ts';

const REQUESTS = Number(process.argv[2] ?? 1000);
const CLIENTS = 10;
const JOBS = 20;

const directory = mkdtempSync(join(tmpdir(), 'lineup-bench-'));
const simulator = await startLineAdsSimulator({ jobMs: 200, matchMs: 0, rateLimit: 1000 });
const config = {
  ...(await readConfig({})),
  dataDirectory: join(directory, 'data'),
  baseUrls: { line_ads: simulator.url },
};
const serving = await serve({
  config: { ...config, server: async () => ({ ...(await config.server()), logLevel: 'error' }) },
  role: 'all',
  host: '127.0.0.1',
  port: 0,
  version: 'benchmark',
  pace: { pollIntervalMs: 200 },
});
try {
  const { useCases, url } = serving;
  const { token } = await useCases.apiTokens.create({ name: 'benchmark', role: 'editor', expires_at: null }, operator);
  const headers = { authorization: `Bearer ${token.reveal()}` };
  const jobIds = await createJobs();
  const jobId = jobIds.at(-1)!;
  let measuring = true;
  const running = keepRunning(() => measuring);
  console.log(`${machine()}; ${JOBS} jobs run meanwhile, ${CLIENTS} clients, ${REQUESTS} requests a route\n`);
  const rows: string[][] = [];
  const begun = performance.now();
  const before = await succeededRuns();
  for (const route of ['/me', '/jobs', `/jobs/${jobId}`, '/runs']) {
    const times = await load(`${url}/api/v1${route}`, headers);
    const at = (share: number) => `${times[Math.floor((times.length - 1) * share)]!.toFixed(1)} ms`;
    rows.push([route.replace(jobId, ':id'), at(0.5), at(0.99), at(1)]);
  }
  const seconds = (performance.now() - begun) / 1_000;
  const succeeded = (await succeededRuns()) - before;
  measuring = false;
  await running;
  console.log(markdown(['GET /api/v1', 'p50', 'p99', 'most'], rows));
  console.log(`\n${succeeded} runs succeeded in these ${seconds.toFixed(0)} s`);

  async function succeededRuns(): Promise<number> {
    return (await useCases.status.metrics()).runs.succeeded ?? 0;
  }

  async function keepRunning(go: () => boolean): Promise<void> {
    while (go()) {
      const { items } = await useCases.jobs.list({ limit: JOBS });
      for (const { id, status } of items) {
        if (status !== 'runnable') await useCases.jobs.act(id, 'run_now', operator);
      }
      await delay(250);
    }
  }

  async function createJobs(): Promise<string[]> {
    const folder = join(directory, 'members');
    mkdirSync(folder);
    const source = join(folder, 'members.csv');
    writeFileSync(source, `email\n${Array.from({ length: 10_000 }, (_, n) => `m${n}@example.com\n`).join('')}`);
    await useCases.settings.write('files', { roots: [folder] }, system);
    const { accessKey, secretKey } = simulator.keys[0]!;
    const { value } = await useCases.authorizations.create(
      { ...authorizationOf('Benchmark', accessKey), configuration: { access_key: accessKey, secret_key: secretKey } },
      system,
    );
    const ids: string[] = [];
    for (let n = 0; n < JOBS; n++) {
      const name = `Benchmark ${n}`;
      const input = jobOf(name, value.id, 'A1', source);
      ids.push((await useCases.jobs.create(input, system)).value.id);
    }
    return ids;
  }
} finally {
  await serving.close();
  await simulator.close();
  rmSync(directory, { recursive: true, force: true });
}

/** The times of all requests in ms, sorted. */
async function load(url: string, headers: Record<string, string>): Promise<number[]> {
  const times: number[] = [];
  let left = REQUESTS;
  const client = async () => {
    while (left-- > 0) {
      const begun = performance.now();
      const answer = await fetch(url, { headers });
      await answer.arrayBuffer();
      if (!answer.ok) throw new Error(`${url}: HTTP ${answer.status}`);
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return times.sort((a, b) => a - b);
}
