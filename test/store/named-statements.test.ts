/** Statements with names, on a PostgreSQL server and behind PgBouncer. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database, Db } from '../../src/store/database/database.ts';
import { serverVia, type TestDatabase, urlOf } from '../support/databases.ts';
import { pgbouncer, startPgBouncer } from '../support/pgbouncer.ts';
import { serverUrl } from '../support/postgres.ts';
import { needs } from '../support/skip.ts';

const needsServer = needs(serverUrl !== undefined, 'PostgreSQL is not installed');
const needsPooler = needs(serverUrl !== undefined && pgbouncer !== undefined, 'PgBouncer is not installed');

const add = async (db: Db, value: number): Promise<number> => {
  const { rows } = await sql<{ sum: number }>`select ${value}::int * 1 + 1 as sum`.execute(db);
  return rows[0]!.sum;
};
const addOften = async (db: Db): Promise<void> => {
  for (let value = 0; value < 6; value++) expect(await add(db, value)).toBe(value + 1);
};
/** The statements that the session of `db` knows. */
const named = async (db: Db): Promise<string[]> => {
  const { rows } = await sql<{ statement: string }>`select statement from pg_prepared_statements`.execute(db);
  return rows.map(({ statement }) => statement);
};
/** On one connection. */
const inSession = <T>({ db }: Database, work: (session: Db) => Promise<T>): Promise<T> => db.connection().execute(work);

describe('a statement on a server', needsServer, () => {
  let current: TestDatabase;
  beforeAll(async () => {
    current = await serverVia(urlOf).migrated();
  });
  afterAll(() => current.drop());

  test('is planned once when it is executed often', async () => {
    await inSession(current.database, async (session) => {
      await add(session, 1);
      expect(await named(session)).toEqual([]);
      await addOften(session);
      expect(await named(session)).toEqual(['select $1::int * 1 + 1 as sum']);
    });
  });

  test('with all columns keeps no plan, because a newer version may add a column', async () => {
    await inSession(current.database, async (session) => {
      const readAll = async () => {
        await session.selectFrom('settings').selectAll().where('key', '=', 'x').execute();
        await session.selectFrom('settings').selectAll('settings').where('key', '=', 'x').execute();
        await session.deleteFrom('settings').where('key', '=', 'x').returningAll().execute();
      };
      for (let n = 0; n < 6; n++) await readAll();
      await sql`alter table lineup.settings add column another text`.execute((await current.another()).db);
      await readAll();
    });
  });

  test('that the server does not know any more fails once, and then there are no names', async () => {
    await inSession(await current.another(), async (session) => {
      await addOften(session);
      await sql`deallocate all`.execute(session);
      await expect(add(session, 1)).rejects.toMatchObject({ code: '26000' });
      await addOften(session);
      expect(await named(session)).toEqual([]);
    });
  });
});

describe('a statement behind PgBouncer in transaction mode', needsPooler, () => {
  test('has no name', async () => {
    const pooler = await startPgBouncer('transaction', { default_pool_size: 1 });
    const { database, drop } = await serverVia((name) => pooler.url(name)).empty();
    await inSession(database, async (session) => {
      await addOften(session);
      expect(await named(session)).toEqual([]);
    });
    await drop();
    await pooler.close();
  });
});
