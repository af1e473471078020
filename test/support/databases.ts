/**
 * The same tests on both databases: `describe.each(databases)`. A file opens one database (`useDatabase`), and every test
 * finds its tables empty.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { Queue } from '../../src/jobs/queue.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { migrate, readMigrations } from '../../src/store/migrate.ts';
import { pgliteOptions, wrapPglite } from '../../src/store/pglite.ts';
import { serverUrl } from './postgres.ts';

/** One of the two kinds of database. */
export interface TestDatabases {
  readonly kind: 'PGlite' | 'PostgreSQL';
  /** A new database without any table. */
  empty(): Promise<TestDatabase>;
  /** A new database with all tables, the queue's included. */
  migrated(): Promise<TestDatabase>;
}

export interface TestDatabase {
  readonly database: Database;
  /** A second process' view of the same database; PGlite has none, so it gives the first again. */
  another(): Promise<Database>;
  /** Ends it, and removes it. */
  drop(): Promise<void>;
}

const onPglite: TestDatabases = {
  kind: 'PGlite',
  empty: async () => inMemory(await PGlite.create(pgliteOptions)),
  migrated: async () =>
    inMemory(await PGlite.create({ ...pgliteOptions, loadDataDir: new Blob([await pgliteTemplate()]) })),
};

const onPostgres: TestDatabases = {
  kind: 'PostgreSQL',
  empty: () => onServer(undefined),
  migrated: async () => onServer(await postgresTemplate()),
};

/** The test server by another way, such as through a pooler. */
export const serverBy = (way: (name: string) => string): TestDatabases => ({
  kind: 'PostgreSQL',
  empty: () => onServer(undefined, way),
  migrated: async () => onServer(await postgresTemplate(), way),
});

/** PGlite always; PostgreSQL where `scripts/with-postgres.sh` (or a developer) gives one. */
export const databases: readonly TestDatabases[] = serverUrl ? [onPglite, onPostgres] : [onPglite];

/** For tests whose subject is not the database: the server where there is one, which costs a third of PGlite's time. */
export const mainDatabase: TestDatabases = serverUrl ? onPostgres : onPglite;

/** One migrated database for the enclosing `describe`, its tables emptied before each test. */
export function useDatabase(kind: TestDatabases): {
  readonly database: Database;
  another(): Promise<Database>;
} {
  let opened: TestDatabase | undefined;
  beforeAll(async () => {
    opened = await kind.migrated();
  });
  beforeEach(() => emptyTables(current().database));
  afterAll(() => opened?.drop());
  const current = (): TestDatabase => {
    if (!opened) throw new Error('the database opens in beforeAll');
    return opened;
  };
  return {
    get database() {
      return current().database;
    },
    another: () => current().another(),
  };
}

async function emptyTables({ db }: Database): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = 'lineup' and tablename <> 'migrations'`.execute(
    db,
  );
  await sql`truncate ${sql.join(rows.map(({ name }) => sql.table(`lineup.${name}`)))} restart identity`.execute(
    db,
  );
}

function inMemory(pglite: PGlite): TestDatabase {
  const database = wrapPglite(pglite, () => {});
  return { database, another: async () => database, drop: () => database.close() };
}

/** @param way the URL by which a database of the server is reached */
async function onServer(template: string | undefined, way = urlOf): Promise<TestDatabase> {
  const name = `lineup_test_${randomBytes(8).toString('hex')}`;
  await administer(`create database ${name}${template ? ` template ${template}` : ''}`);
  const url = way(name);
  const opened: Database[] = [];
  const open = async () => {
    const database = await openDatabase({ url, dataDirectory: '' });
    opened.push(database);
    return database;
  };
  return {
    database: await open(),
    another: open,
    drop: async () => {
      for (const database of opened) await database.close();
      await administer(`drop database ${name} with (force)`);
    },
  };
}

/** The URL of a database on the test server. */
export function urlOf(name: string): string {
  const url = new URL(serverUrl ?? '');
  url.pathname = `/${name}`;
  return url.href;
}

async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** All tables of a service that has started once, so that no test waits for them. */
async function prepare(database: Database): Promise<void> {
  await migrate(database);
  const onError = (error: unknown) => {
    throw error;
  };
  await (await Queue.open({ database, onError })).close();
}

/** Changes with what makes the tables and with PGlite, so that no stale template is ever used. */
async function fingerprint(): Promise<string> {
  const hash = createHash('sha256');
  for (const path of ['@electric-sql/pglite', 'pg-boss']) {
    hash.update(await readFile(`node_modules/${path}/package.json`, 'utf8'));
  }
  hash.update(await readFile('src/jobs/queue.ts', 'utf8'));
  for (const { sql: text } of await readMigrations()) hash.update(text);
  return hash.digest('hex').slice(0, 12);
}

/** Creating a PGlite takes seconds, loading one much less: the migrated one is kept in `build/`. */
async function pgliteTemplate(): Promise<Uint8Array<ArrayBuffer>> {
  const path = join('build', `test-database-${await fingerprint()}.tar`);
  if (!existsSync(path)) {
    const pglite = await PGlite.create(pgliteOptions);
    await prepare(wrapPglite(pglite, () => {}));
    const dump = await pglite.dumpDataDir('none');
    await pglite.close();
    await mkdir('build', { recursive: true });
    await writeFile(`${path}.${process.pid}`, new Uint8Array(await dump.arrayBuffer()));
    await rename(`${path}.${process.pid}`, path);
  }
  return new Uint8Array(await readFile(path));
}

/** A migrated database on the server, made by whichever test process comes first. */
async function postgresTemplate(): Promise<string> {
  const name = `lineup_template_${await fingerprint()}`;
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock(1)');
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (rowCount === 0) {
      await client.query(`create database ${name}_making`);
      const database = await openDatabase({ url: urlOf(`${name}_making`), dataDirectory: '' });
      await prepare(database);
      await database.close();
      await client.query(`alter database ${name}_making rename to ${name}`);
    }
  } finally {
    await client.end();
  }
  return name;
}
