/**
 * A migration takes nothing away that the previous version reads or writes, because both work on the same tables during
 * an upgrade and after a rollback: docs/migrations.md.
 */
import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/store/database/database.ts';
import { type Migration, migrate, readMigrations } from '../../src/store/database/migrate.ts';
import { mainDatabase, type TestDatabase } from '../support/databases.ts';

/** The first migration that names the oldest version. No version before it works beside a newer one. */
const FIRST_BOUND = 29;

/**
 * Triggers on tables of older versions that refuse nothing, and change only tables that those do not know.
 * test/upgrades/rolling.test.ts shows that older versions work with them.
 */
const ONLY_NOTE = ['note_added_runs', 'note_changed_run', 'note_deleted_runs'];

/** Checks that take the place of stricter ones. */
const WIDER = ["jobs: CHECK (((status = 'sleeping'::text) OR (sleep_until IS NULL)))"];

const releases = JSON.parse(readFileSync('migrations/releases.json', 'utf8')) as Record<string, number>;
/** The last migration of the previous release: the version that the next one must get along with. */
const previous = Math.max(FIRST_BOUND, ...Object.values(releases));

let opened: TestDatabase;
let migrations: Migration[];
beforeAll(async () => {
  opened = await mainDatabase.empty();
  migrations = await readMigrations();
  await migrate(opened.database, migrations.slice(0, previous));
});
afterAll(() => opened.drop());

/** What versions may rely on, as lines. */
async function catalogue({ db }: Database): Promise<{ relied: Set<string>; demands: Set<string> }> {
  const columns = await sql<{
    table: string;
    name: string;
    type: string;
    required: boolean;
    filled: boolean;
  }>`
    select c.relname as table, a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
      a.attnotnull as required, a.atthasdef or a.attidentity <> '' or a.attgenerated <> '' as filled
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = to_regnamespace('lineup') and c.relkind in ('r', 'v') and a.attnum > 0 and not a.attisdropped`.execute(
    db,
  );
  const constraints = await sql<{ table: string; definition: string }>`
    select c.relname as table, pg_get_constraintdef(r.oid) as definition
    from pg_constraint r join pg_class c on c.oid = r.conrelid
    -- From PostgreSQL 18 on, NOT NULL is a constraint, too. The columns above have it.
    where r.connamespace = to_regnamespace('lineup') and r.contype <> 'n'`.execute(db);
  const triggers = await sql<{ table: string; name: string }>`
    select c.relname as table, t.tgname as name from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = to_regnamespace('lineup') and not t.tgisinternal`.execute(db);
  return {
    relied: new Set(columns.rows.map(({ table, name, type }) => `${table}.${name} (${type})`)),
    demands: new Set([
      ...columns.rows
        .filter(({ required, filled }) => required && !filled)
        .map(({ table, name }) => `${table}.${name} must be filled`),
      ...constraints.rows.map(({ table, definition }) => `${table}: ${definition}`),
      ...triggers.rows
        .filter(({ name }) => !ONLY_NOTE.includes(name))
        .map(({ table, name }) => `${table}: trigger ${name}`),
    ]),
  };
}

const tableOf = (line: string): string => line.split(/[.:]/)[0]!;

/** What a migration takes away from older versions, or demands of them. */
async function contractions(database: Database, apply: () => Promise<unknown>): Promise<string[]> {
  const before = await catalogue(database);
  await apply();
  const after = await catalogue(database);
  const tables = new Set([...before.relied].map(tableOf));
  return [
    ...[...before.relied].filter((line) => !after.relied.has(line)).map((line) => `gone or changed: ${line}`),
    // A demand on a new table concerns no older version.
    ...[...after.demands]
      .filter((line) => !before.demands.has(line) && !WIDER.includes(line) && tables.has(tableOf(line)))
      .map((line) => `new demand: ${line}`),
  ].sort();
}

describe('migrations after the previous release', () => {
  test('take nothing away that its version uses, unless that version is excluded on purpose', async () => {
    for (const { number, name, oldest } of migrations.slice(previous)) {
      const found = await contractions(opened.database, () => migrate(opened.database, migrations.slice(0, number)));
      if (oldest === undefined) expect(found, name).toEqual([]);
    }
  });

  test('do not exclude the version of the previous release', () => {
    for (const { name, oldest } of migrations.slice(previous)) {
      if (oldest !== undefined) expect(oldest, name).toBeLessThanOrEqual(previous);
    }
  });
});

test.each([
  ['alter table lineup.jobs drop column description', 'gone or changed: jobs.description (text)'],
  ['alter table lineup.jobs rename column description to about', 'gone or changed: jobs.description (text)'],
  ['alter table lineup.jobs alter column revision type bigint', 'gone or changed: jobs.revision (integer)'],
  ['alter table lineup.jobs add column later text not null', 'new demand: jobs.later must be filled'],
  ["alter table lineup.jobs add check (name <> 'x')", "new demand: jobs: CHECK ((name <> 'x'::text))"],
  [
    'create trigger refuse before update on lineup.jobs execute function lineup.note_added_runs()',
    'new demand: jobs: trigger refuse',
  ],
  ['drop table lineup.weekly_digests', 'gone or changed: weekly_digests.slot (timestamp with time zone)'],
])('the check finds %s', async (statement, found) => {
  const current = await mainDatabase.migrated();
  const apply = () => sql.raw(statement).execute(current.database.db);
  expect(await contractions(current.database, apply)).toContain(found);
  await current.drop();
});

test('the check accepts new tables, and new columns with a default', async () => {
  const current = await mainDatabase.migrated();
  const apply = () =>
    sql
      .raw(
        `create table lineup.later (id text primary key, job_id text not null);
         alter table lineup.jobs add column later text, add column much integer not null default 0`,
      )
      .execute(current.database.db);
  expect(await contractions(current.database, apply)).toEqual([]);
  await current.drop();
});
