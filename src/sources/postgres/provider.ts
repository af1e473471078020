/** A PostgreSQL database as a provider of audiences: its tables and views, or a query. */
import { z } from 'zod';
import { internalFact, type Sentence, sentence } from '../../domain/text/sentence.ts';
import { Secret } from '../../domain/values/secret.ts';
import { type Credentials, credential, type ProviderOptions, type SourceProvider, type Verified } from '../source.ts';
import { serverName } from './fields.ts';
import { openPostgres } from './open.ts';
import { rightsOf } from './rights.ts';
import { Session } from './session.ts';
import { SessionError } from './session-error.ts';
import { audienceNamed, readTableName, type TableName, writeTableName } from './sql-text.ts';
import { type PostgresConnection, readTarget } from './target.ts';

/** Credentials: `connection_url`, and `ca_certificate` when Node.js does not trust the server's authority. */
export function postgresProvider({ ownMachine, networkAt }: ProviderOptions): SourceProvider {
  const connect = (credentials: Credentials): PostgresConnection => {
    const url = new Secret(credential(credentials, 'connection_url') ?? '');
    const ca = credential(credentials, 'ca_certificate');
    return { url, ca, ownMachine, network: networkAt?.(readTarget({ url, ca }).port) };
  };
  return {
    open: async (credentials, audienceId, signal) =>
      openPostgres({
        connection: connect(credentials),
        audience: audienceNamed(audienceId),
        signal,
      }),
    audiences: async (credentials, { limit, cursor, search }, signal) => {
      const request = { connection: connect(credentials), limit, after: cursor, search, signal };
      const { items, next } = await listTables(request);
      return {
        items: items.map(({ id, description, rows }) => ({
          id,
          name: id,
          description,
          size: rows === null ? null : Math.round(rows),
          updated_at: null,
          file: null,
        })),
        next,
      };
    },
    // The server's own tables show who else works there, and on what.
    lists: async (audienceId) => {
      const audience = audienceNamed(audienceId);
      return !('query' in audience) && !/^(pg_|information_schema$)/i.test(audience.schema);
    },
    verify: async (credentials, signal) => {
      const { reached, rights } = await testConnection(connect(credentials), signal);
      return { works: reached, rights };
    },
    hosts: (credentials) => {
      const { host, port } = readTarget(connect(credentials));
      return [{ what: 'PostgreSQL source', host, port, tls: false }];
    },
  };
}

const TIMEOUT_MS = 30_000;

export interface PostgresTable extends TableName {
  /** For example `crm.members`: an id that `readTableName` reads, and a label. */
  readonly id: string;
  readonly kind: 'table' | 'view';
  /** The comment that an administrator wrote about it. */
  readonly description: string;
  /** The server's last estimate. null for a view, and for a table that was never counted. */
  readonly rows: number | null;
}

const tableRow = z.object({
  schema: serverName,
  table: serverName,
  kind: z.enum(['table', 'view']),
  description: z.string(),
  rows: z.coerce.number().nullable(),
});

export interface TablesRequest {
  readonly connection: PostgresConnection;
  readonly limit: number;
  /** The `id` of the last item of the page before. */
  readonly after?: string;
  /** A part of `schema.table`, in upper or lower case. */
  readonly search?: string;
  readonly signal?: AbortSignal;
}

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
export async function listTables(request: TablesRequest): Promise<{ items: PostgresTable[]; next: string | null }> {
  const { limit, search = '' } = request;
  const after = request.after === undefined ? { schema: '', table: '' } : readTableName(request.after);
  const target = readTarget(request.connection);
  const rows = await Session.with({ target, timeoutMs: TIMEOUT_MS, signal: request.signal }, (session) =>
    session.query(
      tableRow,
      `SELECT nspname AS schema, relname AS table,
         CASE WHEN relkind = 'v' THEN 'view' ELSE 'table' END AS kind,
         left(coalesce(obj_description(pg_class.oid, 'pg_class'), ''), 1000) AS description,
         CASE WHEN relkind <> 'v' AND reltuples >= 0 THEN reltuples::float8 END AS rows
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

export interface ConnectionTest {
  /** What the connection reaches. */
  readonly reached: Sentence;
  /** What its user may do. Undefined when the database does not tell. */
  readonly rights: Verified['rights'];
}

/**
 * Tests a connection.
 * @throws {LineupError} `invalid_configuration`, `source_*`, `interrupted`
 */
export async function testConnection(connection: PostgresConnection, signal?: AbortSignal): Promise<ConnectionTest> {
  const target = readTarget(connection);
  return Session.with({ target, timeoutMs: TIMEOUT_MS, signal }, async (session) => {
    const [found] = await session.query(
      z.object({ tables: z.coerce.number(), server: z.string() }),
      `SELECT (SELECT count(*)::int ${READABLE}) AS tables, current_setting('server_version') AS server`,
    );
    if (!found) throw new SessionError('protocol');
    const { tables } = found;
    const server = /^[\d.]{1,20}/.exec(found.server)?.[0] ?? '';
    const place = internalFact(target.label, sentence`the PostgreSQL database`);
    const reached =
      tables === 1
        ? sentence`PostgreSQL ${server}: one table or view can be read in ${place}.`
        : sentence`PostgreSQL ${server}: ${tables} tables and views can be read in ${place}.`;
    return { reached, rights: await rightsOf(session) };
  });
}
