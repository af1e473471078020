/** From the embedded database to a server: every row unchanged, or nothing at all. */
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Database } from '../../src/store/database/database.ts';
import { type Migration, migrate, readMigrations } from '../../src/store/database/migrate.ts';
import { openDatabase } from '../../src/store/database/open-database.ts';
import { type MoveOptions, moveDatabase } from '../../src/store/move/move.ts';
import {
  type Column,
  contentOf,
  inOrder,
  inSchema,
  quoted,
  rowsOf,
  setTextFormats,
  tablesOf,
} from '../../src/store/move/tables.ts';
import { databases, type TestDatabase, type TestDatabases, urlOf } from '../support/databases.ts';
import { needsPostgres } from '../support/postgres.ts';

const [onPglite, onPostgres] = databases;

/** Types that no table has today and a later version may add. */
const others: Migration = {
  number: 17,
  name: '0017-others',
  sql: `create table lineup.others (
    id bigint generated always as identity primary key, bytes bytea, texts text[], times timestamptz[], exact numeric,
    "float" double precision, small real, span interval, day date, "Mixed ""Case""" varchar(40), sum bigint generated always as (7 + 8) stored
  )`,
};

const TEXT = 'パスワード 🙂 "quoted" \\N {a,b} \t\r\n\u{1} end';
const byType: Record<string, (n: number) => string | number | boolean> = {
  text: () => TEXT,
  'character varying(40)': (n) => `${n} ${TEXT}`,
  integer: (n) => n,
  bigint: (n) => `900719925474099${n % 10}`,
  boolean: (n) => n % 2 === 0,
  jsonb: () => `{"b": [1.50, null, ${JSON.stringify(TEXT.replace('\u{1}', ''))}], "a": 12345678901234567890.123456789}`,
  'timestamp with time zone': (n) => (n === 2 ? '-infinity' : '2026-03-02 03:04:05.123456+09'),
  bytea: () => '\\x00ff10',
  'text[]': () => '{"a,b",NULL,"\\"","{}"}',
  'timestamp with time zone[]': () => '{"2026-03-02 03:04:05.1+00",infinity}',
  numeric: () => '12345678901234567890.10',
  'double precision': () => '0.30000000000000004',
  real: () => '0.1',
  interval: () => '1 year 2 months -3 days 04:05:06.789',
  date: () => '2026-02-28',
};

/** Values for columns that accept only some values, or refer to another table. */
const special: Record<string, (n: number) => string | number | null> = {
  'secret_keys.key_id': (n) => `secret_keys-${n}`,
  key_id: () => 'secret_keys-1',
  authorization_id: () => 'authorizations-1',
  source_authorization_id: () => 'authorizations-1',
  job_id: () => 'jobs-1',
  'latest_runs.job_id': (n) => `jobs-${n}`,
  'trigger_looks.job_id': (n) => `jobs-${n}`,
  'webhook_secrets.job_id': (n) => `jobs-${n}`,
  'authorization_tokens.authorization_id': (n) => `authorizations-${n}`,
  'staging_keys.run_id': (n) => `runs-${n}`,
  user_id: (n) => `users-${n}`,
  run_id: () => 'runs-1',
  channel_id: () => 'notification_channels-1',
  'api_tokens.role': () => 'editor',
  health: () => 'healthy',
  'jobs.status': () => 'sleeping',
  sleep_until: () => '2026-03-02 03:04:05.000001+00',
  error_count: () => 3,
  errors_since: () => '2026-03-02 03:04:05.999999+00',
  condition: () => 'scheduled',
  trigger: () => 'manual',
  'runs.status': () => 'succeeded',
  stop_requested: () => 'end',
  mode: () => 'replace',
  at_line: () => 'part',
  kind: () => 'webhook',
  language: () => 'ja',
  'notifications.status': () => 'sent',
  policy: () => 'keep',
  applies_to: () => 'chosen_jobs',
  list_id: (n) => `suppression_lists-${n}`,
  'uploads.deleted_at': () => null,
  'uploads.file_key': () => 'v1.sealed',
  'matching_observations.at': (n) => new Date(n * 1_000).toISOString(),
  seq: (n) => n,
  place: (n) => n,
};

/** More than a batch. */
const EVENTS = 503;

/** Two rows in every table, the second with null where it is allowed. One table has more rows than a batch. */
async function fill({ db }: Database): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const nullable = new Set(
      (
        await rowsOf<{ name: string }>(
          tx,
          `select table_name || '.' || column_name as name from information_schema.columns
           where table_schema = 'lineup' and is_nullable = 'YES'`,
        )
      ).map(({ name }) => name),
    );
    for (const { name, columns } of await tablesOf(tx)) {
      for (let n = 1; n <= 2; n += 1) {
        const valueIn = (column: Column) => {
          const own = special[`${name}.${column.name}`] ?? special[column.name];
          if (own) return own(n);
          if (n === 2 && nullable.has(`${name}.${column.name}`)) return null;
          if (column.identity) return n * 10;
          const value = byType[column.type]?.(n);
          if (value === undefined) throw new Error(`no value for ${column.type} (${name}.${column.name})`);
          // Columns with a unique constraint get different values.
          if (column.type !== 'text') return value;
          return column.name === 'id' ? `${name}-${n}` : `${n} ${value}`;
        };
        await rowsOf(
          tx,
          `insert into ${inSchema(name)} (${columns.map((column) => quoted(column.name)).join(', ')})
           overriding system value values (${columns.map(({ type }, at) => `$${at + 1}::text::${type}`).join(', ')})`,
          columns.map((column) => {
            const value = valueIn(column);
            return value === null ? null : String(value);
          }),
        );
      }
    }
    await rowsOf(
      tx,
      `insert into lineup.run_events select run_id, at, event from lineup.run_events, generate_series(3, ${EVENTS}) as at where seq = 1`,
    );
    await rowsOf(tx, 'alter table lineup.audit_log alter column id restart with 4711');
  });
}

async function contents({ db }: Database): Promise<Record<string, { rows: number; checksum: string }>> {
  return db.transaction().execute(async (tx) => {
    await setTextFormats(tx);
    const all: Record<string, { rows: number; checksum: string }> = {};
    for (const table of await tablesOf(tx)) all[table.name] = await contentOf(tx, table);
    return all;
  });
}

const hasTables = async ({ db }: Database): Promise<boolean> =>
  (await sql<{ there: boolean }>`select to_regnamespace('lineup') is not null as there`.execute(db)).rows[0]!.there;

async function open(kind: TestDatabases, content: 'empty' | 'migrated'): Promise<Database> {
  const { database, drop } = await kind[content]();
  onTestFinished(drop);
  return database;
}

test('tables come after the tables that they refer to', () => {
  const references = [
    { from: 'a', to: 'b' },
    { from: 'b', to: 'c' },
  ];
  expect(inOrder(['a', 'b', 'c'], references)).toEqual(['c', 'b', 'a']);
  expect(() => inOrder(['a', 'b'], [...references, { from: 'b', to: 'a' }])).toThrow('circle');
});

describe('moving a database', needsPostgres, () => {
  /** Those of this version, and one of a later version. */
  let today: Migration[];
  let all: Migration[];
  let source: Database;
  let target: Database;
  let full: TestDatabase;
  let before: Awaited<ReturnType<typeof contents>>;
  beforeAll(async () => {
    today = await readMigrations();
    all = [...today, { ...others, number: today.length + 1 }];
    full = await onPglite!.migrated();
    await migrate(full.database, all);
    await fill(full.database);
    before = await contents(full.database);
  });
  afterAll(() => full?.drop());
  // A move does not change its source, so the tests share it.
  beforeEach(async () => {
    source = full.database;
    target = await open(onPostgres!, 'empty');
  });

  const move = (change: Partial<MoveOptions> = {}) =>
    moveDatabase({
      source,
      target,
      migrations: all,
      signal: new AbortController().signal,
      onProgress: () => {},
      onOutcome: () => {},
      examine: async () => {},
      complete: async () => {},
      dryRun: false,
      ...change,
    });

  test('copies every row of every table unchanged, with types of every kind, and does not change the old database', async () => {
    const reported: number[] = [];
    const moved = await move({ onProgress: ({ rows, of: total }) => reported.push(rows / total) });

    expect(moved.length).toBeGreaterThan(20);
    expect(moved.filter(({ rows }) => rows < 2)).toEqual([]);
    expect(Object.fromEntries(moved.map(({ table, ...content }) => [table, content]))).toEqual(before);
    expect(await contents(target)).toEqual(before);
    expect(await contents(source)).toEqual(before);
    expect([reported.length > moved.length, reported.at(-1)]).toEqual([true, 1]);

    // Compares the values, not only the sums, as each database writes them.
    const ask = sql<{ row: object }>`
      select to_jsonb(o) || jsonb_build_object('micro', (select sleep_until::text from lineup.jobs limit 1)) as row
      from lineup.others o order by id`;
    const rows = (await ask.execute(target.db)).rows;
    expect(rows[0]?.row).toMatchObject({ texts: ['a,b', null, '"', '{}'], bytes: '\\x00ff10', sum: 15 });
    expect(JSON.stringify(rows[0])).toContain('05.000001');
    // And sequences continue where they were.
    const { rows: added } = await sql<{ id: number }>`
      insert into lineup.audit_log (at, actor_id, actor, action, subject_type, subject_id)
      values (now(), 'a', 'a', 'a', 'a', 'a') returning id`.execute(target.db);
    expect(added).toEqual([{ id: 4711 }]);
    expect(await migrate(target, all)).toEqual([]);
  });

  test('that is interrupted (at rows, when comparing, at the end) leaves nothing behind, and can be done again', async () => {
    for (const when of ['rows', 'compare', 'complete']) {
      const interrupt = new AbortController();
      const broken = new Error('interrupted');
      await expect(
        move({
          signal: interrupt.signal,
          onProgress: ({ rows, of: total }) => {
            if (when === 'rows' ? rows > 400 : when === 'compare' && rows === total) interrupt.abort(broken);
          },
          complete: async () => {
            if (when === 'complete') throw broken;
          },
        }),
      ).rejects.toBe(broken);
      expect(await hasTables(target)).toBe(false);
    }
    expect(await contents(source)).toEqual(before);
    expect((await move()).length).toBeGreaterThan(20);
    // Tables with a row are refused.
    const moved = await contents(target);
    await expect(move()).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('already holds rows of Lineup'),
    });
    expect(await contents(target)).toEqual(moved);
  });

  test('that the server refuses at the very end leaves nothing behind', async () => {
    const ready = await open(onPostgres!, 'migrated');
    await sql
      .raw(
        `create function public.refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
         create constraint trigger refuse after insert on lineup.users deferrable initially deferred
           for each row execute function public.refuse()`,
      )
      .execute(ready.db);
    const outcomes: string[] = [];
    await expect(move({ target: ready, onOutcome: (now) => outcomes.push(now) })).rejects.toMatchObject({
      code: 'P0001',
    });
    expect(outcomes).toEqual(['unknown', 'nothing']);
    expect(Object.values(await contents(ready)).filter(({ rows }) => rows > 0)).toEqual([]);
  });

  test('with a lost commit answer does not say that nothing was moved', async () => {
    const outcomes: string[] = [];
    const end = move({
      onOutcome: (now) => outcomes.push(now),
      complete: async (_, to) => {
        const [{ pid } = { pid: 0 }] = await rowsOf<{ pid: number }>(to, 'select pg_backend_pid() as pid');
        await sql`select pg_terminate_backend(${pid}, 10000)`.execute(target.db);
      },
    });
    await expect(end).rejects.toThrow('unknown whether the move is complete');
    expect(outcomes).toEqual(['unknown']);
  });

  test('as a rehearsal does everything and rolls it back', async () => {
    expect((await move({ dryRun: true })).find(({ table }) => table === 'run_events')?.rows).toBe(EVENTS);
    expect(await hasTables(target)).toBe(false);
  });

  test('detects a value or a row that is lost, and leaves nothing behind; accepts empty tables in the target', async () => {
    const ready = await open(onPostgres!, 'migrated');
    for (const does of ["new.name := 'another'; return new", 'return null']) {
      await sql
        .raw(
          `create or replace function public.spoil() returns trigger language plpgsql as $$ begin ${does}; end $$;
           create or replace trigger spoil before insert on lineup.api_tokens for each row execute function public.spoil()`,
        )
        .execute(ready.db);
      await expect(move({ target: ready })).rejects.toMatchObject({
        code: 'storage_failed',
        message: expect.stringContaining('api_tokens is not the same'),
      });
      expect(Object.values(await contents(ready)).filter(({ rows }) => rows > 0)).toEqual([]);
    }
    await sql`drop function public.spoil cascade`.execute(ready.db);
    await move({ target: ready });
    expect(await contents(ready)).toEqual(before);
  });

  test('of an older version migrates it on the way; of none, or one newer or older than the target, is refused', async () => {
    // One database, of one version after another.
    const source = await open(onPglite!, 'empty');
    await expect(move({ source: source })).rejects.toThrow('holds no tables of Lineup');
    await migrate(source, today.slice(0, 5));
    const ready = await open(onPostgres!, 'migrated');
    await expect(move({ source: source, target: ready })).rejects.toThrow(/older than those of the target/);
    await migrate(source, today.slice(0, -1));
    await sql`insert into lineup.users (id, name, email, email_verified) values ('u', 'Aiko', 'a@example.com', true)`.execute(
      source.db,
    );
    await move({ source: source, migrations: today });
    expect(await migrate(target)).toEqual([]);
    expect(await target.db.selectFrom('users').select('name').execute()).toEqual([{ name: 'Aiko' }]);
    // The old database still has its version.
    expect(await migrate(source)).toEqual([today.at(-1)!.name]);

    await migrate(source, all);
    const empty = await open(onPostgres!, 'empty');
    await expect(move({ source: source, target: empty, migrations: today })).rejects.toMatchObject({
      code: 'database_newer',
    });
    expect(await hasTables(empty)).toBe(false);
  });

  test('refuses a database whose encoding cannot hold every name', async () => {
    const name = `lineup_test_latin_${process.pid}`;
    await sql
      .raw(`create database ${name} encoding 'LATIN1' template template0 lc_collate 'C' lc_ctype 'C'`)
      .execute(target.db);
    const latin = await openDatabase({ url: urlOf(name), dataDirectory: '' });
    onTestFinished(async () => {
      await latin.close();
      await sql.raw(`drop database ${name}`).execute(target.db);
    });
    await expect(move({ target: latin })).rejects.toThrow('encoding LATIN1');
  });
});
