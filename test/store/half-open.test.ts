/** The service's own database in a half-open network: no byte arrives, and no connection is closed. */
import { sql } from 'kysely';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/machine/system-clock.ts';
import { Queue } from '../../src/store/coordination/queue.ts';
import type { Database } from '../../src/store/database/database.ts';
import { migrate } from '../../src/store/database/migrate.ts';
import { openDatabase } from '../../src/store/database/open-database.ts';
import { connectionsAreStuck } from '../../src/store/database/stuck-connections.ts';
import type { Cable } from '../support/cable.ts';
import type { TestDatabase } from '../support/databases.ts';
import { databasesThroughCable, silenceMs } from '../support/half-open.ts';
import { needsPostgres } from '../support/postgres.ts';

describe('a half-open connection to PostgreSQL', { ...needsPostgres, timeout: 60_000 }, () => {
  const drops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const drop of drops.splice(0)) await drop();
  });

  async function open(): Promise<{ cable: Cable; database: Database; direct: TestDatabase['database'] }> {
    const { promise, resolve } = Promise.withResolvers<Cable>();
    const opened = await databasesThroughCable(resolve).migrated();
    drops.push(opened.drop);
    return { cable: await promise, database: await opened.another(), direct: opened.database };
  }

  const ask = (database: Database) => sql`select 1`.execute(database.db);
  const poolOf = ({ connection }: Database) => {
    if (connection.kind !== 'postgres') throw new Error('not a server');
    return connection.pool;
  };
  const away = { code: 'ETIMEDOUT', message: expect.stringContaining('sent nothing for 1.5 seconds') };

  test.each(['requests', 'answers', 'both'] as const)(
    'that swallows %s ends each statement in time, and is replaced',
    async (swallowed) => {
      const { cable, database } = await open();
      const lost: Promise<unknown>[] = [];
      await Promise.all([ask(database), ask(database), ask(database)]);
      cable.swallow(swallowed);
      // More than the pool has, so some use open connections and some new ones.
      for (let n = 0; n < 10; n++) lost.push(ask(database));
      const began = performance.now();
      for (const result of await Promise.allSettled(lost)) {
        expect(result).toMatchObject({ status: 'rejected', reason: away });
      }
      expect(performance.now() - began).toBeGreaterThan(silenceMs - 100);
      cable.heal();
      await Promise.all(Array.from({ length: 10 }, () => ask(database)));
    },
  );

  test('ends a transaction, and no later work gets its connection', async () => {
    const { cable, database } = await open();
    const cut = database.db.transaction().execute(async (tx) => {
      await sql`select 1`.execute(tx);
      cable.swallow();
      await sql`select 2`.execute(tx);
    });
    // The error of the rollback.
    await expect(cut).rejects.toThrow(/connection error/);
    expect(poolOf(database).totalCount).toBe(0);
    cable.heal();
    await ask(database);
  });

  test('does not hold its locks at the server', async () => {
    const { cable, database, direct } = await open();
    const held = Promise.withResolvers<void>();
    const work = database.db.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(20)`.execute(tx);
      cable.swallow();
      held.resolve();
      await sql`select 1`.execute(tx);
    });
    work.catch(() => {});
    await held.promise;
    // It waits for the lock, and gets it when the server has ended the session of the lost client.
    await direct.db.transaction().execute((tx) => sql`select pg_advisory_xact_lock(20)`.execute(tx));
    await expect(work).rejects.toThrow(/connection error/);
  });

  test('closes the pool', async () => {
    const { cable, database } = await open();
    await ask(database);
    cable.swallow();
    await database.close();
    drops.length = 0;
  });

  test('refuses a start with a sentence', async () => {
    const { cable } = await open();
    cable.swallow();
    await expect(openDatabase({ url: cable.url, dataDirectory: '', silenceMs })).rejects.toMatchObject({
      code: 'database_unreachable',
      retryable: true,
      message: expect.stringMatching(/cannot be reached: it did not answer in time\. Check/),
    });
  });

  test('is no fault of this process, but a pool whose connections are all lost is', async () => {
    const { cable, database } = await open();
    const clock = systemClock;
    expect(await connectionsAreStuck(database, clock)).toBe(false);
    cable.swallow();
    expect(await connectionsAreStuck(database, clock, silenceMs)).toBe(false);
    cable.heal();
    const pool = poolOf(database);
    const leaked = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()));
    expect(await connectionsAreStuck(database, clock, silenceMs)).toBe(true);
    for (const client of leaked) client.release();
    expect(await connectionsAreStuck(database, clock)).toBe(false);
  });

  test('is explained when it happens during a start', async () => {
    const { cable, database } = await open();
    cable.swallow();
    const failure = await ask(database).catch(database.explain);
    expect(failure).toMatchObject({ code: 'database_unreachable', retryable: true });
  });

  test('lets the migration of a slow server go on', async () => {
    const { database } = await open();
    const slow = { number: 1, name: 'slow', sql: `select pg_sleep(${(2 * silenceMs) / 1_000})` };
    await sql`drop schema lineup cascade`.execute(database.db);
    expect(await migrate(database, [slow])).toEqual(['slow']);
  });

  test('is noticed by the queue: LISTEN is established again', async () => {
    const { cable, database, direct } = await open();
    const errors: unknown[] = [];
    const queue = await Queue.open({ database, onError: (error) => errors.push(error) });
    onTestFinished(() => queue.close());
    await queue.workOnRuns(
      async () => {},
      async () => {},
    );
    const listeners = async () => {
      const { rows } = await sql<{ pid: number }>`
        select pid from pg_stat_activity
        where datname = current_database() and (query like 'LISTEN%' or query like '%pg_listening_channels()%')
          and pid <> pg_backend_pid()`.execute(direct.db);
      return rows.map(({ pid }) => pid);
    };
    await expect.poll(listeners, { timeout: 10_000 }).toHaveLength(1);
    const [before] = await listeners();
    const turn = queue.turn();
    cable.swallow();
    await expect.poll(() => errors.length, { timeout: 10_000 }).toBeGreaterThan(0);
    // Its loop goes round all the same: a restart would not help.
    await expect.poll(() => queue.turn(), { timeout: 20_000 }).not.toBe(turn);
    await expect(queue.depth()).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    cable.heal();
    await expect
      .poll(async () => (await listeners()).filter((pid) => pid !== before), { timeout: 20_000 })
      .toHaveLength(1);
    await queue.depth();
  });
});
