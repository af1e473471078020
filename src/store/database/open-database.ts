/**
 * Opens the database of the service. A file of its own: it loads a driver, and files that only use `Db` need none.
 * PGlite is loaded only when it is used, because it takes memory, and a process with a server needs none of it.
 */
import type { Database } from './database.ts';
import { openPostgres } from './postgres.ts';

export interface DatabaseOptions {
  /** A PostgreSQL URL; without it, PGlite in `<dataDirectory>/db`. */
  url?: string;
  dataDirectory: string;
  /** Called when a connection breaks; the pool replaces it. */
  onConnectionLost?: (error: Error) => void;
  /** A connection to a server is lost after so many ms without a byte. @default `SILENCE_MS` */
  silenceMs?: number;
}

/**
 * Opens the database. `migrate` makes its tables.
 * @throws {LineupError} `data_directory_in_use`, `database_unreachable`, `database_refused`, `invalid_configuration`;
 * the
 *   message never contains a password
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  if (options.url !== undefined) return openPostgres(options.url, options);
  const { openPglite } = await import('./pglite.ts');
  return openPglite(options.dataDirectory);
}
