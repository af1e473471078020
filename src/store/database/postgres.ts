/**
 * A PostgreSQL server (14 or newer), reached by URL. Where it differs from PGlite:
 *
 *  - Many connections: transactions run side by side, so whatever must not happen twice is held by a lock or a constraint
 *    in the database, never by the order of calls in one process.
 *  - It can be away: idle connections that break are dropped and replaced, and a query then fails by itself.
 *  - `bigint` comes as text, since it may not fit; here as a number, for Lineup counts nothing beyond 2^53.
 *  - A pooler may stand between, which gives each transaction another of the server's connections. So nothing may rest on a
 *    session: locks are of a transaction, no statement has a name, and news (LISTEN) are left out there.
 */
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { LineupError } from '../../contracts/errors.ts';
import { Secret } from '../../contracts/secret.ts';
import { type Database, SCHEMA } from './database.ts';
import {
  connectionFailure,
  isStatementPooling,
  knownFailure,
  readOnlyReason,
  statementPooling,
} from './postgres-errors.ts';
import { readPostgresUrl } from './postgres-url.ts';
import type { Schema } from './schema.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const CONNECTIONS = 10;
const OLDEST_SERVER = 140_000;
const LOOKS = 3;

const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8
      ? Number
      : pg.types.getTypeParser(oid, format ?? 'text')) as pg.CustomTypesConfig['getTypeParser'],
};

/** Connects once to be sure that it works. @throws {LineupError} see `openDatabase` */
export async function openPostgres(
  url: string,
  onConnectionLost: (error: Error) => void = () => {},
): Promise<Database> {
  const { url: connectionString, label: target } = readPostgresUrl(url);
  const pool = new pg.Pool({
    connectionString,
    types,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'lineup',
    // A process that dies in the middle of a transaction must not keep its locks while the network is silent.
    keepAlive: true,
  });
  // The password is in there: no print-out of the pool may show it. (`pg` hides its own copy in the same way.)
  Object.defineProperty(pool.options, 'connectionString', { value: connectionString, enumerable: false });
  // Without listeners the loss of a connection would end the process: the pool's own is there only while one is idle, and
  // one that is in use is lost in the middle of a transaction, whose next statement says so.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.once('error', onConnectionLost).on('error', () => {}));
  let shared: boolean;
  try {
    await assertWritable(pool, target);
    shared = await isShared(pool);
  } catch (error) {
    await pool.end();
    if (error instanceof LineupError) throw error;
    throw isStatementPooling(error) ? statementPooling(target) : connectionFailure(error, target);
  }
  return {
    db: new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) }).withSchema(SCHEMA),
    connection: {
      kind: 'postgres',
      pool,
      url: new Secret(url),
      driverUrl: new Secret(connectionString),
      shared,
    },
    explain: (error) => knownFailure(error, target) ?? error,
    close: () => pool.end(),
  };
}

async function assertWritable(pool: pg.Pool, target: string): Promise<void> {
  const { rows } = await pool.query<{ standby: boolean; readOnly: boolean; version: number }>(`
    select pg_is_in_recovery() as standby, current_setting('transaction_read_only')::boolean as "readOnly",
      current_setting('server_version_num')::int as version`);
  const [server] = rows;
  const why =
    server && server.version < OLDEST_SERVER
      ? 'it is too old. Lineup needs PostgreSQL 14 or newer.'
      : server?.readOnly && readOnlyReason(server.standby);
  if (why) {
    throw new LineupError('database_refused', `The PostgreSQL database ${target} cannot be used: ${why}`);
  }
}

/**
 * Whether a pooler shares the server's connections between clients, as PgBouncer does in transaction mode. Two clients tell: of
 * a server connection of its own each sees the same process again and again, and no other client sees it.
 */
async function isShared(pool: pg.Pool): Promise<boolean> {
  const one = await pool.connect();
  const other = await pool.connect().catch((error: unknown) => {
    one.release();
    throw error;
  });
  const processOf = async (client: pg.PoolClient) =>
    (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid;
  let broken = true;
  try {
    let shared = false;
    // Other clients of the pooler may get in between, once.
    for (let look = 0; look < LOOKS && !shared; look++) {
      const first = await processOf(one);
      await other.query('begin');
      const taken = await processOf(other);
      // While the other keeps the process that this client had, this one is given another.
      shared = taken === first || (await processOf(one)) !== first;
      await other.query('commit');
    }
    broken = false;
    return shared;
  } finally {
    one.release(broken);
    other.release(broken);
  }
}
