/** Snowflake as a provider of audiences: the tables and views of a database, or a query. */

import type { Clock } from '../../contracts/ports.ts';
import { portOf } from '../../domain/values/hosts.ts';
import { webHost } from '../http.ts';
import type { Credentials, ProviderOptions, SourceProvider } from '../source.ts';
import { type Database, listTables, testConnection } from './catalogue.ts';
import { type Connection, type ConnectionOptions, connect, originOf } from './connection.ts';
import { openSnowflake } from './source.ts';
import { audienceNamed } from './sql-text.ts';
import { Statements } from './statements.ts';
import { alteredOf, selectWatched } from './watch.ts';

export interface SnowflakeProviderOptions
  extends ProviderOptions,
    Pick<ConnectionOptions, 'random' | 'silenceMs' | 'timeoutMs'> {
  /** Used for the waits between attempts, and for the time in tokens. @default the system's */
  readonly clock?: Pick<Clock, 'now' | 'sleep'>;
}

/** Credentials: the fields of its methods in src/contracts/providers/snowflake.ts. */
export function snowflakeProvider({ networkAt, ...options }: SnowflakeProviderOptions = {}): SourceProvider {
  const connectionFor = (credentials: Credentials): Connection => {
    const network = networkAt?.(portOf(originOf(credentials)));
    return connect(credentials, { ...options, network });
  };
  const withDatabase = async <T>(
    credentials: Credentials,
    signal: AbortSignal,
    work: (database: Database) => Promise<T>,
  ): Promise<T> => {
    const connection = connectionFor(credentials);
    const statements = new Statements(connection);
    try {
      return await work({ statements, database: connection.place.database, signal });
    } finally {
      statements.close();
    }
  };
  return {
    open: async (credentials, audienceId, signal) =>
      openSnowflake(new Statements(connectionFor(credentials)), audienceNamed(audienceId), signal),
    audiences: (credentials, page, signal) =>
      withDatabase(credentials, signal, (database) => listTables(database, page)),
    // The tables about the account itself show who else works there, and on what.
    lists: async (audienceId) => {
      const audience = audienceNamed(audienceId);
      if (!('table' in audience)) return false;
      const [database, schema, table] = audience.table;
      return table !== undefined && database !== 'SNOWFLAKE' && schema !== 'INFORMATION_SCHEMA';
    },
    watch: {
      select: selectWatched,
      metadata: (credentials, audienceId, signal) =>
        withDatabase(credentials, signal, (database) =>
          alteredOf(database, connectionFor(credentials).place.schema, audienceId),
        ),
    },
    verify: (credentials, signal) => withDatabase(credentials, signal, testConnection),
    hosts: (credentials) => {
      const url = originOf(credentials);
      return [webHost('Snowflake', url)];
    },
  };
}
