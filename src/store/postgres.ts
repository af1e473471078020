/**
 * A PostgreSQL server (14 or newer), reached by URL. Where it differs from PGlite:
 *
 *  - Many connections: transactions run side by side, so whatever must not happen twice is held by a lock or a constraint
 *    in the database, never by the order of calls in one process.
 *  - It can be away: idle connections that break are dropped and replaced, and a query then fails by itself.
 *  - `bigint` comes as text, since it may not fit; here as a number, for Lineup counts nothing beyond 2^53.
 */
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { Secret } from '../contracts/secret.ts';
import { type Database, SCHEMA } from './database.ts';
import { connectionFailure, describeTarget } from './postgres-errors.ts';
import type { Schema } from './schema.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const CONNECTIONS = 10;

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
  const target = describeTarget(url);
  const pool = new pg.Pool({
    connectionString: url,
    types,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'lineup',
    // A process that dies in the middle of a transaction must not keep its locks while the network is silent.
    keepAlive: true,
  });
  // The password is in there: no print-out of the pool may show it. (`pg` hides its own copy in the same way.)
  Object.defineProperty(pool.options, 'connectionString', { value: url, enumerable: false });
  // Without listeners the loss of a connection would end the process: the pool's own is there only while one is idle, and
  // one that is in use is lost in the middle of a transaction, whose next statement says so.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.once('error', onConnectionLost).on('error', () => {}));
  try {
    await pool.query('select 1');
  } catch (error) {
    await pool.end();
    throw connectionFailure(error, target);
  }
  return {
    db: new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) }).withSchema(SCHEMA),
    connection: { kind: 'postgres', pool, url: new Secret(url) },
    close: () => pool.end(),
  };
}
