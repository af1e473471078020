/**
 * Upgrades and rollbacks with runs in flight: processes of two versions on one PostgreSQL, each on a machine of its
 * own, and LINE as a simulator. docs/operations/upgrade.md promises what is shown here.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type LineAdsSimulator, startLineAdsSimulator } from '../../simulators/line-ads/index.ts';
import type { JobView } from '../../src/contracts/jobs.ts';
import { held, members } from '../support/cli.ts';
import { mainDatabase, type TestDatabase } from '../support/databases.ts';
import { storeOn } from '../support/journals.ts';
import { wrongLatestRuns } from '../support/latest-runs.ts';
import { needsPostgres } from '../support/postgres.ts';
import { setUp } from '../support/served.ts';
import { quietTime } from '../support/service.ts';
import { until } from '../support/service-bench.ts';
import {
  commitOfRelease,
  earlierVersion,
  needsHistory,
  nextVersion,
  startVersion,
  thisVersion,
  type VersionProcess,
} from '../support/versions.ts';

/**
 * Commits of versions that know nothing of a bound. The API of the newer one can still create jobs in today's tables.
 */
const UNAWARE = [
  { commit: '88ec3bd50608f7ee49a54fd35592cf47c83dacff', creates: false },
  { commit: '74f4adcdd68cae1f72e0e7fa8d4554130f052c97', creates: true },
];

/** The releases, which `npm run release` notes. Each gets along with this version. */
const releases: Record<string, number> = JSON.parse(readFileSync('migrations/releases.json', 'utf8'));
const RELEASES = Object.keys(releases);

/** Those that know no triggers and no parts of jobs. */
const BEFORE_TRIGGERS = RELEASES.filter((release) => releases[release]! < 45);

/** LINE would work on an upload for this long: runs stay in flight while versions come and go, until the test says. */
const LONG_MS = 3_600_000;
const SHORT_MS = 60;
const WAIT_MS = 120_000;

interface Stage {
  readonly simulator: LineAdsSimulator;
  readonly database: TestDatabase;
  readonly folder: string;
  /** Starts a version on a new machine. */
  start(folder: string): Promise<VersionProcess>;
  /** From now on LINE does not finish what it accepts. */
  hold(): void;
  /** LINE finishes everything, and what comes later at once. */
  release(): void;
}

async function stage(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'lineup-upgrade-'));
  mkdirSync(join(folder, 'members'));
  const simulator = await startLineAdsSimulator({ jobMs: SHORT_MS, matchMs: 0, rateToleranceMs: 900 });
  const database = await mainDatabase.empty();
  onTestFinished(async () => {
    await simulator.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });
  const { connection } = database.database;
  if (connection.kind !== 'postgres') throw new Error('only PostgreSQL accepts several processes');
  const environment = {
    DATABASE_URL: connection.url.reveal(),
    LINEUP_SECRET_KEY: randomBytes(32).toString('base64'),
    LINE_ADS_BASE_URL: simulator.url,
    LINEUP_UPLOADS_DIR: join(folder, 'uploads'),
  };
  let machines = 0;
  let token: string | undefined;
  const start: Stage['start'] = async (version) => {
    machines += 1;
    const running = await startVersion(version, {
      ...environment,
      LINEUP_DATA_DIR: join(folder, `machine-${machines}`),
    });
    token ??= await setUp(running);
    running.sign({ authorization: `Bearer ${token}` });
    return running;
  };
  return {
    simulator,
    database,
    folder,
    start,
    hold: () => simulator.configure({ jobMs: LONG_MS }),
    release: () => {
      simulator.configure({ jobMs: SHORT_MS });
      simulator.advance(LONG_MS);
    },
  };
}

/** What a person sets up once. @returns the id of the authorization */
async function install({ simulator, folder }: Stage, service: VersionProcess): Promise<string> {
  const roots = await service.call('PUT', '/settings/files', { roots: [join(folder, 'members')] });
  expect(roots.status, JSON.stringify(roots.body)).toBe(200);
  const [key] = simulator.keys;
  const made = await service.call<{ id: string }>('POST', '/authorizations', {
    provider: 'line_ads',
    method: 'line_ads_api_key',
    label: 'Main account',
    configuration: { access_key: key!.accessKey, secret_key: key!.secretKey },
  });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return made.body.id;
}

interface Made {
  readonly id: string;
  readonly hashes: readonly string[];
}

async function createJob(
  { folder }: Stage,
  service: VersionProcess,
  authorization_id: string,
  name: string,
  change: object = {},
): Promise<Made> {
  const { csv, hashes } = members(40, name.toLowerCase());
  const segment_id = join(folder, 'members', `${name}.csv`);
  writeFileSync(segment_id, csv);
  const { status, body } = await service.call<JobView>('POST', '/jobs', {
    name,
    authorization_id,
    configuration: {
      segment_id,
      adaccount_id: 'A1',
      audience_name: name,
      identifier_type: 'email',
      id_field: 'email',
      run_frequency: 'daily',
      time_of_day: quietTime(),
      timezone: 'Asia/Tokyo',
      ...change,
    },
  });
  expect(status, JSON.stringify(body)).toBe(201);
  return { id: body.id, hashes };
}

const jobOf = async (service: VersionProcess, id: string): Promise<JobView> =>
  (await service.call<JobView>('GET', `/jobs/${id}`)).body;

/** LINE has accepted its chunk and works on it. */
const inFlight = (service: VersionProcess, { id }: Made) =>
  until(
    () => jobOf(service, id),
    (job) => (job.last_run?.uploaded ?? 0) > 0 && job.status === 'runnable',
    WAIT_MS,
  );

/** LINE holds exactly the members of the job, and nothing has failed on the way. */
async function isExact({ simulator }: Stage, service: VersionProcess, { id, hashes }: Made): Promise<void> {
  const job = await until(
    () => jobOf(service, id),
    ({ status }) => status !== 'runnable',
    WAIT_MS,
  );
  expect(job).toMatchObject({ status: 'sleeping', error: null, last_run: { status: 'succeeded' } });
  expect(held(simulator, job.audience_id!)).toEqual(hashes);
}

async function showsAll(service: VersionProcess): Promise<void> {
  for (const path of ['/jobs', '/runs', '/alerts', '/notification-channels', '/audit-log', '/health-report']) {
    const { status, body } = await service.call(`GET`, path);
    expect(status, `${path}: ${JSON.stringify(body)}`).toBe(200);
  }
}

const outcomes = async ({ database }: Stage) =>
  (
    await sql<{ status: string; runs: number }>`
      select status, count(*)::int as runs from lineup.runs group by status order by status`.execute(
      database.database.db,
    )
  ).rows;

const timeout = 600_000;

describe('a version that knows nothing of a bound', needsHistory(UNAWARE.map(({ commit }) => commit)), () => {
  test.each(UNAWARE)(
    '($commit) is replaced with its runs in flight: it takes none after that, and stores nothing that hides others',
    {
      ...needsPostgres,
      timeout,
    },
    async ({ commit, creates }) => {
      const scene = await stage();
      const old = await scene.start(earlierVersion(commit));
      const authorization = await install(scene, old);
      // An error of the old version, in its form.
      const failed = await createJob(scene, old, authorization, 'Failed');
      await isExact(scene, old, failed);
      rmSync(join(scene.folder, 'members', 'Failed.csv'));
      await old.call('POST', `/jobs/${failed.id}/actions/run_now`);
      await until(
        () => jobOf(old, failed.id),
        ({ error }) => error !== null,
        WAIT_MS,
      );

      scene.hold();
      const going = [
        await createJob(scene, old, authorization, 'One'),
        await createJob(scene, old, authorization, 'Two'),
      ];
      for (const job of going) await inFlight(old, job);
      scene.release();

      const before = old.log().length;
      const now = await scene.start(thisVersion);
      await showsAll(now);
      // The old version is still there when new runs come, from either side.
      const later = [await createJob(scene, now, authorization, 'Three')];
      if (creates) later.push(await createJob(scene, old, authorization, 'Four'));
      for (const job of [...going, ...later]) await isExact(scene, now, job);
      if (creates) expect(old.log().slice(0, before)).toContain('run.started');
      expect(old.log().slice(before)).not.toMatch(/run\.(started|resumed)/);
      await showsAll(now);
      expect(await old.stop()).toBe(0);
      await showsAll(now);
      expect((await outcomes(scene)).map(({ status }) => status)).toEqual(['failed', 'succeeded']);

      // Back to the old version: it refuses the tables, says why, and has changed nothing.
      await expect(scene.start(earlierVersion(commit))).rejects.toThrow(/newer version of Lineup/);
      await isExact(scene, now, await createJob(scene, now, authorization, 'Five'));
    },
  );
});

/** Adds something, and takes nothing away. */
const EXPANDS = () => `
  alter table lineup.jobs add column later text;
  alter table lineup.runs add column later integer not null default 0;
  create table lineup.later (id text primary key);
  update lineup.jobs set error = error || '{"later": [1]}', configuration = configuration || '{"later": null}';
`;

/** Upgrade and rollback, with runs in flight each time. */
async function comeAndGo(older: string, newer: string): Promise<void> {
  const scene = await stage();
  const present = await scene.start(older);
  const authorization = await install(scene, present);
  const create = (service: VersionProcess, name: string) => createJob(scene, service, authorization, name);
  scene.hold();
  const first = await create(present, 'One');
  await inFlight(present, first);
  // Upgrade: the newer version updates the tables; both work.
  const next = await scene.start(newer);
  const second = await create(next, 'Two');
  await inFlight(next, second);
  scene.release();
  for (const service of [present, next]) await showsAll(service);
  for (const job of [first, second]) await isExact(scene, present, job);
  scene.hold();
  // Only the newer one.
  expect(await present.stop()).toBe(0);
  const third = await create(next, 'Three');
  await inFlight(next, third);
  // Rollback, without a restore: the older version starts on the newer tables, and the newer one dies.
  const again = await scene.start(older);
  await next.stop('SIGKILL');
  scene.release();
  await isExact(scene, again, third);
  await isExact(scene, again, await create(again, 'Four'));
  await showsAll(again);
  expect(await outcomes(scene)).toEqual([{ status: 'succeeded', runs: 4 }]);
  expect(await wrongLatestRuns(scene.database.database.db)).toEqual([]);
}

const TRIGGERS = {
  after_job: {},
  object: { address: null },
  table: { column: null, query: null },
  webhook: {},
};
const SHOPS = ['Osaka', 'Tokyo'];

describe('a release that knows no triggers and no parts', needsPostgres, () => {
  test.each(BEFORE_TRIGGERS)(
    '%s leaves jobs with them alone, also when they are due or have a run',
    {
      ...needsHistory(BEFORE_TRIGGERS.map(commitOfRelease)),
      timeout,
    },
    async (release) => {
      const scene = await stage();
      const { simulator, folder } = scene;
      const { db } = scene.database.database;
      const present = await scene.start(thisVersion);
      const authorization = await install(scene, present);
      const create = (name: string, change?: object) => createJob(scene, present, authorization, name, change);
      const plain = [await create('Due'), await create('Queued')];
      const [due, queued] = plain as [Made, Made];
      for (const kind of Object.keys(TRIGGERS)) {
        const trigger = { kind: 'after_job', job_id: due.id };
        const timing = { run_frequency: 'when_ready', time_of_day: null, timezone: null, trigger };
        await isExact(scene, present, await create(kind, timing));
      }
      const everybody = members(40, 'shop');
      const segment_id = join(folder, 'members', 'shops.csv');
      const [head, ...lines] = everybody.csv.trim().split('\n');
      writeFileSync(segment_id, [`${head},shop`, ...lines.map((line, n) => `${line},${SHOPS[n % 2]}`)].join('\n'));
      const split = { column: 'shop', name_template: '{name} {value}' };
      const splits = [
        await create('Due split', { segment_id, audience_name: null, split }),
        await create('Queued split', { segment_id, audience_name: null, split }),
      ];
      const filledParts = async (service: VersionProcess): Promise<JobView[]> => {
        const filled: JobView[] = [];
        for (const { id } of splits) {
          const { items } = await until(
            async () => (await service.call<{ items: JobView[] }>('GET', `/jobs/${id}/parts`)).body,
            (page) => page.items.length === 2 && page.items.every(({ last_run }) => last_run?.status === 'succeeded'),
            WAIT_MS,
          );
          filled.push(...items);
        }
        return filled;
      };
      const parts = await filledParts(present);
      for (const job of plain) await isExact(scene, present, job);
      expect(await present.stop()).toBe(0);

      for (const [kind, keys] of Object.entries(TRIGGERS)) {
        if (kind === 'after_job') continue;
        const trigger = JSON.stringify({ kind, ...keys, at_most_every_minutes: 15, deadline: null });
        await sql`update lineup.jobs set configuration = configuration || jsonb_build_object('trigger', ${trigger}::jsonb)
        where name = ${kind}`.execute(db);
      }
      // Those that it must leave alone come first.
      await sql`update lineup.jobs set sleep_until = now() - case name when 'Due' then interval '1 hour'
      else interval '2 hours' end where name <> 'Queued'`.execute(db);
      const store = storeOn(db);
      for (const [n, { id }] of [splits[1]!, parts[0]!, queued].entries()) {
        await store.transaction(async (tx) => {
          const { name, state } = await tx.lockJob(id);
          await tx.saveState(id, { ...state, status: 'runnable', sleepUntil: null });
          const run = { jobId: id, jobName: name, trigger: 'schedule', slot: null, approval: null } as const;
          await tx.queueRun({ ...run, id: `run_of_${n}` }, new Date(Date.now() - 60_000 + n));
        });
      }
      const others = sql`id not in (${due.id}, ${queued.id})`;
      const stored = async () => ({
        jobs: (await sql`select * from lineup.jobs where ${others} order by id`.execute(db)).rows,
        // It may ask LINE how many members of a complete audience are matched.
        runs: (
          await sql`select id, job_id, status, events, last_write_at from lineup.runs
            where job_id not in (${due.id}, ${queued.id}) order by id`.execute(db)
        ).rows,
        audiences: simulator.inspect().audiences.map(({ id, name }) => [name, held(simulator, id)]),
      });
      const before = await stored();
      expect(before.jobs).toHaveLength(10);

      const old = await scene.start(earlierVersion(commitOfRelease(release)));
      for (const { id } of plain) {
        await until(
          async () =>
            (await sql`select from lineup.runs where job_id = ${id} and status = 'succeeded'`.execute(db)).rows,
          (runs) => runs.length === 2,
          WAIT_MS,
        );
      }
      for (const { id } of before.jobs as { id: string }[]) {
        const refused = await old.call('POST', `/jobs/${id}/actions/run_now`);
        expect(refused, id).toMatchObject({ status: 409, body: { code: 'data_newer' } });
      }
      await showsAll(old);
      expect(await stored()).toEqual(before);
      // It knows nothing of the parts that such a job has.
      const deleted = splits.shift()!;
      expect(await old.call('DELETE', `/jobs/${deleted.id}`)).toMatchObject({ status: 204 });
      const partsOf = async () => (await sql`select from lineup.jobs where part_of = ${deleted.id}`.execute(db)).rows;
      expect(await partsOf()).toHaveLength(2);
      expect(await old.stop()).toBe(0);

      // The newer version goes on where it was.
      const back = await scene.start(thisVersion);
      await until(partsOf, (left) => left.length === 0, WAIT_MS);
      for (const { id } of splits) {
        await until(
          async () =>
            (await sql`select from lineup.runs where job_id = ${id} and status = 'succeeded'`.execute(db)).rows,
          (runs) => runs.length === 2,
          WAIT_MS,
        );
      }
      for (const { id } of await filledParts(back)) expect(await jobOf(back, id)).toMatchObject({ error: null });
      expect((await outcomes(scene)).filter(({ status }) => status === 'failed')).toEqual([]);
    },
  );
});

describe('the next version', needsPostgres, () => {
  test.each(RELEASES)(
    'is this one for the release %s, which works before, beside and after it',
    {
      ...needsHistory(RELEASES.map(commitOfRelease)),
      timeout,
    },
    (release) => comeAndGo(earlierVersion(commitOfRelease(release)), thisVersion),
  );

  test(
    'comes and goes with runs in flight: this version works on its tables, before, beside and after it',
    {
      timeout,
    },
    () => comeAndGo(thisVersion, nextVersion(EXPANDS)),
  );

  test('may exclude this one: within ten seconds it takes no more runs, gives away those that it has, and says why', {
    timeout,
  }, async () => {
    const scene = await stage();
    const present = await scene.start(thisVersion);
    const authorization = await install(scene, present);
    scene.hold();
    const first = await createJob(scene, present, authorization, 'One');
    await inFlight(present, first);
    const next = await scene.start(
      nextVersion((number) => `-- oldest: ${number}\nalter table lineup.jobs add column later text;\n`),
    );
    const began = performance.now();
    const ready = async () => {
      const answer = await fetch(`${present.url}/ready`);
      return { status: answer.status, text: await answer.text() };
    };
    const refused = await until(ready, ({ status }) => status === 503, 10_000);
    expect(refused.text).toContain('A newer version of Lineup has updated the tables');
    await until(
      async () => present.log(),
      (log) => log.includes('service.outdated'),
      10_000,
    );
    expect(performance.now() - began).toBeLessThan(10_000);
    const { status, body } = await present.call('GET', '/jobs');
    expect({ status, body }).toMatchObject({ status: 503, body: { code: 'database_newer' } });
    scene.release();
    await isExact(scene, next, first);
    await isExact(scene, next, await createJob(scene, next, authorization, 'Two'));
    expect(await outcomes(scene)).toEqual([{ status: 'succeeded', runs: 2 }]);
    expect(await present.stop()).toBe(0);
    await expect(scene.start(thisVersion)).rejects.toThrow(/too old/);
  });
});
