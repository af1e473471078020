/** A PostgreSQL database as a source of the service: its tables and views, or a query. */
import { Secret } from '../../contracts/secret.ts';
import { listTables, tryConnection } from '../../sources/postgres/catalogue.ts';
import { audienceNamed } from '../../sources/postgres/names.ts';
import { openPostgres } from '../../sources/postgres/open.ts';
import { type PostgresConnection, readTarget } from '../../sources/postgres/target.ts';
import { networkGuard } from '../network/guard.ts';
import { type Credentials, credential, type SourceProvider } from './provider.ts';

/** @param internalHosts what may be connected to inside the network */
export function postgresSources(internalHosts: readonly string[]): SourceProvider {
  const connect = (credentials: Credentials): PostgresConnection => {
    const url = new Secret(credential(credentials, 'connection_url') ?? '');
    const ca = credential(credentials, 'ca_certificate');
    const { port } = readTarget({ url, ca });
    const network = networkGuard({ allowed: internalHosts, port, purpose: 'source' });
    return { url, ca, network };
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
