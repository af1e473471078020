/**
 * Brings the tables to this version: `migrations/NNNN-name.sql`, numbered from 1 without a gap, append-only, each in one
 * transaction. Any number of processes may start at once: an advisory lock lets one work, and the others find it done.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LineupError } from '../contracts/errors.ts';
import { type Database, SCHEMA } from './database.ts';

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

/** Any number, the same in every version: it keeps two starting processes apart. */
const LOCK = 7_365_820_146;

/** One connection for scripts of several statements. */
interface ScriptRunner {
  /** Runs `script` as one transaction. */
  run(script: string): Promise<void>;
  rows<T extends object>(query: string): Promise<T[]>;
}

/**
 * Applies what is missing. @returns the names of the migrations applied now
 * @throws {LineupError} `database_newer` when the database was made by a newer Lineup; `storage_failed` when a migration
 *   that was applied is not the one that this version has
 */
export async function migrate(database: Database, migrations?: readonly Migration[]): Promise<string[]> {
  const wanted = migrations ?? (await readMigrations());
  return withScriptRunner(database, async (runner) => {
    await runner.run(`
      create schema if not exists ${SCHEMA};
      create table if not exists ${SCHEMA}.migrations (
        number integer primary key, name text not null, digest text not null, applied_at timestamptz not null
      )`);
    const applied = await runner.rows<{ number: number; name: string; digest: string }>(
      `select number, name, digest from ${SCHEMA}.migrations order by number`,
    );
    check(applied, wanted);
    const missing = wanted.slice(applied.length);
    for (const migration of missing) await runner.run(script(migration));
    return missing.map((migration) => migration.name);
  });
}

function script({ number, name, sql }: Migration): string {
  return `${sql};
    insert into ${SCHEMA}.migrations values (${number}, '${name}', '${digest(sql)}', clock_timestamp())`;
}

function check(
  applied: readonly { number: number; name: string; digest: string }[],
  wanted: readonly Migration[],
): void {
  if (applied.length > wanted.length) {
    throw new LineupError(
      'database_newer',
      `The database was made by a newer version of Lineup (its tables are at ${applied.length}, this version knows ${wanted.length}). Start that version again, or restore the backup from before the upgrade.`,
    );
  }
  for (const [index, row] of applied.entries()) {
    if (row.digest !== digest(wanted[index]?.sql ?? '')) {
      throw new LineupError(
        'storage_failed',
        `The database has a migration "${row.name}" that differs from this version's: it was made by another build of Lineup.`,
      );
    }
  }
}

/** The migrations of this installation, from source or from the built package. */
export async function readMigrations(): Promise<Migration[]> {
  const directory = migrationsDirectory(import.meta.dirname);
  const names = (await readdir(directory)).filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (file, index) => {
      const number = Number(file.slice(0, 4));
      if (number !== index + 1) throw new Error(`migrations: expected number ${index + 1}, got ${file}`);
      return { number, name: file.slice(0, -4), sql: await readFile(join(directory, file), 'utf8') };
    }),
  );
}

function migrationsDirectory(from: string): string {
  const candidate = join(from, 'migrations');
  if (existsSync(candidate)) return candidate;
  if (dirname(from) === from) throw new Error('the migrations of this installation are missing');
  return migrationsDirectory(dirname(from));
}

const digest = (sql: string): string => createHash('sha256').update(sql).digest('hex').slice(0, 16);

/** Runs `work` on one connection that holds the migration lock. */
async function withScriptRunner<T>(
  database: Database,
  work: (runner: ScriptRunner) => Promise<T>,
): Promise<T> {
  const { connection } = database;
  if (connection.kind === 'pglite') {
    // One process holds the directory, and the caller is at its start: nobody else can migrate.
    const { pglite } = connection;
    return work({
      run: (text) => pglite.transaction(async (tx) => void (await tx.exec(text))),
      rows: async <T extends object>(text: string) => (await pglite.query<T>(text)).rows,
    });
  }
  const client = await connection.pool.connect();
  let broken = true;
  try {
    await client.query(`select pg_advisory_lock(${LOCK})`);
    const result = await work({
      run: async (text) => void (await client.query(`begin; ${text}; commit`)),
      rows: async <T extends object>(text: string) => (await client.query<T>(text)).rows,
    });
    await client.query(`select pg_advisory_unlock(${LOCK})`);
    broken = false;
    return result;
  } finally {
    // After a failure the connection is thrown away: the lock and an open transaction go with it.
    client.release(broken);
  }
}
