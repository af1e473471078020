/** A PostgreSQL database as a source of the service: its tables and views, or a query. */
import { Secret } from '../../contracts/secret.ts';
import { listTables, tryConnection } from '../../sources/postgres/catalogue.ts';
import { audienceNamed } from '../../sources/postgres/names.ts';
import { openPostgres } from '../../sources/postgres/open.ts';
import type { PostgresConnection } from '../../sources/postgres/target.ts';
import { type Credentials, credential, type SourceProvider } from './provider.ts';

export const postgresSources: SourceProvider = {
  open: (credentials, audienceId, signal) =>
    openPostgres({
      connection: connection(credentials),
      audience: audienceNamed(audienceId),
      signal,
    }),
  audiences: async (credentials, { limit, cursor, search }, signal) => {
    const request = { connection: connection(credentials), limit, after: cursor, search, signal };
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
  verify: (credentials, signal) => tryConnection(connection(credentials), signal),
};

const connection = (credentials: Credentials): PostgresConnection => ({
  url: new Secret(credential(credentials, 'connection_url') ?? ''),
  ca: credential(credentials, 'ca_certificate'),
});
