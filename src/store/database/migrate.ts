/**
 * Updates the tables to this version with `migrations/<number>-<name>.sql`: numbered from 1 without a gap, append-only,
 * each in one transaction. Any number of processes may start at once. Each step holds a lock, and the other processes
 * then find the step done. The lock belongs to the transaction, because a session's lock would stay on a connection
 * that a pooler gives to others.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CompiledQuery } from 'kysely';
import { Client, type Pool } from 'pg';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { type Database, type Db, SCHEMA, type Tx } from './database.ts';
import { LONG_SILENCE_MS } from './postgres-socket.ts';

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  /** The oldest version that may work on the tables from then on: the number of the last migration that it knows. */
  readonly oldest?: number | undefined;
}

/** An arbitrary number, the same in every version, for the lock between starting processes. */
const LOCK = 7_365_820_146;
const LOCK_NOT_AVAILABLE = '55P03';

/** How long a process waits for the lock. */
const WAIT_MS = 60_000;

interface Applied {
  readonly number: number;
  readonly name: string;
  readonly digest: string;
  readonly oldest: number | null;
}

// Migrations before the column `oldest` have none.
const APPLIED = `select number, name, digest, (to_jsonb(one) ->> 'oldest')::int as oldest
  from ${SCHEMA}.migrations as one order by number`;

/** A transaction that holds the lock. */
interface Step {
  /** Runs a script of several statements. */
  run(script: string): Promise<void>;
  rows<T extends object>(query: string): Promise<T[]>;
}

/**
 * Applies the missing migrations. Tables of a newer version stay as they are, if this version may work on them.
 * @returns their names
 * @param waitMs how long to wait for the lock
 * @throws {LineupError} `database_newer` when this version is too old for the tables; `storage_failed` when an applied
 *   migration differs from that of this version, or when another process held the lock for too long
 */
export async function migrate(
  database: Database,
  migrations?: readonly Migration[],
  waitMs = WAIT_MS,
): Promise<string[]> {
  const wanted = migrations ?? (await readMigrations());
  const done: string[] = [];
  for (;;) {
    const name = await inStep(database, waitMs, (step) => applyNext(step, wanted));
    if (name === undefined) return done;
    done.push(name);
  }
}

/**
 * Applies the missing migrations within `tx`, on a PostgreSQL server: all of them, or none.
 * @throws {LineupError} as `migrate`
 */
export async function migrateWithin(tx: Tx, migrations: readonly Migration[]): Promise<void> {
  const query = async <T>(text: string) => (await tx.executeQuery<T>(CompiledQuery.raw(text))).rows;
  const step: Step = { run: async (script) => void (await query(script)), rows: query };
  try {
    await step.run(`set local lock_timeout = ${WAIT_MS}`);
    await step.run(`select pg_advisory_xact_lock(${LOCK})`);
  } catch (error) {
    if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error;
    throw new LineupError(
      'storage_failed',
      `Another process is updating the tables of this database and has held its lock for more than ${WAIT_MS / 1_000} seconds. Wait for it, or end its connection (pg_locks and pg_stat_activity show it).`,
      { retryable: true },
    );
  }
  while ((await applyNext(step, migrations)) !== undefined) {
    // Until none is missing.
  }
}

/** @returns the name of the migration applied now; undefined when none is missing */
async function applyNext(step: Step, wanted: readonly Migration[]): Promise<string | undefined> {
  const [there] = await step.rows<{ schema: boolean; table: boolean }>(
    `select to_regnamespace('${SCHEMA}') is not null as schema, to_regclass('${SCHEMA}.migrations') is not null as table`,
  );
  // Not "if not exists", which needs the right to create even when nothing is created.
  if (!there?.schema) await step.run(`create schema ${SCHEMA}`);
  if (!there?.table) {
    await step.run(`
      create table ${SCHEMA}.migrations (
        number integer primary key, name text not null, digest text not null, applied_at timestamptz not null
      )`);
  }
  const applied = await step.rows<Applied>(APPLIED);
  check(applied, wanted);
  const next = wanted[applied.length];
  if (next) {
    // Before the first of several: one may drop what another one excludes older versions for.
    await takeRuns(step, wanted.slice(applied.length));
    await step.run(script(next));
  }
  return next?.name;
}

/**
 * The number of applied migrations, and of those that this version knows. It writes nothing.
 * @throws {LineupError} as `migrate`, when this version cannot work with the tables
 */
export async function stateOfMigrations(
  db: Db,
  wanted?: readonly Migration[],
): Promise<{ applied: number; known: number }> {
  const known = wanted ?? (await readMigrations());
  const query = async <T>(text: string) => (await db.executeQuery<T>(CompiledQuery.raw(text))).rows;
  const [there] = await query<{ table: boolean }>(`select to_regclass('${SCHEMA}.migrations') is not null as table`);
  if (!there?.table) return { applied: 0, known: known.length };
  const applied = await query<Applied>(APPLIED);
  check(applied, known);
  return { applied: applied.length, known: known.length };
}

function script({ number, name, sql, oldest }: Migration): string {
  const inserted = `insert into ${SCHEMA}.migrations (number, name, digest, applied_at`;
  const values = `${number}, '${name}', '${digest(sql)}', clock_timestamp()`;
  return oldest === undefined
    ? `${sql};\n${inserted}) values (${values})`
    : `${sql};\n${inserted}, oldest) values (${values}, ${oldest})`;
}

/**
 * A run of a version that is too old must not write an error into its journal because its tables are gone. With another
 * token its lease is lost. It still keeps others away until it expires, because its process may not notice before.
 */
async function takeRuns(step: Step, missing: readonly Migration[]): Promise<void> {
  const oldest = Math.max(0, ...missing.map((migration) => migration.oldest ?? 0));
  const [there] = await step.rows<{ leases: boolean }>(`select to_regclass('${SCHEMA}.leases') is not null as leases`);
  if (oldest === 0 || !there?.leases) return;
  // A lease that is taken meanwhile would be one of before the bound.
  await step.run(`lock table ${SCHEMA}.leases in share row exclusive mode`);
  // Leases have the column `knows` only after a later migration.
  await step.run(`update ${SCHEMA}.leases as one set token = nextval('${SCHEMA}.lease_tokens')
    where coalesce((to_jsonb(one) ->> 'knows')::int, 0) < ${oldest}`);
}

function check(applied: readonly Applied[], wanted: readonly Migration[]): void {
  // Tables before the first bound are for no other version.
  const oldest = Math.max(...applied.map((row) => row.oldest ?? 0)) || applied.length;
  if (applied.length > wanted.length && wanted.length < oldest) throw tooOld(applied.length, wanted.length);
  for (const [index, row] of applied.slice(0, wanted.length).entries()) {
    if (row.digest !== digest(wanted[index]!.sql)) {
      throw new LineupError(
        'storage_failed',
        `The database has a migration "${row.name}" that differs from this version's. It is from another build of Lineup.`,
      );
    }
  }
}

const tooOld = (applied: number, known: number): LineupError =>
  new LineupError(
    'database_newer',
    sentence`A newer version of Lineup has updated the tables of the database, and this version is too old for them (they are at ${applied}, this version knows ${known}). Start the newer version, or restore the backup from before the upgrade.`,
    { retryable: true },
  );

/**
 * Whether a newer version has updated the tables meanwhile, and this version is too old for them.
 * @param known the number of the last migration that this version knows
 */
export async function outdatedFor(db: Db, known: number): Promise<LineupError | undefined> {
  const { rows } = await db.executeQuery<{ applied: number | null; oldest: number | null }>(
    CompiledQuery.raw(`select max(number) as applied, max(oldest) as oldest from ${SCHEMA}.migrations`),
  );
  return outdatedOn(rows[0], known);
}

/** @param tables the numbers of the last migration and of the oldest version that may work on the tables */
export function outdatedOn(
  tables: { readonly applied?: number | null; readonly oldest?: number | null } | undefined,
  known: number,
): LineupError | undefined {
  return (tables?.oldest ?? 0) > known ? tooOld(tables?.applied ?? 0, known) : undefined;
}

/** The migrations of this installation, in the source or in the built package. */
export async function readMigrations(): Promise<Migration[]> {
  const directory = migrationsDirectory(import.meta.dirname);
  const names = (await readdir(directory)).filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (file, index) => {
      const number = Number(file.slice(0, 4));
      if (number !== index + 1) throw new Error(`migrations: expected number ${index + 1}, got ${file}`);
      const sql = await readFile(join(directory, file), 'utf8');
      // The first line may name the oldest version that may work on the tables: docs/migrations.md.
      const [, oldest] = /^-- oldest: (\d+)\n/.exec(sql) ?? [];
      return {
        number,
        name: file.slice(0, -4),
        sql,
        oldest: oldest === undefined ? undefined : Number(oldest),
      };
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

async function inStep<T>(database: Database, waitMs: number, work: (step: Step) => Promise<T>): Promise<T> {
  const { connection } = database;
  if (connection.kind === 'pglite') {
    // No lock: only one process can open the directory, and it is starting.
    return connection.pglite.transaction((tx) =>
      work({
        run: async (text) => void (await tx.exec(text)),
        rows: async <R extends object>(text: string) => (await tx.query<R>(text)).rows,
      }),
    );
  }
  const client = new Client(connection.driver(LONG_SILENCE_MS));
  // A loss is reported by the statement that it ends. Without a listener it would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query(`begin; set local lock_timeout = ${waitMs}`);
    await client.query(`select pg_advisory_xact_lock(${LOCK})`);
    const result = await work({
      run: async (text) => void (await client.query(text)),
      rows: async <R extends object>(text: string) => (await client.query<R>(text)).rows,
    });
    await client.query('commit');
    await client.end();
    return result;
  } catch (error) {
    // Ends the transaction. Not awaited, because the server does not close a connection that was lost.
    void client.end();
    throw (error as { code?: string }).code === LOCK_NOT_AVAILABLE ? await lockTimeout(connection.pool, waitMs) : error;
  }
}

async function lockTimeout(pool: Pool, waitMs: number): Promise<LineupError> {
  const { rows } = await pool.query<{
    pid: number;
    program: string | null;
    host: string | null;
    since: Date;
  }>(`
    select lock.pid, activity.application_name as program, host(activity.client_addr) as host,
      coalesce(activity.xact_start, activity.backend_start) as since
    from pg_locks as lock join pg_stat_activity as activity using (pid)
    where lock.locktype = 'advisory' and lock.granted and (lock.classid::bigint << 32 | lock.objid::bigint) = ${LOCK}
      and lock.database = (select oid from pg_database where datname = current_database())`);
  const { pid, program, host, since } = rows[0] ?? {};
  const who =
    pid === undefined
      ? 'another connection'
      : `the server process ${pid} (program "${program ?? ''}" ${host ? `at ${host}` : 'on that machine'}, since ${since?.toISOString()})`;
  const end = pid === undefined ? 'pg_locks and pg_stat_activity show which' : `select pg_terminate_backend(${pid})`;
  return new LineupError(
    'storage_failed',
    `The tables could not be updated: ${who} has held a lock on them for more than ${waitMs / 1000} seconds. If another Lineup is updating them, wait and start again. If not, end this connection (${end}).`,
    { retryable: true },
  );
}
