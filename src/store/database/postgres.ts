/**
 * A PostgreSQL server (14 or newer), given by a URL. It differs from PGlite:
 *
 *  - It has many connections, and transactions run at the same time. A lock or a constraint in the database prevents
 *    what must not happen twice; the order of calls in one process cannot.
 *  - It can be unreachable. The pool replaces idle connections that break. While it is unreachable, queries fail.
 *  - The driver returns a `bigint` as text. Here it is a number, because no count of Lineup exceeds 2^53.
 *  - A pooler in between may give each transaction another connection of the server. So nothing may depend on a
 *    session: locks belong to a transaction, statements have no names there, and LISTEN is not used.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { LineupError } from '../../domain/errors/errors.ts';
import { Secret } from '../../domain/values/secret.ts';
import { type Database, SCHEMA } from './database.ts';
import { withNamedStatements } from './named-statements.ts';
import {
  connectionFailure,
  isStatementPooling,
  knownFailure,
  readOnlyReason,
  statementPooling,
} from './postgres-errors.ts';
import { idleMs, impatientSocket, KEEP_ALIVE_MS, SILENCE_MS } from './postgres-socket.ts';
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

/** Opens a pool, and connects once to check that it works. @throws {LineupError} see `openDatabase` */
export async function openPostgres(
  url: string,
  {
    onConnectionLost = () => {},
    silenceMs = SILENCE_MS,
  }: { onConnectionLost?: (error: Error) => void; silenceMs?: number } = {},
): Promise<Database> {
  const { url: connectionString, label: target } = readPostgresUrl(url);
  const driver = (ms = silenceMs) => ({
    connectionString,
    types,
    application_name: 'lineup',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    stream: () => impatientSocket(ms),
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  });
  let shared = true;
  const pool = new pg.Pool({
    ...driver(),
    max: CONNECTIONS,
    idleTimeoutMillis: idleMs(silenceMs),
    onConnect: async (client) => {
      if (!shared) await client.query(sessionSettings(silenceMs));
    },
  });
  // It contains the password, which no dump of the pool may show. (`pg` hides its own copy in the same way.)
  Object.defineProperty(pool.options, 'connectionString', { value: connectionString, enumerable: false });
  // Without listeners, the loss of a connection would end the process. The pool listens only to idle connections. A
  // loss in a transaction is reported by its next statement.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.once('error', onConnectionLost).on('error', () => {}));
  try {
    await assertWritable(pool, target);
    shared = await isShared(pool);
  } catch (error) {
    await pool.end();
    if (error instanceof LineupError) throw error;
    throw isStatementPooling(error) ? statementPooling(target) : connectionFailure(error, target);
  }
  return {
    db: new Kysely<Schema>({
      dialect: new PostgresDialect({ pool: withNamedStatements(pool, () => !shared) }),
    }).withSchema(SCHEMA),
    connection: {
      kind: 'postgres',
      pool,
      url: new Secret(url),
      driver,
      silenceMs,
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
 * Whether a pooler shares the server's connections between clients, as PgBouncer does in transaction mode. Two
 * clients compare their server processes: a client with a connection of its own always sees the same process, and no
 * other client sees it.
 */
async function isShared(pool: pg.Pool): Promise<boolean> {
  const client = await pool.connect();
  const other = await pool.connect().catch((error: unknown) => {
    client.release();
    throw error;
  });
  const processOf = async (client: pg.PoolClient) =>
    (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid;
  try {
    let shared = false;
    // Another client of the pooler can disturb one look.
    for (let look = 0; look < LOOKS && !shared; look++) {
      const first = await processOf(client);
      await other.query('begin');
      const taken = await processOf(other);
      // The other client now has the process of this client, or this client got another one.
      shared = taken === first || (await processOf(client)) !== first;
      await other.query('commit');
    }
    return shared;
  } finally {
    // Closes them: they lack the settings of a session.
    client.release(true);
    other.release(true);
  }
}

/**
 * So that the server, too, notices a connection that was lost without a word. An open transaction would hold its locks
 * for hours. It ends before those that wait for its locks give up. And compiling a statement takes longer than any of
 * ours: the server compiles those that it expects to be slow, and one with many subqueries for seconds.
 */
const sessionSettings = (silenceMs: number): string => `
  set jit = off; set idle_in_transaction_session_timeout = ${Math.round(silenceMs * 0.6)};
  set tcp_keepalives_idle = 30; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3`;

export interface PostgresTarget {
  /** For the driver. It contains the password. */
  readonly url: string;
  /** For people: host, port, database and user, without the password. */
  readonly label: string;
  /** The label without the user, for pages that others may see. */
  readonly place: string;
}

/**
 * As for PostgreSQL sources. `allow` and `prefer` are not here: they continue without TLS when the server claims to
 * have none.
 */
const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'];

/**
 * Reads DATABASE_URL before anything connects, and checks that its parameters mean what they mean to libpq.
 * @throws {LineupError} `invalid_configuration`; the message has no part of the URL that could be secret
 */
export function readPostgresUrl(url: string): PostgresTarget {
  const parsed = URL.parse(url);
  if (!parsed || !['postgres:', 'postgresql:'].includes(parsed.protocol)) {
    throw refuse('DATABASE_URL is not a PostgreSQL URL. Enter one like postgres://user:password@host:5432/database.');
  }
  checkTls(parsed.searchParams);
  const host = parsed.searchParams.get('host') ?? (parsed.host || 'localhost');
  const user = parsed.username ? ` as ${decodeURIComponent(parsed.username)}` : '';
  return {
    // Without this, the driver reads "require" and "verify-ca" as "verify-full". The last value of a parameter counts.
    url: `${url}${parsed.search === '' ? '?' : '&'}uselibpqcompat=true`,
    label: `${host}${parsed.pathname}${user}`,
    place: `${host}${parsed.pathname}`,
  };
}

function checkTls(parameters: URLSearchParams): void {
  const mode = parameters.get('sslmode');
  if (mode !== null && !SSL_MODES.includes(mode)) {
    throw refuse(
      `sslmode=${mode} in DATABASE_URL is unknown. Use verify-full (encrypted, certificate and name checked), verify-ca (the name is not checked), require (encrypted; nothing is checked without sslrootcert) or disable.`,
    );
  }
  if (mode === 'verify-ca' && !parameters.get('sslrootcert')) {
    throw refuse(
      'sslmode=verify-ca in DATABASE_URL needs sslrootcert, a file with the certificate of your authority, because anybody can get a certificate from a public authority. Add sslrootcert, or use sslmode=verify-full.',
    );
  }
  for (const name of ['sslrootcert', 'sslcert', 'sslkey']) {
    const path = parameters.get(name);
    if (path) checkFile(name, path);
  }
}

function checkFile(name: string, path: string): void {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw refuse(`The file ${path} that DATABASE_URL names (${name}) cannot be read (${code}).`);
  }
  if (name === 'sslkey') return;
  try {
    new X509Certificate(content);
  } catch {
    throw refuse(
      `The file ${path} that DATABASE_URL names (${name}) is not a certificate in PEM format. The format begins with -----BEGIN CERTIFICATE-----.`,
    );
  }
}

const refuse = (message: string): LineupError => new LineupError('invalid_configuration', message);
