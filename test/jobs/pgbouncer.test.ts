/** The service behind PgBouncer. It must not rely on anything that a pooler drops between two transactions. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate } from '../../src/store/database/migrate.ts';
import { openDatabase } from '../../src/store/database/open-database.ts';
import { held, members } from '../support/cli.ts';
import { serverVia } from '../support/databases.ts';
import { type Pooler, pgbouncer, startPgBouncer } from '../support/pgbouncer.ts';
import { serverUrl } from '../support/postgres.ts';
import { aiko } from '../support/service.ts';
import { serviceBench, until } from '../support/service-bench.ts';
import { needs } from '../support/skip.ts';
import { startWorker } from '../support/workers.ts';

const there = serverUrl !== undefined && pgbouncer !== undefined;
const needsPooler = needs(there, 'PgBouncer is not installed');
const atRest = ({ status }: { status: string }) => status !== 'runnable';

/** A pooler for the enclosing `describe`, and databases that are reached through it. */
function usePooler(mode: 'transaction' | 'session') {
  let pooler: Pooler;
  beforeAll(async () => {
    pooler = await startPgBouncer(mode);
  });
  afterAll(() => pooler.close());
  return serverVia((name) => pooler.url(name));
}

describe.each(['transaction', 'session'] as const)('PgBouncer in %s mode', needsPooler, (mode) => {
  const kind = usePooler(mode);

  test('is recognised, and later starts find the tables complete', async () => {
    const { database, another, drop } = await kind.empty();
    expect(database.connection).toMatchObject({ shared: mode === 'transaction' });
    const others = [await another(), await another()];
    const applied = await Promise.all([database, ...others].map((each) => migrate(each)));
    expect(applied.flat().length).toBeGreaterThan(5);
    expect(await migrate(database)).toEqual([]);
    for (let start = 0; start < 3; start++) expect(await migrate(await another())).toEqual([]);
    await drop();
  });
});

describe('PgBouncer in session mode', needsPooler, () => {
  const kind = usePooler('session');

  test('runs a job', async () => {
    const bench = await serviceBench({ database: kind });
    const { csv, hashes } = members(25);
    const { id } = await bench.createJob({ segment_id: bench.write('vip.csv', csv) });
    const job = await bench.waitForJob(id, atRest);
    expect(job).toMatchObject({ error: null, last_run: { status: 'succeeded' } });
    expect(held(bench.simulator, job.audience_id!)).toEqual(hashes);
    expect(bench.errors).toEqual([]);
  });
});

describe('PgBouncer in transaction mode', needsPooler, () => {
  const kind = usePooler('transaction');

  test('two workers share the jobs, one is killed, and the service starts again', {
    timeout: 180_000,
  }, async () => {
    const simulator = { jobMs: 3_600_000 };
    const pace = { chunkRecords: 10 };
    const bench = await serviceBench({ database: kind, role: 'api', simulator, pace });
    const worker = await startWorker(bench, pace);
    const jobs: { id: string; hashes: string[] }[] = [];
    const create = async (n: number) => {
      const { csv, hashes } = members(25, `p${n}-`);
      const segment_id = bench.write(`p${n}.csv`, csv);
      const { id } = await bench.createJob({ segment_id, audience_name: `Audience ${n}` }, `Job ${n}`);
      jobs.push({ id, hashes });
    };
    const uploads = (count: number) =>
      until(
        async () => bench.simulator.inspect().jobs.length,
        (taken) => taken === count,
      );
    await create(1);
    await create(2);
    await uploads(2);
    // The second worker.
    await bench.restart({ role: 'all' });
    await create(3);
    await uploads(3);
    const leases = bench.database.database.db.selectFrom('leases').select('holder');
    const runs = await leases.where('name', 'like', 'run:%').execute();
    expect(runs.map(({ holder }) => Number(holder.split(' ')[1]))).toContain(worker.pid);
    worker.child.kill('SIGKILL');
    await worker.ended;
    bench.simulator.configure({ jobMs: 60 });
    bench.simulator.advance(3_600_000);
    for (const { id, hashes } of jobs) {
      const job = await bench.waitForJob(id, atRest, 120_000);
      expect(job).toMatchObject({ error: null, last_run: { status: 'succeeded' } });
      expect(held(bench.simulator, job.audience_id!)).toEqual(hashes);
    }
    await bench.service.jobs.act(jobs[0]!.id, 'run_now', aiko);
    const before = jobs[0]!.id;
    await bench.waitForJob(before, (job) => atRest(job) && job.last_run?.trigger === 'manual', 60_000);
    expect(await bench.service.status.ready()).toMatchObject([{ ok: true }, { ok: true }, { ok: true }]);
    expect(bench.errors).toEqual([]);
    expect(bench.simulator.inspect().violations).toEqual([]);
  });
});

describe('PgBouncer', needsPooler, () => {
  test('in statement mode is refused, and the message names the modes that work', async () => {
    const pooler = await startPgBouncer('statement');
    try {
      await expect(openDatabase({ url: pooler.url('postgres'), dataDirectory: '' })).rejects.toMatchObject({
        code: 'database_refused',
        message: expect.stringMatching(/statement mode.*transaction mode or session mode/),
      });
    } finally {
      await pooler.close();
    }
  });

  test('in transaction mode with a single connection to the server is enough to start', async () => {
    const pooler = await startPgBouncer('transaction', { default_pool_size: 1 });
    try {
      const { database, drop } = await serverVia((name) => pooler.url(name)).empty();
      expect(database.connection).toMatchObject({ shared: true });
      expect((await migrate(database)).length).toBeGreaterThan(5);
      await drop();
    } finally {
      await pooler.close();
    }
  });

  test.each([
    [
      'a free connection',
      'postgres',
      { max_client_conn: 1 },
      'database_unreachable',
      /no connection left.*max_client_conn/,
    ],
    ['the database', 'nowhere', {}, 'database_refused', /no database with this name/],
  ])('without %s gives a clear error', async (_, name, settings, code, message) => {
    const pooler = await startPgBouncer('transaction', settings);
    try {
      const url = pooler.url(name);
      await expect(openDatabase({ url, dataDirectory: '' })).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
    } finally {
      await pooler.close();
    }
  });
});

test('CI has a PgBouncer to test with', needs(process.env.CI, 'only CI must have PgBouncer'), () => {
  expect(there).toBe(true);
});
