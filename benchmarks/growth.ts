/**
 * A large installation: how long each page of the API takes, also while retention deletes the oldest tenth of the runs,
 * and how long a start and a thousand due jobs take.
 *
 *     node benchmarks/growth.ts [--jobs n] [--requests n, default 40] [--directory d]
 *
 * On the PostgreSQL database of DATABASE_URL (10,000 jobs, 1,000,000 runs, 600,000 events), or without it on the
 * embedded database (2,000 jobs, 200,000 runs). The database must be empty, or have the world of an earlier
 * measurement. `--directory` keeps an embedded database for the next one.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import { type Serving, serve } from '../src/compose/server.ts';
import { readConfig } from '../src/config/config.ts';
import { operator, system } from '../src/domain/people/people.ts';
import { Secret } from '../src/domain/values/secret.ts';
import { systemClock } from '../src/machine/system-clock.ts';
import type { Db } from '../src/store/database/database.ts';
import { migrate } from '../src/store/database/migrate.ts';
import { openDatabase } from '../src/store/database/open-database.ts';
import { openSecrets } from '../src/store/secrets/secrets.ts';
import { type Ask, pagesOf } from './growth-pages.ts';
import { makeWorld } from './growth-world.ts';
import { machine, markdown } from './measure.ts';
import { takeDueJobs } from './scheduler.ts';

const { values } = parseArgs({
  options: { jobs: { type: 'string' }, requests: { type: 'string', default: '40' }, directory: { type: 'string' } },
});
const databaseUrl = process.env.DATABASE_URL;
const JOBS = Number(values.jobs ?? (databaseUrl ? 10_000 : 2_000));
const REQUESTS = Number(values.requests);
const DUE = 1_000;
const GOAL_MS = 100;
/** More requests than this make the measurement while runs are deleted no better. */
const LONGEST_MS = 120_000;
const DAY = 24 * 3_600_000;

if (values.directory !== undefined) mkdirSync(values.directory, { recursive: true });
const directory = values.directory ?? mkdtempSync(join(tmpdir(), 'lineup-bench-'));
/** The same for all measurements of a database. */
const secretKey = new Secret(Buffer.alloc(32, 7).toString('base64'));
const config = { ...(await readConfig({})), dataDirectory: directory };
const settings = { ...(await config.server()), databaseUrl, secretKey, logLevel: 'error' as const };

const open = () => openDatabase({ dataDirectory: directory, url: databaseUrl });
const secrets = () => ({ value: secretKey, dataDirectory: directory, now: systemClock.now(), mayMakeKey: true });
const quantile = (times: readonly number[], share: number): number =>
  times.toSorted((a, b) => a - b)[Math.floor((times.length - 1) * share)]!;
const shown = (ms: number) => `${Math.round(ms)} ms`;
const seconds = (from: number) => `${((performance.now() - from) / 1_000).toFixed(1)} s`;

interface Page {
  readonly page: string;
  /** Of the first request after a start. */
  first: number;
  bytes: number;
  readonly usual: number[];
  readonly deleting: number[];
}

try {
  console.log(`${machine()}; ${databaseUrl ? 'PostgreSQL' : 'the embedded database'}; ${REQUESTS} requests a page\n`);
  await fill();
  const pages = await measureUsual();
  await measureDeleting(pages);
  const over = pages.filter(
    ({ usual, deleting }) => quantile(usual, 0.95) > GOAL_MS || quantile(deleting, 0.95) > GOAL_MS,
  );
  console.log(
    markdown(
      ['GET', 'first', 'p50', 'p95', 'p50, deleting', 'p95, deleting', 'kB'],
      pages.map(({ page, first, usual, deleting, bytes }) => [
        page.length > 70 ? `${page.slice(0, 69)}…` : page,
        ...[first, ...[usual, deleting].flatMap((times) => [quantile(times, 0.5), quantile(times, 0.95)])].map(shown),
        (bytes / 1_000).toFixed(1),
      ]),
    ),
  );
  console.log(`\n${over.length} of ${pages.length} pages take more than ${GOAL_MS} ms at p95.`);
  await measureDue();
} finally {
  if (values.directory === undefined) rmSync(directory, { recursive: true, force: true });
}

/** The world, unless the database has it already. */
async function fill(): Promise<void> {
  await onDatabase(async (db, box) => {
    const begun = performance.now();
    const { n } = await db
      .selectFrom('jobs')
      .select(({ fn }) => fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow();
    if (Number(n) > 0) return;
    await makeWorld(db, box, JOBS, systemClock.now());
    console.log(`The world was made in ${seconds(begun)}.`);
  });
}

type Box = Awaited<ReturnType<typeof openSecrets>>;

async function onDatabase<T>(work: (db: Db, box: Box) => Promise<T>): Promise<T> {
  const database = await open();
  try {
    await migrate(database);
    return await work(database.db, await openSecrets(database.db, secrets()));
  } finally {
    await database.close();
  }
}

/** Starts the service, as `lineup serve` does, and asks it. */
async function whileServing<T>(work: (ask: Ask, serving: Serving) => Promise<T>): Promise<T> {
  const begun = performance.now();
  const serving = await serve({
    config: { ...config, server: async () => settings },
    role: 'all',
    host: '127.0.0.1',
    port: 0,
    version: 'benchmark',
  });
  try {
    await fetch(`${serving.url}/ready`);
    console.log(`The start took ${seconds(begun)}.`);
    const { token } = await serving.useCases.apiTokens.create(
      { name: 'benchmark', role: 'administrator', expires_at: null },
      operator,
    );
    const headers = { authorization: `Bearer ${token.reveal()}` };
    const ask: Ask = async (page) => {
      const answer = await fetch(`${serving.url}${page === '/metrics' ? '' : '/api/v1'}${page}`, { headers });
      if (!answer.ok) throw new Error(`${page}: HTTP ${answer.status} ${await answer.text()}`);
      return answer;
    };
    return await work(ask, serving);
  } finally {
    await serving.close();
  }
}

async function timed(ask: Ask, page: string): Promise<[ms: number, bytes: number]> {
  const from = performance.now();
  const { byteLength } = await (await ask(page)).arrayBuffer();
  return [performance.now() - from, byteLength];
}

async function measureUsual(): Promise<Page[]> {
  return await whileServing(async (ask) => {
    const pages = (await pagesOf(ask)).map((page): Page => ({ page, first: 0, bytes: 0, usual: [], deleting: [] }));
    for (const page of pages) [page.first, page.bytes] = await timed(ask, page.page);
    for (let n = 0; n < REQUESTS; n++) for (const { page, usual } of pages) usual.push((await timed(ask, page))[0]);
    return pages;
  });
}

/** The chore of retention begins with the start. */
async function measureDeleting(pages: readonly Page[]): Promise<void> {
  const before = await onDatabase(async (db) => {
    const { oldest } = await db
      .selectFrom('runs')
      .select(({ fn }) => fn.min('queued_at').as('oldest'))
      .executeTakeFirstOrThrow();
    const { oldest: newest } = await db
      .selectFrom('runs')
      .select(({ fn }) => fn.max('queued_at').as('oldest'))
      .executeTakeFirstOrThrow();
    const days = (Date.now() - oldest.getTime() - (newest.getTime() - oldest.getTime()) / 10) / DAY;
    await sql`
      insert into lineup.settings (key, value, updated_by, updated_at)
      values ('retention', ${JSON.stringify({ runs_days: Math.floor(days) })}::jsonb, ${system.name}, now())
      on conflict (key) do update set value = excluded.value`.execute(db);
    return { runs: await countRuns(db), until: new Date(Date.now() - Math.floor(days) * DAY) };
  });
  await whileServing(async (ask) => {
    const begun = performance.now();
    let rounds = 0;
    const oldLeft = async () => {
      // Another question each time, because the service reuses large counts for a while.
      const [from, to] = [new Date(rounds), new Date(before.until.getTime() - DAY)].map((at) => at.toISOString());
      const list = `/runs?limit=1&from=${from}&to=${to}`;
      return ((await (await ask(list)).json()) as { total: number }).total;
    };
    let stalls = 0;
    const left = [await oldLeft()];
    const others = new AbortController();
    const watching = watch(ask, others.signal, (ms) => {
      stalls = Math.max(stalls, ms);
    });
    // It has ended when a round changes nothing any more: it keeps what the guard needs.
    do {
      for (const { page, deleting } of pages) deleting.push((await timed(ask, page))[0]);
      rounds += 1;
      left.push(await oldLeft());
    } while (left.at(-1) !== left.at(-2) && performance.now() - begun < LONGEST_MS && rounds < REQUESTS);
    others.abort();
    await watching;
    console.log(
      `While ${rounds} rounds of requests were answered (${seconds(begun)}), the longest wait for an answer of another client was ${shown(stalls)}.`,
    );
  });
  const after = await onDatabase(countRuns);
  console.log(`Retention has deleted ${before.runs - after} runs.\n`);
}

/** Another client, which asks for something small again and again. */
async function watch(ask: Ask, signal: AbortSignal, tell: (ms: number) => void): Promise<void> {
  while (!signal.aborted) {
    tell((await timed(ask, '/me'))[0]);
    await systemClock.sleep(50, signal).catch(() => {});
  }
}

async function countRuns(db: Db): Promise<number> {
  const { n } = await db
    .selectFrom('runs')
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow();
  return Number(n);
}

/** Afterwards the jobs are as before, for the next measurement. */
async function measureDue(): Promise<void> {
  const database = await open();
  const { db } = database;
  try {
    const sleeping = await db
      .selectFrom('jobs')
      .select(['id', 'sleep_until'])
      .where('status', '=', 'sleeping')
      .orderBy('id')
      .limit(DUE)
      .execute();
    const ids = sleeping.map(({ id }) => id);
    await db.updateTable('jobs').set({ sleep_until: systemClock.now() }).where('id', 'in', ids).execute();
    const taken = await takeDueJobs(database, await openSecrets(db, secrets()), directory, DUE);
    console.log(
      `${DUE} due jobs are begun in ${taken.seconds.toFixed(1)} s (${taken.processorSeconds.toFixed(1)} s of our processor time).`,
    );
    await sql`truncate lineup_queue.job`.execute(db);
    await db.deleteFrom('runs').where('status', '=', 'queued').where('job_id', 'in', ids).execute();
    for (const { id, sleep_until } of sleeping) {
      const asleep = { status: 'sleeping', condition: 'scheduled', sleep_until, error_count: 0 } as const;
      await db
        .updateTable('jobs')
        .set({ ...asleep, errors_since: null, error: null })
        .where('id', '=', id)
        .execute();
    }
  } finally {
    await database.close();
  }
}
