/** A MySQL or MariaDB database as a provider of audiences: its tables and views, or a query. */
import { z } from 'zod';
import { internalFact, sentence } from '../../domain/text/sentence.ts';
import { Secret } from '../../domain/values/secret.ts';
import { type Credentials, credential, type ProviderOptions, type SourceProvider, type Verified } from '../source.ts';
import { SYSTEM_DATABASES, serverName } from './audience.ts';
import { openMysql } from './open.ts';
import { rightsOf } from './rights.ts';
import { Session } from './session.ts';
import { SessionError } from './session-error.ts';
import { audienceNamed, quoteText, readTableName, type TableName, writeTableName } from './sql-text.ts';
import { type MysqlConnection, readTarget } from './target.ts';

/** Credentials: `connection_url`, and `ca_certificate` when Node.js does not trust the server's authority. */
export function mysqlProvider({ ownMachine, networkAt }: ProviderOptions): SourceProvider {
  const connect = (credentials: Credentials): MysqlConnection => {
    const url = new Secret(credential(credentials, 'connection_url') ?? '');
    const ca = credential(credentials, 'ca_certificate');
    return { url, ca, ownMachine, network: networkAt?.(readTarget({ url, ca, ownMachine }).port) };
  };
  return {
    open: async (credentials, audienceId, signal) =>
      openMysql({ connection: connect(credentials), audience: audienceNamed(audienceId), signal }),
    audiences: async (credentials, { limit, cursor, search }, signal) => {
      const request = { connection: connect(credentials), limit, after: cursor, search, signal };
      const { items, next } = await listTables(request);
      return {
        items: items.map(({ id, description, size }) => ({
          id,
          name: id,
          description,
          size,
          updated_at: null,
          file: null,
        })),
        next,
      };
    },
    // The server's own tables show who else works there, and on what.
    lists: async (audienceId) => {
      const audience = audienceNamed(audienceId);
      return !('query' in audience) && !SYSTEM_DATABASES.includes((audience.database ?? '').toLowerCase());
    },
    verify: async (credentials, signal) => testConnection(connect(credentials), signal),
    hosts: (credentials) => {
      const { host, port, socket } = readTarget(connect(credentials));
      return socket === undefined ? [{ what: 'MySQL source', host, port, tls: false }] : [];
    },
  };
}

const TIMEOUT_MS = 30_000;

export interface MysqlTable extends TableName {
  /** For example `shop.members`: an id that `readTableName` reads, and a label. */
  readonly id: string;
  /** The comment that an administrator wrote about it. */
  readonly description: string;
  /** The server's estimate. null for a view. */
  readonly size: number | null;
}

export interface TablesRequest {
  readonly connection: MysqlConnection;
  readonly limit: number;
  /** The `id` of the last item of the page before. */
  readonly after?: string | undefined;
  /** A part of `database.table`, in upper or lower case. */
  readonly search?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const tableRow = z.object({
  database: serverName,
  table: serverName,
  description: z.string(),
  size: z.coerce.number().nullable(),
});

/** Tables and views that this user may use, without the server's own ones. */
const READABLE = `FROM information_schema.TABLES
  WHERE TABLE_SCHEMA NOT IN (${SYSTEM_DATABASES.map(quoteText).join(', ')}) AND TABLE_TYPE <> 'SEQUENCE'`;

/** As `quoteText`, for comparisons of bytes. The catalogue's own collations differ between servers. */
const bytesOf = (sql: string): string => `CAST(${sql} AS BINARY)`;
const folded = (sql: string): string => `LOWER(CONVERT(${sql} USING utf8mb4))`;

/**
 * Tables and views, sorted by name.
 * @throws {LineupError} `invalid_configuration`, `invalid_argument` when `after` is not an id, `source_*`,
 * `interrupted`
 */
export async function listTables(request: TablesRequest): Promise<{ items: MysqlTable[]; next: string | null }> {
  const { limit, search = '' } = request;
  const after = request.after === undefined ? undefined : readTableName(request.after);
  const schema = bytesOf('TABLE_SCHEMA');
  const name = bytesOf('TABLE_NAME');
  const [schemaAfter, nameAfter] = [after?.database ?? '', after?.table ?? ''].map((text) => bytesOf(quoteText(text)));
  const target = readTarget(request.connection);
  const rows = await Session.with({ target, timeoutMs: TIMEOUT_MS, signal: request.signal }, (session) =>
    session.query(
      tableRow,
      `SELECT TABLE_SCHEMA AS \`database\`, TABLE_NAME AS \`table\`,
         IF(TABLE_TYPE LIKE '%VIEW', '', LEFT(TABLE_COMMENT, 1000)) AS description,
         IF(TABLE_TYPE LIKE '%VIEW', NULL, TABLE_ROWS) AS size
       ${READABLE}
         AND (${schema} > ${schemaAfter} OR (${schema} = ${schemaAfter} AND ${name} > ${nameAfter}))
         AND LOCATE(${folded(quoteText(search))}, ${folded("CONCAT(TABLE_SCHEMA, '.', TABLE_NAME)")}) > 0
       ORDER BY ${schema}, ${name} LIMIT ${Math.trunc(limit) + 1}`,
    ),
  );
  const items = rows.slice(0, limit).map((row) => ({ ...row, id: writeTableName(row) }));
  return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

/**
 * Tests a connection.
 * @throws {LineupError} `invalid_configuration`, `source_*`, `interrupted`
 */
export async function testConnection(connection: MysqlConnection, signal?: AbortSignal): Promise<Verified> {
  const target = readTarget(connection);
  return Session.with({ target, timeoutMs: TIMEOUT_MS, signal }, async (session) => {
    const [found] = await session.query(
      z.object({ tables: z.coerce.number(), server: z.string() }),
      `SELECT (SELECT COUNT(*) ${READABLE}) AS \`tables\`, VERSION() AS server`,
    );
    if (!found) throw new SessionError('protocol');
    const { tables } = found;
    const version = /^[\d.]{1,20}/.exec(found.server)?.[0] ?? '';
    const server = `${/mariadb/i.test(found.server) ? 'MariaDB' : 'MySQL'} ${version}`;
    const place = internalFact(target.label, sentence`the MySQL database`);
    const works =
      tables === 1
        ? sentence`${server}: one table or view can be read in ${place}.`
        : sentence`${server}: ${tables} tables and views can be read in ${place}.`;
    const rights = await rightsOf(session);
    return rights ? { works, rights } : { works };
  });
}
