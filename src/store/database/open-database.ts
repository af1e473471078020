/** The way to the database, whichever of the two homes it has. */
import type { Database } from './database.ts';
import { openPglite } from './pglite.ts';
import { openPostgres } from './postgres.ts';

export interface DatabaseOptions {
  /** A PostgreSQL URL; without it, PGlite in `<dataDirectory>/db`. */
  url?: string;
  dataDirectory: string;
  /** Told about connections that break; the pool replaces them. */
  onConnectionLost?: (error: Error) => void;
}

/**
 * Opens the database; its tables are `migrate`'s business.
 * @throws {LineupError} `data_directory_in_use`, `database_unreachable`, `database_refused`, `invalid_configuration`;
 *   never with a password in it
 */
export function openDatabase(options: DatabaseOptions): Promise<Database> {
  return options.url === undefined
    ? openPglite(options.dataDirectory)
    : openPostgres(options.url, options.onConnectionLost);
}
