/** A MySQL or MariaDB database as a provider of audiences: its tables and views, or a query. */
import { z } from 'zod';
import { internalFact, sentence } from '../../domain/text/sentence.ts';
import { databaseProvider, type ListedTable, LOOKUP_MS, type TablesRequest } from '../database/provider.ts';
import type { DatabaseConnection } from '../database/target.ts';
import type { Verified } from '../source.ts';
import { SYSTEM_DATABASES, serverName } from './audience.ts';
import { openMysql } from './open.ts';
import { rightsOf } from './rights.ts';
import { Session } from './session.ts';
import { SessionError } from './session-error.ts';
import { audienceNamed, quoteText, readTableName, type TableName, writeTableName } from './sql-text.ts';
import { readTarget } from './target.ts';
import { selectWatched } from './watch.ts';

export const mysqlProvider = databaseProvider({
  system: 'MySQL',
  readTarget,
  open: async (connection, audienceId, signal) =>
    openMysql({ connection, audience: audienceNamed(audienceId), signal }),
  listTables,
  isListed: (audienceId) => {
    const audience = audienceNamed(audienceId);
    return !('query' in audience) && !SYSTEM_DATABASES.includes((audience.database ?? '').toLowerCase());
  },
  testConnection,
  watch: { select: selectWatched },
});

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
export async function listTables(
  request: TablesRequest,
): Promise<{ items: (ListedTable & TableName)[]; next: string | null }> {
  const { limit, search = '' } = request;
  const after = request.after === undefined ? undefined : readTableName(request.after);
  const schema = bytesOf('TABLE_SCHEMA');
  const name = bytesOf('TABLE_NAME');
  const [schemaAfter, nameAfter] = [after?.database ?? '', after?.table ?? ''].map((text) => bytesOf(quoteText(text)));
  const target = readTarget(request.connection);
  const rows = await new Session({ target, timeoutMs: LOOKUP_MS, signal: request.signal }).use((session) =>
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
export async function testConnection(connection: DatabaseConnection, signal?: AbortSignal): Promise<Verified> {
  const target = readTarget(connection);
  return new Session({ target, timeoutMs: LOOKUP_MS, signal }).use(async (session) => {
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
