/**
 * Runs the same tests on both databases: `describe.each(databases)`. A file opens one database (`useDatabase`), and
 * every test starts with empty tables.
 */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { Queue } from '../../src/store/coordination/queue.ts';
import type { Database } from '../../src/store/database/database.ts';
import { migrate, readMigrations } from '../../src/store/database/migrate.ts';
import { openDatabase } from '../../src/store/database/open-database.ts';
import { pgliteOptions, wrapPglite } from '../../src/store/database/pglite.ts';
import { createPglite } from '../../src/store/database/prepared-pglite.ts';
import { serverUrl } from './postgres.ts';
import { keepPristine, reset, shapeOf } from './pristine.ts';

/** One of the two kinds of database. */
export interface TestDatabases {
  readonly kind: 'PGlite' | 'PostgreSQL';
  /** A new database without any table. */
  empty(): Promise<TestDatabase>;
  /** A new database with all tables, including those of the queue. */
  migrated(): Promise<TestDatabase>;
}

export interface TestDatabase {
  readonly database: Database;
  /**
   * A second connection to the same database, as another process has. PGlite has none, so it returns the first again.
   */
  another(): Promise<Database>;
  /** Closes and deletes it. */
  drop(): Promise<void>;
}

export const onPglite: TestDatabases = {
  kind: 'PGlite',
  empty: async () => inMemory(await pgliteFrom('empty')),
  migrated: async () => {
    const pglite = migratedPglites.pop() ?? (await pgliteFrom('migrated'));
    const shape = await shapeOf(pglite);
    const drop = async () => {
      if (await reset(pglite, shape)) migratedPglites.push(pglite);
      else if (!pglite.closed) await pglite.close();
    };
    return { ...inMemory(pglite), drop };
  },
};

const onPostgres: TestDatabases = {
  kind: 'PostgreSQL',
  empty: async () => onServer(await createDatabase('template0')),
  migrated: async () => {
    const template = await postgresTemplate();
    const name = migratedNames.pop() ?? (await createDatabase(template.name));
    const opened = await onServer(name);
    const drop = async () => {
      await opened.close();
      const isReset = await atServer(name, async (client) => {
        await client.query(
          'select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()',
          [name],
        );
        return reset(client, template.shape);
      });
      if (isReset) migratedNames.push(name);
      else await dropDatabase(name);
    };
    return { ...opened, drop };
  },
};

/**
 * Migrated databases that no test of this process uses now. Creating and deleting one costs more than most tests that
 * use it.
 */
const migratedPglites: PGlite[] = [];
const migratedNames: string[] = [];

/** The test server, reached in another way, for example through a pooler. */
export const serverVia = (way: (name: string) => string): TestDatabases => ({
  kind: 'PostgreSQL',
  empty: async () => onServer(await createDatabase('template0'), way),
  migrated: async () => onServer(await createDatabase((await postgresTemplate()).name), way),
});

/**
 * PGlite, and also PostgreSQL if `scripts/with-postgres.sh` (or a developer) starts one. For a further server, only
 * that.
 */
export const databases: readonly TestDatabases[] = [
  ...(process.env.LINEUP_TEST_ONLY_POSTGRES ? [] : [onPglite]),
  ...(serverUrl ? [onPostgres] : []),
];

/** For tests that are not about the database. PostgreSQL if there is one, because it takes a third of PGlite’s time. */
export const mainDatabase: TestDatabases = serverUrl ? onPostgres : onPglite;

/** One migrated database for the enclosing `describe`. Its tables are emptied before each test. */
export function useDatabase(kind: TestDatabases): {
  readonly database: Database;
  another(): Promise<Database>;
} {
  let opened: TestDatabase | undefined;
  beforeAll(async () => {
    opened = await kind.migrated();
  });
  beforeEach(() => sql`select pristine.reset()`.execute(current().database.db));
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

function inMemory(pglite: PGlite): TestDatabase {
  const database = wrapPglite(pglite, () => {});
  return { database, another: async () => database, drop: () => database.close() };
}

/** @param way gives the URL for a database of the server */
async function onServer(name: string, way = urlOf): Promise<TestDatabase & { close(): Promise<void> }> {
  const url = way(name);
  const opened: Database[] = [];
  const open = async () => {
    const database = await openDatabase({ url, dataDirectory: '' });
    opened.push(database);
    return database;
  };
  const close = async () => {
    for (const database of opened) await database.close();
  };
  return {
    database: await open(),
    another: open,
    close,
    drop: async () => {
      await close();
      await dropDatabase(name);
    },
  };
}

/** The URL of a database on the test server. */
export function urlOf(name: string): string {
  const url = new URL(serverUrl ?? '');
  url.pathname = `/${name}`;
  return url.href;
}

async function createDatabase(template: string): Promise<string> {
  const name = `lineup_test_${randomBytes(8).toString('hex')}`;
  // Copies files, as PostgreSQL 14 always does. The other strategy writes every block to the log and takes three times
  // as long.
  const strategy = process.env.LINEUP_TEST_POSTGRES_VERSION === '14' ? '' : 'strategy file_copy';
  await runAsAdmin(`create database ${name} template ${template} ${strategy}`);
  return name;
}

const dropDatabase = (name: string): Promise<void> => runAsAdmin(`drop database ${name} with (force)`);

/** One connection for this process. It stays open. */
let adminPool: pg.Pool | undefined;

async function runAsAdmin(statement: string): Promise<void> {
  if (!adminPool) {
    adminPool = new pg.Pool({ connectionString: serverUrl, max: 1, allowExitOnIdle: true });
    adminPool.on('error', () => {});
  }
  await adminPool.query(statement);
}

async function atServer<T>(name: string, act: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: urlOf(name) });
  await client.connect();
  try {
    return await act(client);
  } finally {
    await client.end();
  }
}

/** Creates all tables of a service that has started once, so that no test waits for them. */
async function preload(database: Database): Promise<void> {
  await migrate(database);
  const onError = (error: unknown) => {
    throw error;
  };
  await (await Queue.open({ database, onError })).close();
  await keepPristine(database);
}

/** Changes with the code that creates the tables and with PGlite, so that no old template is used. */
async function fingerprint(): Promise<string> {
  const hash = createHash('sha256');
  for (const path of ['@electric-sql/pglite', 'pg-boss']) {
    hash.update(await readFile(`node_modules/${path}/package.json`, 'utf8'));
  }
  for (const path of ['src/store/coordination/queue.ts', 'test/support/pristine.ts']) {
    hash.update(await readFile(path, 'utf8'));
  }
  for (const { sql: text } of await readMigrations()) hash.update(text);
  return hash.digest('hex').slice(0, 12);
}

/**
 * Copies a migrated database to the place of a new process’s embedded database. Creating one takes four times as long.
 */
export async function embedDatabase(dataDirectory: string): Promise<void> {
  const directory = join(dataDirectory, 'db');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  execFileSync('tar', ['-xf', await dumpOf('migrated'), '-C', directory], { stdio: 'ignore' });
}

const pgliteFrom = async (content: 'empty' | 'migrated'): Promise<PGlite> =>
  createPglite({ ...pgliteOptions, loadDataDir: new Blob([await readFile(await dumpOf(content))]) });

/** Creating a PGlite takes seconds, and loading one is much faster. So the dumps are kept in `build/`. */
async function dumpOf(content: 'empty' | 'migrated'): Promise<string> {
  const path = resolve('build', `test-database-${content}-${await fingerprint()}.tar`);
  if (existsSync(path)) return path;
  const pglite = await createPglite(pgliteOptions);
  if (content === 'migrated') await preload(wrapPglite(pglite, () => {}));
  const dump = await pglite.dumpDataDir('none');
  await pglite.close();
  await mkdir('build', { recursive: true });
  await writeFile(`${path}.${process.pid}`, new Uint8Array(await dump.arrayBuffer()));
  await rename(`${path}.${process.pid}`, path);
  return path;
}

interface Template {
  readonly name: string;
  /** That of its copies, too. */
  readonly shape: unknown;
}

let template: Promise<Template> | undefined;

/** A migrated database on the server. The first test process that needs it creates it. */
function postgresTemplate(): Promise<Template> {
  template ??= makeTemplate();
  return template;
}

async function makeTemplate(): Promise<Template> {
  const name = `lineup_template_${await fingerprint()}`;
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock(1)');
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (rowCount === 0) {
      await client.query(`create database ${name}_making`);
      const database = await openDatabase({ url: urlOf(`${name}_making`), dataDirectory: '' });
      await preload(database);
      await database.close();
      await client.query(`alter database ${name}_making rename to ${name}`);
    }
    // Nobody makes a copy while somebody is connected to it, and the others wait for the lock.
    return { name, shape: await atServer(name, shapeOf) };
  } finally {
    await client.end();
  }
}
