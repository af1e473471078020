/** pg-boss beside our tables: in its own schema, with our transactions. */
import { fromKysely, fromPglite, PgBoss } from 'pg-boss';
import { describe, expect, test } from 'vitest';
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
});
