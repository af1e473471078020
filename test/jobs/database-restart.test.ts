/** The database goes away inside a run, at the wrong moment: the run waits and continues. */
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { migrate } from '../../src/store/database/migrate.ts';
import { openDatabase } from '../../src/store/database/open-database.ts';
import { held, members } from '../support/cli.ts';
import { mainDatabase, type TestDatabases } from '../support/databases.ts';
import { needsPostgres } from '../support/postgres.ts';
import { needsPrograms, startServer } from '../support/servers.ts';
import { type ServiceBench, serviceBench, until } from '../support/service-bench.ts';

const HOUR = 3_600_000;

/** A job whose upload LINE works on for an hour. */
async function waitingJob(bench: ServiceBench) {
  const { csv, hashes } = members(9, 'restart-');
  const { id, last_run } = await bench.createJob({ segment_id: bench.write('members.csv', csv) });
  const runId = last_run!.id;
  await until(
    () => bench.service.runs.get(runId),
    ({ progress }) => progress?.stage === 'wait',
  );
  return { id, runId, hashes };
}

describe('a run whose database goes away', needsPostgres, () => {
  test('between two statements waits for it, and continues: no internal error ends its job', async () => {
    const bench = await serviceBench({ simulator: { jobMs: HOUR } });
    const { id, runId, hashes } = await waitingJob(bench);
    const { db } = bench.database.database;
    // The run asks for its next request, and its connection ends there. When it tells of that, the database is back.
    // What it writes after a request may be lost, so the first connection may not be the one.
    const cut = () =>
      db.transaction().execute(async (tx) => {
        await sql`lock table lineup.request_places in access exclusive mode`.execute(tx);
        await until(
          async () => {
            // A transaction sees the activity as it was when it looked first.
            await sql`select pg_stat_clear_snapshot()`.execute(tx);
            const { rows } = await sql<{ pid: number }>`
              select pid, pg_terminate_backend(pid, 10000) from pg_stat_activity
              where datname = current_database() and wait_event_type = 'Lock'
                and query like '%request_places%'`.execute(tx);
            return rows.length > 0 || (await bench.service.jobs.get(id)).status !== 'runnable';
          },
          (isDone) => isDone,
        );
      });
    const waiting = await until(
      async () => {
        if ((await bench.service.jobs.get(id)).status === 'runnable') await cut();
        return bench.service.jobs.get(id);
      },
      ({ status }) => status !== 'runnable',
    );
    expect(waiting).toMatchObject({
      condition: 'retrying',
      error: { code: 'database_unreachable' },
      last_run: { id: runId, status: 'failed', error: { retryable: true, resumable: true } },
    });
    bench.clock.advance(90_000);
    bench.simulator.advance(HOUR);
    const done = await bench.waitForJob(id, ({ error }) => error === null);
    const ended = await bench.waitForJob(id, ({ status }) => status !== 'runnable');
    expect(ended).toMatchObject({ error: null, last_run: { id: runId, status: 'succeeded' } });
    expect(held(bench.simulator, done.audience_id!)).toEqual(hashes);
    expect(bench.simulator.inspect().jobs).toHaveLength(1);
  });
});

describe('a run whose server restarts', { ...needsPrograms, timeout: 180_000 }, () => {
  test('again and again, without a warning, sends everything once', async () => {
    const server = await startServer();
    const open = () => openDatabase({ url: server.url, dataDirectory: '' });
    const database: TestDatabases = {
      ...mainDatabase,
      migrated: async () => {
        const opened = [await open()];
        await migrate(opened[0]!);
        const another = async () => {
          opened.push(await open());
          return opened.at(-1)!;
        };
        const drop = async () => {
          for (const database of opened) await database.close();
          await server.close();
        };
        return { database: opened[0]!, another, drop };
      },
    };
    const bench = await serviceBench({ database, simulator: { jobMs: HOUR } });
    const { id, hashes } = await waitingJob(bench);
    for (let round = 0; round < 3; round += 1) {
      await server.restart();
      // Whatever the run has noticed of it, the job goes on by itself.
      const { condition } = await bench.service.jobs.get(id);
      expect(['running', 'retrying']).toContain(condition);
    }
    bench.simulator.advance(HOUR);
    const done = await until(
      async () => {
        const job = await bench.service.jobs.get(id);
        if (job.condition === 'retrying') bench.clock.advance(60_000);
        return job;
      },
      ({ last_run }) => last_run?.status === 'succeeded',
      120_000,
    );
    expect(held(bench.simulator, done.audience_id!)).toEqual(hashes);
    expect(bench.simulator.inspect().jobs).toHaveLength(1);
    expect(bench.simulator.inspect().violations).toEqual([]);
  });
});
