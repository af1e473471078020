/** Statements that PGlite prepares once: with the same results as those that it prepares for each query. */
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { pgliteOptions } from '../../src/store/database/pglite.ts';
import { createPglite } from '../../src/store/database/prepared-pglite.ts';
import { databases } from '../support/databases.ts';

const open: PGlite[] = [];
const opened = (pglite: PGlite): PGlite => {
  open.push(pglite);
  return pglite;
};
/** With the usual limits. */
let db: PGlite;
let dump: Blob;
beforeAll(async () => {
  const { database } = await databases[0]!.empty();
  if (database.connection.kind !== 'pglite') throw new TypeError('the first kind is PGlite');
  db = opened(database.connection.pglite);
  dump = await db.dumpDataDir('none');
});
afterAll(async () => {
  for (const pglite of open) await pglite.close();
});
const options = () => ({ ...pgliteOptions, loadDataDir: dump });

/** What the database itself knows. */
const known = async (pglite: PGlite) => {
  const [{ rows } = { rows: [] }] = await pglite.exec(`
    select statement, (generic_plans + custom_plans)::int as uses from pg_prepared_statements order by statement`);
  return rows as { statement: string; uses: number }[];
};

describe('the database', () => {
  // A changed table makes it forget the statements of the test before.
  beforeEach(() => db.exec('drop table if exists t; create table t (id int primary key, name text)'));
  const query = 'select * from t where id = $1';

  test('prepares a statement once for all users of the connection', async () => {
    // When this fails, a new version of PGlite sends a query in another way, and each is parsed again.
    await db.query(query, [1]);
    await db.transaction((tx) => tx.query(query, [2]));
    await db.query(query, [3]);
    expect(await known(db)).toEqual([{ statement: query, uses: 3 }]);
  });

  test('gives others their turn between the statements of a row', async () => {
    const turns = [0, 0];
    for (const [way, ask] of [() => db.query(query, [1]), () => db.exec('select 1')].entries()) {
      let goesOn = true;
      const turn = () => {
        turns[way]! += 1;
        if (goesOn) setImmediate(turn);
      };
      setImmediate(turn);
      for (let n = 0; n < 10; n++) await ask();
      goesOn = false;
    }
    for (const count of turns) expect(count).toBeGreaterThanOrEqual(10);
  });

  test('forgets all statements when a table changes', async () => {
    await db.exec("insert into t values (1, 'Aiko')");
    expect((await db.query(query, [1])).rows).toEqual([{ id: 1, name: 'Aiko' }]);
    await db.exec('alter table t add column age int default 7');
    expect((await db.query(query, [1])).rows).toEqual([{ id: 1, name: 'Aiko', age: 7 }]);
    await db.query('alter table t alter column id type text');
    expect((await db.query(query, ['1'])).rows).toEqual([{ id: '1', name: 'Aiko', age: 7 }]);
    expect(await known(db)).toEqual([{ statement: query, uses: 1 }]);
  });

  test('keeps nothing from a transaction that changes a table', async () => {
    await db.exec("insert into t values (1, 'Aiko')");
    await db.query(query, [1]);
    const failing = db.transaction(async (tx) => {
      await tx.exec('alter table t add column age int');
      expect((await tx.query(query, [1])).rows).toEqual([{ id: 1, name: 'Aiko', age: null }]);
      throw new Error('a mistake');
    });
    await expect(failing).rejects.toThrow('a mistake');
    expect((await db.query(query, [1])).rows).toEqual([{ id: 1, name: 'Aiko' }]);
    await db.transaction((tx) => tx.query(query, [1]));
    expect(await known(db)).toEqual([{ statement: query, uses: 2 }]);
  });

  test('uses a statement again after a value, a row and a transaction were refused', async () => {
    const insert = 'insert into t values ($1, $2)';
    await db.query(insert, [1, 'Aiko']);
    await expect(db.query(insert, ['one', 'Ben'])).rejects.toMatchObject({ code: '22P02' });
    await expect(db.query(insert, [1, 'Ben'])).rejects.toMatchObject({ code: '23505', query: insert });
    const failing = db.transaction(async (tx) => {
      await tx.query(insert, [2, 'Chie']);
      await expect(tx.query(insert, [1, 'Dai'])).rejects.toMatchObject({ code: '23505' });
      await expect(tx.query(insert, [3, 'Emi'])).rejects.toMatchObject({ code: '25P02' });
      await tx.query(query, [1]);
    });
    await expect(failing).rejects.toMatchObject({ code: '25P02' });
    await db.query(insert, [2, 'Fumi']);
    expect((await db.query('select * from t order by id')).rows).toEqual([
      { id: 1, name: 'Aiko' },
      { id: 2, name: 'Fumi' },
    ]);
  });

  test('prepares no statement that is wrong', async () => {
    await expect(db.query('select nothing from t')).rejects.toMatchObject({ code: '42703' });
    await db.exec('alter table t add column nothing int');
    expect((await db.query('select nothing from t')).rows).toEqual([]);
  });

  test('answers each of many queries at once with its own rows', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        const text = `select $1::int as n, ${n % 20} as kind`;
        if (n % 3 > 0) return (await db.query(text, [n])).rows[0];
        return db.transaction(async (tx) => (await tx.query(text, [n])).rows[0]);
      }),
    );
    expect(answers).toEqual(Array.from({ length: 200 }, (_, n) => ({ n, kind: n % 20 })));
  });

  test('is as it was after its statements were dropped', async () => {
    await db.query(query, [1]);
    await db.exec('deallocate all');
    expect((await db.query(query, [1])).rows).toEqual([]);
  });
});

describe('with limits', () => {
  let limited: PGlite;
  beforeAll(async () => {
    limited = opened(await createPglite(options(), { statements: 2, executions: 10 }));
  });
  // It forgets all statements, and begins to count.
  beforeEach(() => limited.exec('drop table if exists t; create table t ()'));

  test('the least recently used statement gives way', async () => {
    for (const n of [1, 2, 1, 3, 1, 4]) await limited.query(`select ${n}`);
    // It forgets the third only before it prepares the next.
    expect(await known(limited)).toEqual([
      { statement: 'select 1', uses: 3 },
      { statement: 'select 3', uses: 1 },
      { statement: 'select 4', uses: 1 },
    ]);
  });

  test('a statement is planned again after many executions, because tables grow', async () => {
    for (let n = 0; n < 12; n++) await limited.query('select 1');
    expect(await known(limited)).toEqual([{ statement: 'select 1', uses: 2 }]);
  });
});

test('results and errors are those of a plain PGlite, also after the plan no longer depends on the values', async () => {
  const both = [opened(await PGlite.create(options())), db] as const;
  const date = new Date('2026-03-01T00:00:00Z');
  const queries: readonly (readonly [string, unknown[]?])[] = [
    ['insert into v values ($1, $2, $3, $4, $5)', [1, 'あ', date, { a: [1] }, ['x', 'y']]],
    ['insert into v values ($1, $2, $3, $4, $5)', [null, null, null, null, null]],
    ['select * from v where (n = $1 or n is null) and ($2::text is null or t = $2)', [1, null]],
    ['  WITH a AS (SELECT * FROM v) SELECT count(*), max(at) FROM a WHERE at <= $1', [date]],
    ['update v set n = n + $1 where t = any($2) returning n, j', [2, ['あ']]],
    ['select n / $1 as quotient from v', [0]],
    ['select * from missing where n = $1', [1]],
    ['select', []],
    ['delete from v where n is null', []],
    ['/* a comment */ select t from v limit 1', []],
    ['values (1), (2)', []],
  ];
  const ways = await Promise.all(
    both.map(async (db) => {
      const outcomes: unknown[] = [];
      await db.exec('create table v (n bigint, t text, at timestamptz, j jsonb, l text[])');
      for (let round = 0; round < 8; round++) {
        for (const [text, values] of queries) {
          outcomes.push(
            await db.query(text, values).catch(({ code, message, position }) => ({ code, message, position })),
          );
        }
      }
      return outcomes;
    }),
  );
  expect(ways[1]).toEqual(ways[0]);
  expect((await known(both[1])).length).toBeGreaterThan(6);
});
