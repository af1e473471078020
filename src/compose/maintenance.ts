/** What an operator does while no service runs on the database: backups, and new keys for its secrets. */
import type { Config } from '../config.ts';
import { LineupError } from '../contracts/errors.ts';
import { backUp, restore } from '../store/backup.ts';
import { openDatabase } from '../store/database.ts';
import { migrate } from '../store/migrate.ts';
import { addKeyToFile, keepFirstKeyOfFile } from '../store/secret-keys.ts';
import { openSecrets, rotateSecrets } from '../store/secrets.ts';

/** @returns the size of the backup in bytes */
export function backUpTo(config: Config, path: string): Promise<number> {
  refusePostgres(config, 'pg_dump --format=custom --file=lineup.dump "$DATABASE_URL"');
  return backUp(config.dataDirectory, path);
}

/** Restores a backup, and brings its tables to this version. @returns how many jobs it holds */
export async function restoreFrom(config: Config, path: string): Promise<number> {
  refusePostgres(config, 'pg_restore --clean --if-exists --dbname="$DATABASE_URL" lineup.dump');
  const database = await restore(config.dataDirectory, path);
  try {
    await migrate(database);
    const { count } = await database.db
      .selectFrom('jobs')
      .select((of) => of.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    return count;
  } finally {
    await database.close();
  }
}

function refusePostgres(config: Config, command: string): void {
  if (config.server().databaseUrl === undefined) return;
  throw new LineupError(
    'invalid_argument',
    `DATABASE_URL names a PostgreSQL database, which has its own tools for this: ${command}`,
  );
}

/**
 * Seals every secret anew: with a new key that is put into the key file, or with the first of LINEUP_SECRET_KEY.
 * @returns how many were sealed anew
 * @throws {LineupError} `secret_key_wrong`; `data_directory_in_use`
 */
export async function rotateSecretKeys(config: Config): Promise<number> {
  const { databaseUrl: url, secretKey: value } = config.server();
  const { dataDirectory } = config;
  const database = await openDatabase({ dataDirectory, url });
  try {
    await migrate(database);
    // First with the keys that are there: a wrong one must not be joined by a new one.
    await openSecrets(database.db, { value, dataDirectory });
    if (value === undefined) await addKeyToFile(dataDirectory);
    const sealed = await rotateSecrets(database.db, await openSecrets(database.db, { value, dataDirectory }));
    if (value === undefined) await keepFirstKeyOfFile(dataDirectory);
    return sealed;
  } finally {
    await database.close();
  }
}
