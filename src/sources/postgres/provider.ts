/** A PostgreSQL database as a provider of audiences: its tables and views, or a query. */
import { Secret } from '../../contracts/secret.ts';
import { type Credentials, credential, type NetworkAt, type SourceProvider } from '../provider.ts';
import { listTables, tryConnection } from './catalogue.ts';
import { audienceNamed } from './names.ts';
import { openPostgres } from './open.ts';
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
