/** A PostgreSQL database as a provider of audiences: its tables and views, or a query. */

import { z } from 'zod';
import { Secret } from '../../contracts/secret.ts';
import { inside, type Sentence, sentence } from '../../contracts/sentence.ts';
import { type Credentials, credential, type NetworkAt, type SourceProvider } from '../provider.ts';
import { serverName } from './fields.ts';
import { openPostgres } from './open.ts';
import { type Rights, rightsOf } from './rights.ts';
import { Session } from './session.ts';
import { SessionError } from './session-error.ts';
import { audienceNamed, readTableName, type TableName, writeTableName } from './sql-text.ts';
import { type PostgresConnection, readTarget } from './target.ts';

export interface PostgresProviderOptions {
  /** See `PostgresConnection`. @default false */
  readonly ownMachine?: boolean;
  /** @default everywhere, as for the command line */
  readonly networkAt?: NetworkAt;
}

/** Credentials: `connection_url`, and `ca_certificate` where the server's authority is not one that Node.js trusts. */
export function postgresProvider({ ownMachine, networkAt }: PostgresProviderOptions): SourceProvider {
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
    // The server's own tables tell who else works there, and on what.
    lists: async (audienceId) => {
      const audience = audienceNamed(audienceId);
      return !('query' in audience) && !/^(pg_|information_schema$)/i.test(audience.schema);
    },
    verify: async (credentials, signal) => {
      const { reached, rights } = await tryConnection(connect(credentials), signal);
      return { works: reached, rights };
    },
  };
}

const TIMEOUT_MS = 30_000;

export interface PostgresTable extends TableName {
  /** `crm.members`: what `readTableName` reads, and a label. */
  readonly id: string;
  readonly kind: 'table' | 'view';
  /** What the database's administrator wrote about it. */
  readonly description: string;
  /** An estimate, of the last time that the server counted; null for a view and for what was never counted. */
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
  /** The `id` of the last one known. */
  readonly after?: string;
  /** A part of `schema.table`, in any case. */
  readonly search?: string;
  readonly signal?: AbortSignal;
}

/** Those that this user may read at least a field of, without the server's own and without partitions. */
const READABLE = `FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
  WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT relispartition
    AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'
    AND has_schema_privilege(pg_namespace.oid, 'USAGE') AND has_any_column_privilege(pg_class.oid, 'SELECT')`;

/**
 * Tables and views in the order of their names.
 * @throws {LineupError} `invalid_configuration`, `invalid_argument` for an `after` that is no id, `source_*`, `interrupted`
 */
export async function listTables(
  request: TablesRequest,
): Promise<{ items: PostgresTable[]; next: string | null }> {
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

export interface Tried {
  /** What the connection reaches. */
  readonly reached: Sentence;
  /** What its user may do; undefined where the database does not tell. */
  readonly rights: Rights | undefined;
}

/**
 * Tries a connection.
 * @throws {LineupError} `invalid_configuration`, `source_*`, `interrupted`
 */
export async function tryConnection(connection: PostgresConnection, signal?: AbortSignal): Promise<Tried> {
  const target = readTarget(connection);
  return Session.with({ target, timeoutMs: TIMEOUT_MS, signal }, async (session) => {
    const [found] = await session.query(
      z.object({ tables: z.coerce.number(), server: z.string() }),
      `SELECT (SELECT count(*)::int ${READABLE}) AS tables, current_setting('server_version') AS server`,
    );
    if (!found) throw new SessionError('protocol');
    const { tables } = found;
    const server = /^[\d.]{1,20}/.exec(found.server)?.[0] ?? '';
    const place = inside(target.label, sentence`the PostgreSQL database`);
    const reached =
      tables === 1
        ? sentence`PostgreSQL ${server}: one table or view can be read in ${place}.`
        : sentence`PostgreSQL ${server}: ${tables} tables and views can be read in ${place}.`;
    return { reached, rights: await rightsOf(session) };
  });
}
