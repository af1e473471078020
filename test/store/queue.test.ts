/** pg-boss beside our tables: in its own schema, with our transactions. */
import { sql } from 'kysely';
import { fromKysely, fromPglite, PgBoss } from 'pg-boss';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Queue } from '../../src/store/coordination/queue.ts';
import type { Database } from '../../src/store/database/database.ts';
import { databases, useDatabase } from '../support/databases.ts';

const bossOn = ({ connection }: Database): PgBoss =>
  connection.kind === 'pglite'
    ? new PgBoss({ db: fromPglite(connection.pglite), backend: 'pglite', schema: 'lineup_queue' })
    : new PgBoss({ connectionString: connection.url.reveal(), schema: 'lineup_queue' });

describe.each(databases)('pg-boss on $kind', (kind) => {
  const current = useDatabase(kind);

  test('a message is sent with our transaction, or not at all', async () => {
    const { database } = current;
    const boss = bossOn(database);
    const faults: Error[] = [];
    boss.on('error', (error) => faults.push(error));
    await boss.start();
    await boss.createQueue('runs');
    const send = (runId: string, fault?: Error) =>
      database.db.transaction().execute(async (tx) => {
        await boss.send('runs', { runId }, { db: fromKysely(tx) });
        if (fault) throw fault;
      });
    await expect(send('never', new Error('rolled back'))).rejects.toThrow('rolled back');
    await send('r1');
    const jobs = await boss.fetch<{ runId: string }>('runs', { batchSize: 9 });
    expect(jobs.map(({ data }) => data.runId)).toEqual(['r1']);
    expect(await boss.detectSchemaDrift()).toMatchObject({ ok: true });
    await boss.stop({ graceful: false });
    expect(faults).toEqual([]);
  });

  test('the age of the queue is the time for which the oldest run waits that a worker could start', async () => {
    const { database } = current;
    const { db } = database;
    const queue = await Queue.open({ database, onError: () => {} });
    onTestFinished(() => queue.close());
    expect(await queue.oldestSeconds()).toBe(0);
    const add = async (id: string, queuedDaysAgo: number, waitsSeconds: number) => {
      await sql`insert into lineup.runs (id, job_name, trigger, status, queued_at)
        values (${id}, 'VIP', 'schedule', 'queued', now() - make_interval(days => ${queuedDaysAgo}::int))`.execute(db);
      await db.transaction().execute((tx) => queue.enqueue(tx, [{ runId: id }]));
      await sql`update lineup_queue.job set created_on = created_on - make_interval(secs => ${waitsSeconds})
        where singleton_key = ${id}`.execute(db);
    };
    // A run that was continued just now has not waited since it was queued first.
    await add('20261120-000000-aaaaaa', 9, 0);
    expect(await queue.oldestSeconds()).toBeLessThan(30);
    await add('20261201-000000-bbbbbb', 0, 300);
    await add('20261201-000000-cccccc', 0, 600);
    expect(Math.round((await queue.oldestSeconds()) / 60)).toBe(10);
    // A person has paused it, and its message is still there.
    await sql`update lineup.runs set status = 'interrupted' where id = '20261201-000000-cccccc'`.execute(db);
    expect(Math.round((await queue.oldestSeconds()) / 60)).toBe(5);
  });

  test('the loop that takes messages shows that it goes round, waits for a place, or has ended', async () => {
    const queue = await Queue.open({ database: current.database, onError: () => {} });
    onTestFinished(() => queue.close());
    expect(queue.turn()).toBeUndefined();
    const place = Promise.withResolvers<void>();
    const began = Promise.withResolvers<void>();
    await queue.workOnRuns(
      async () => began.resolve(),
      () => place.promise,
    );
    await expect.poll(() => queue.turn()).toMatch(/^\d+ null$/);
    await current.database.db.transaction().execute((tx) => queue.enqueue(tx, [{ runId: '20261201-000000-dddddd' }]));
    await began.promise;
    // It asks for nothing meanwhile, and is well.
    expect(queue.turn()).not.toBe(queue.turn());
    place.resolve();
    await expect.poll(() => queue.turn()).toMatch(/^\d+ null$/);
    await queue.stopWorking();
    await expect.poll(() => queue.turn()).toBeUndefined();
  });
});
