/**
 * A large installation: how long each page of the API takes, also while retention deletes the oldest tenth of the runs,
 * and how long a start and a thousand due jobs take.
 *
 *     node benchmarks/growth.ts [jobs] [requests a page, default 40]
 *
 * On PGlite (2,000 jobs, 200,000 runs), or on the PostgreSQL database of DATABASE_URL (10,000 jobs, 1,000,000 runs,
 * 600,000 events), which must be empty, or have the world of an earlier measurement.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '../src/compose/server.ts';
import { readConfig } from '../src/config/config.ts';
import { operator, system } from '../src/domain/people/people.ts';
import { Secret } from '../src/domain/values/secret.ts';
import { systemClock } from '../src/machine/system-clock.ts';
import { migrate } from '../src/store/database/migrate.ts';
import { openDatabase } from '../src/store/database/open-database.ts';
import { openSecrets } from '../src/store/secrets/secrets.ts';
import { makeWorld, OLDEST_TENTH_DAYS } from './growth-world.ts';
import { machine, markdown } from './measure.ts';
import { takeDueJobs } from './scheduler.ts';

const databaseUrl = process.env.DATABASE_URL;
const JOBS = Number(process.argv[2] ?? (databaseUrl ? 10_000 : 2_000));
const REQUESTS = Number(process.argv[3] ?? 40);
const DUE = 1_000;

const directory = mkdtempSync(join(tmpdir(), 'lineup-bench-'));
/** The same for all measurements of a database. */
const secretKey = new Secret(Buffer.alloc(32, 7).toString('base64'));
const config = { ...(await readConfig({})), dataDirectory: directory };
const settings = { ...(await config.server()), databaseUrl, secretKey, logLevel: 'error' as const };

const open = () => openDatabase({ dataDirectory: directory, url: databaseUrl });
const secrets = () => ({ value: secretKey, dataDirectory: directory, now: systemClock.now(), mayMakeKey: true });
const start = () =>
  serve({
    config: { ...config, server: async () => settings },
    role: 'all',
    host: '127.0.0.1',
    port: 0,
    version: 'benchmark',
  });
const seconds = (from: number) => `${((performance.now() - from) / 1_000).toFixed(1)} s`;

try {
  console.log(`${machine()}; ${databaseUrl ? 'PostgreSQL' : 'PGlite'}; ${REQUESTS} requests a page\n`);
  await fill();
  const usual = await measure(false);
  const deleting = await measure(true);
  const rows = usual.map(({ page, times, bytes }, n) => [
    page,
    ...shown(times),
    ...shown(deleting[n]!.times),
    `${Math.round(bytes / 1_000)} kB`,
  ]);
  console.log(markdown(['GET', 'p50', 'p95', 'p50, deleting', 'p95, deleting', 'bytes'], rows));
  await due();
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** The world, unless the database has it already. */
async function fill(): Promise<void> {
  const begun = performance.now();
  const database = await open();
  const { db } = database;
  await migrate(database);
  const box = await openSecrets(db, secrets());
  const { n } = await db
    .selectFrom('jobs')
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow();
  if (Number(n) === 0) {
    await makeWorld(db, box, JOBS, systemClock.now());
    console.log(`The world was made in ${seconds(begun)}.`);
  }
  await database.close();
}

interface Page {
  readonly page: string;
  readonly times: number[];
  bytes: number;
}

/** @param deleting while retention deletes the oldest tenth of the runs */
async function measure(deleting: boolean): Promise<Page[]> {
  let begun = performance.now();
  const serving = await start();
  try {
    const { useCases, url } = serving;
    await fetch(`${url}/ready`);
    console.log(`The start took ${seconds(begun)}.`);
    const { token } = await useCases.apiTokens.create(
      { name: 'benchmark', role: 'administrator', expires_at: null },
      operator,
    );
    const headers = { authorization: `Bearer ${token.reveal()}` };
    const ask = async (page: string): Promise<[ms: number, bytes: number]> => {
      const from = performance.now();
      const answer = await fetch(`${url}${page === '/metrics' ? '' : '/api/v1'}${page}`, { headers });
      const body = await answer.arrayBuffer();
      if (!answer.ok) throw new Error(`${page}: HTTP ${answer.status} ${Buffer.from(body).toString()}`);
      return [performance.now() - from, body.byteLength];
    };
    const pages = (await addresses()).map((page): Page => ({ page, times: [], bytes: 0 }));
    for (const page of pages) page.bytes = (await ask(page.page))[1];
    const round = async () => {
      for (const { page, times } of pages) times.push((await ask(page))[0]);
    };
    if (!deleting) {
      for (let n = 0; n < REQUESTS; n++) await round();
      return pages;
    }
    const total = async () => (await useCases.runs.list({ limit: 1 })).total;
    const before = await total();
    // The chore of retention reads it.
    await useCases.settings.write('retention', { runs_days: Math.floor(OLDEST_TENTH_DAYS) }, system);
    return await whileDeleting();

    async function whileDeleting(): Promise<Page[]> {
      await serving.close();
      const again = await start();
      begun = performance.now();
      try {
        for (let n = 0; n < REQUESTS; n++) await roundAt(again.url!);
        const left = (await again.useCases.runs.list({ limit: 1 })).total;
        console.log(`Meanwhile retention deleted ${before - left} runs (${seconds(begun)}).\n`);
        return pages;
      } finally {
        await again.close();
      }
    }

    async function roundAt(address: string): Promise<void> {
      for (const { page, times } of pages) {
        const from = performance.now();
        const answer = await fetch(`${address}${page === '/metrics' ? '' : '/api/v1'}${page}`, { headers });
        await answer.arrayBuffer();
        times.push(performance.now() - from);
      }
    }

    /** What the pages of the web app and the commands ask for. */
    async function addresses(): Promise<string[]> {
      const { items } = await useCases.jobs.list({ limit: 20, search: 'Audience' });
      const job = items.at(-1)!.id;
      const run = items.at(-1)!.last_run!.id;
      const second = await next('/jobs?limit=200');
      const secondRuns = await next('/runs?status=failed');
      return [
        '/overview?days=30',
        '/health-report',
        '/health-report?level=worth_a_look',
        '/metrics',
        '/jobs',
        `/jobs?limit=200&cursor=${second}`,
        '/jobs?search=Members%2077',
        '/jobs?search=nothing+has+this',
        '/jobs?condition=failed',
        '/jobs?incomplete=true',
        '/jobs?ad_account=A3&tag=VIP',
        ...['name', 'next_run', 'last_run', 'size'].map((sort) => `/jobs?sort=${sort}`),
        '/jobs/rows?limit=200',
        '/jobs/rows',
        '/jobs/tags',
        `/jobs/${job}`,
        `/jobs/${job}/history?days=90`,
        `/jobs/${job}/log`,
        '/runs',
        '/runs?status=failed',
        `/runs?status=failed&cursor=${secondRuns}`,
        '/runs?status=failed&status=stopped&status=interrupted',
        '/runs?status=succeeded',
        '/runs?ad_account=A3',
        '/runs?deleted_job=true',
        `/runs?job_id=${job}`,
        `/runs?from=${new Date(Date.now() - 3 * 24 * 3_600_000).toISOString()}`,
        `/runs/${run}`,
        `/runs/${run}/report`,
        `/runs/${run}/journal`,
        `/runs/${run}/requests`,
        `/runs/${run}/matching`,
        '/alerts',
        '/audit-log',
        '/audit-log?actor=ming',
        '/audit-log?actor=nobody',
        '/audit-log?verb=create',
        '/authorizations',
        '/suppression-lists',
        '/notification-channels',
        '/uploads',
        '/api-tokens',
        '/users',
        '/settings',
      ];
    }

    async function next(page: string): Promise<string> {
      const answer = await fetch(`${url}/api/v1${page}`, { headers });
      return ((await answer.json()) as { next: string }).next;
    }
  } finally {
    await serving.close();
  }
}

async function due(): Promise<void> {
  const database = await open();
  const { db } = database;
  const ids = db.selectFrom('jobs').select('id').where('status', '=', 'sleeping').orderBy('id').limit(DUE);
  await db.updateTable('jobs').set({ sleep_until: systemClock.now() }).where('id', 'in', ids).execute();
  const { seconds: taken } = await takeDueJobs(database, await openSecrets(db, secrets()), directory, DUE);
  console.log(`\n${DUE} due jobs are begun in ${taken.toFixed(1)} s.`);
  await database.close();
}

function shown(times: readonly number[]): string[] {
  const sorted = times.toSorted((a, b) => a - b);
  return [0.5, 0.95].map((share) => `${Math.round(sorted[Math.floor((sorted.length - 1) * share)]!)} ms`);
}
