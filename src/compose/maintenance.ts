/** Work on the database without a service: backups, new keys for its secrets, and the first API token. */
import type { Config } from '../config/config.ts';
import { LineupError } from '../contracts/errors.ts';
import { type ApiToken, type NewApiToken, newApiToken, operator } from '../contracts/people.ts';
import { systemClock } from '../contracts/system-clock.ts';
import { keepPrivate } from '../store/data-directory/private.ts';
import { backUp, restore } from '../store/database/backup.ts';
import type { Database } from '../store/database/database.ts';
import { migrate } from '../store/database/migrate.ts';
import { openDatabase } from '../store/database/open-database.ts';
import { createApiToken } from '../store/repositories/api-tokens.ts';
import { recordAudit } from '../store/repositories/audit-log.ts';
import { addKeyToFile, keepFirstKeyOfFile } from '../store/secrets/secret-keys.ts';
import { openSecrets } from '../store/secrets/secrets.ts';
import { rotateSecrets } from '../store/secrets/stored-secrets.ts';

/** Called with a sentence when file permissions of the data directory were corrected. */
type Note = (what: string) => void;

/** @returns the size of the backup in bytes */
export async function backUpTo(config: Config, path: string, note: Note): Promise<number> {
  await refusePostgres(
    config,
    'pg_dump --format=custom --schema=lineup --schema=lineup_queue --file=lineup.dump "$DATABASE_URL"',
  );
  keepPrivate(config.dataDirectory, { note });
  return backUp(config.dataDirectory, path);
}

/** Restores a backup, and migrates its tables to this version. @returns how many jobs it holds */
export async function restoreFrom(config: Config, path: string, note: Note): Promise<number> {
  await refusePostgres(
    config,
    'drop the schemas lineup and lineup_queue, then pg_restore --exit-on-error --dbname="$DATABASE_URL" lineup.dump (docs/operations.md)',
  );
  keepPrivate(config.dataDirectory, { note });
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

async function refusePostgres(config: Config, command: string): Promise<void> {
  if ((await config.server()).databaseUrl === undefined) return;
  throw new LineupError(
    'invalid_argument',
    `DATABASE_URL names a PostgreSQL database. Use the tools of PostgreSQL for this: ${command}`,
  );
}

/**
 * Encrypts every secret again: with a new key that is added to the key file, or with the first key of LINEUP_SECRET_KEY.
 * @returns how many secrets were encrypted again
 * @throws {LineupError} `secret_key_wrong`; `data_directory_in_use`
 */
export async function rotateSecretKeys(config: Config, note: Note): Promise<number> {
  const { secretKey: value } = await config.server();
  const { dataDirectory } = config;
  return onDatabase(config, note, async (database) => {
    // First check the present keys: a new key must not be added to a wrong one.
    const mayMakeKey = database.connection.kind === 'pglite';
    const now = systemClock.now();
    await openSecrets(database.db, { value, dataDirectory, now, mayMakeKey });
    if (value === undefined) await addKeyToFile(dataDirectory);
    const sealed = await rotateSecrets(
      database.db,
      await openSecrets(database.db, { value, dataDirectory, now, mayMakeKey: false }),
    );
    if (value === undefined) await keepFirstKeyOfFile(dataDirectory);
    return sealed;
  });
}

/** Works on the database of the service, after migrating it to this version. @throws {LineupError} what `openDatabase` throws */
async function onDatabase<T>(
  config: Config,
  note: Note,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const { dataDirectory } = config;
  keepPrivate(dataDirectory, { note });
  const { databaseUrl: url } = await config.server();
  const database = await openDatabase({ dataDirectory, url });
  try {
    await migrate(database);
    return await work(database);
  } catch (error) {
    throw database.explain(error);
  } finally {
    await database.close();
  }
}

/**
 * Makes an API token without a service, for machines without a browser.
 * @throws {LineupError} `invalid_argument`; `data_directory_in_use` when a service is running, which can make the token
 */
export async function createFirstToken(
  config: Config,
  wanted: NewApiToken,
  note: Note,
): Promise<{ token: string; entry: ApiToken }> {
  const input = newApiToken.safeParse(wanted);
  if (!input.success) throw new LineupError('invalid_argument', '--name takes 1 to 120 characters.');
  const { name, role, expires_at } = input.data;
  return onDatabase(config, note, ({ db }) => {
    const now = systemClock.now();
    return db.transaction().execute(async (tx) => {
      const expiresAt = expires_at === null ? null : new Date(expires_at);
      const { token, entry } = await createApiToken(tx, { name, role, expiresAt }, operator, now);
      const detail = { name, role };
      const line = { action: 'api_token.create', subjectType: 'api_token', subjectId: entry.id, detail };
      await recordAudit(tx, operator, line, now);
      return { token: token.reveal(), entry };
    });
  });
}
