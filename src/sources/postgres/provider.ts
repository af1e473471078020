/** A PostgreSQL database as a provider of audiences: its tables and views, or a query. */
import { z } from 'zod';
import { internalFact, sentence } from '../../domain/text/sentence.ts';
import { databaseProvider, type ListedTable, LOOKUP_MS, type TablesRequest } from '../database/provider.ts';
import type { DatabaseConnection } from '../database/target.ts';
import type { Verified } from '../source.ts';
import { serverName } from './fields.ts';
import { openPostgres } from './open.ts';
import { rightsOf } from './rights.ts';
import { Session } from './session.ts';
import { SessionError } from './session-error.ts';
import { audienceNamed, readTableName, type TableName, writeTableName } from './sql-text.ts';
import { readTarget } from './target.ts';
import { selectWatched } from './watch.ts';

export const postgresProvider = databaseProvider({
  system: 'PostgreSQL',
  readTarget,
  open: async (connection, audienceId, signal) =>
    openPostgres({ connection, audience: audienceNamed(audienceId), signal }),
  listTables,
  isListed: (audienceId) => {
    const audience = audienceNamed(audienceId);
    return !('query' in audience) && !/^(pg_|information_schema$)/i.test(audience.schema);
  },
  testConnection,
  watch: { select: selectWatched },
});

const tableRow = z.object({
  schema: serverName,
  table: serverName,
  description: z.string(),
  size: z.coerce.number().nullable(),
});

/**
 * Relations of which this user may read at least one field, without the server's own ones and without
 * partitions.
 */
const READABLE = `FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
  WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT relispartition
    AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'
    AND has_schema_privilege(pg_namespace.oid, 'USAGE') AND has_any_column_privilege(pg_class.oid, 'SELECT')`;

/**
 * Tables and views, sorted by name.
 * @throws {LineupError} `invalid_configuration`, `invalid_argument` when `after` is not an id, `source_*`,
 *   `interrupted`
 */
export async function listTables(
  request: TablesRequest,
): Promise<{ items: (ListedTable & TableName)[]; next: string | null }> {
  const { limit, search = '' } = request;
  const after = request.after === undefined ? { schema: '', table: '' } : readTableName(request.after);
  const target = readTarget(request.connection);
  const rows = await new Session({ target, timeoutMs: LOOKUP_MS, signal: request.signal }).use((session) =>
    session.query(
      tableRow,
      `SELECT nspname AS schema, relname AS table,
         left(coalesce(obj_description(pg_class.oid, 'pg_class'), ''), 1000) AS description,
         CASE WHEN relkind <> 'v' AND reltuples >= 0 THEN round(reltuples) END AS size
       ${READABLE}
         AND (nspname COLLATE "C", relname COLLATE "C") > ($1 COLLATE "C", $2 COLLATE "C")
         AND position(lower($3) IN lower(nspname || '.' || relname)) > 0
       ORDER BY nspname COLLATE "C", relname COLLATE "C" LIMIT $4`,
      [after.schema, after.table, search, `${limit + 1}`],
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
      `SELECT (SELECT count(*)::int ${READABLE}) AS tables, current_setting('server_version') AS server`,
    );
    if (!found) throw new SessionError('protocol');
    const { tables } = found;
    const server = /^[\d.]{1,20}/.exec(found.server)?.[0] ?? '';
    const place = internalFact(target.label, sentence`the PostgreSQL database`);
    const works =
      tables === 1
        ? sentence`PostgreSQL ${server}: one table or view can be read in ${place}.`
        : sentence`PostgreSQL ${server}: ${tables} tables and views can be read in ${place}.`;
    const rights = await rightsOf(session);
    return rights ? { works, rights } : { works };
  });
}
