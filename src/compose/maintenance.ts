/**
 * Work on the database without a service: backups, and the first API token. The keys of its secrets: secret-keys.ts.
 */
import type { Config } from '../config/config.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { type ApiToken, type NewApiToken, newApiToken, operator } from '../domain/people/people.ts';
import { systemClock } from '../machine/system-clock.ts';
import { keepPrivate } from '../store/data-directory/private.ts';
import { backUp, restore } from '../store/database/backup.ts';
import { type Database, transaction } from '../store/database/database.ts';
import { migrate } from '../store/database/migrate.ts';
import { openDatabase } from '../store/database/open-database.ts';
import { createApiToken } from '../store/repositories/api-tokens.ts';
import { recordAudit } from '../store/repositories/audit-log.ts';
import { type OldKey, oldKey, readKeys } from '../store/secrets/secret-keys.ts';
import { findKeys, neededKeys } from '../store/secrets/secrets.ts';

/** Called with a sentence when file permissions of the data directory were corrected. */
export type Note = (what: string) => void;

/** @returns the size of the backup in bytes, and the ids of the keys that it needs */
export async function backUpTo(
  config: Config,
  path: string,
  note: Note,
): Promise<{ bytes: number; keyIds: readonly string[] }> {
  await refusePostgres(
    config,
    'pg_dump --format=custom --schema=lineup --schema=lineup_queue --file=lineup.dump "$DATABASE_URL"',
  );
  keepPrivate(config.dataDirectory, { note });
  return backUp(config.dataDirectory, path);
}

export interface Restored {
  /** How many jobs it holds. */
  readonly jobs: number;
  /** The keys that it needs, by their ids. */
  readonly keyIds: readonly string[];
  /** Those of them that are not here. */
  readonly missing: readonly string[];
  /** Those that are no present keys of this installation, but that an earlier rotation has kept. */
  readonly old: readonly OldKey[];
}

/** Restores a backup, and migrates its tables to this version. */
export async function restoreFrom(config: Config, path: string, note: Note): Promise<Restored> {
  await refusePostgres(
    config,
    'drop the schemas lineup and lineup_queue, then pg_restore --exit-on-error --dbname="$DATABASE_URL" lineup.dump (docs/operations/recover.md)',
  );
  const { dataDirectory } = config;
  keepPrivate(dataDirectory, { note });
  const { secretKey: value } = await config.server();
  const database = await restore(dataDirectory, path);
  try {
    const { db } = database;
    await migrate(database);
    const { count } = await db
      .selectFrom('jobs')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    const keyIds = await neededKeys(db);
    const present = (await readKeys(value, dataDirectory)).map(({ id }) => id);
    const found = (await findKeys(db, { value, dataDirectory })).map(({ id }) => id);
    return {
      jobs: count,
      keyIds,
      missing: keyIds.filter((id) => !found.includes(id)),
      old: found.filter((id) => !present.includes(id)).map((id) => oldKey(dataDirectory, id)),
    };
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
 * Works on the database of the service, after migrating it to this version.
 * @throws {LineupError} what `openDatabase` throws
 */
export async function onDatabase<T>(config: Config, note: Note, work: (database: Database) => Promise<T>): Promise<T> {
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
    return transaction(db, async (tx) => {
      const expiresAt = expires_at === null ? null : new Date(expires_at);
      const { token, entry } = await createApiToken(tx, { name, role, expiresAt }, operator, now);
      const detail = { name, role };
      const line = { action: 'api_token.create', subjectType: 'api_token', subjectId: entry.id, detail };
      await recordAudit(tx, operator, line, now);
      return { token: token.reveal(), entry };
    });
  });
}
