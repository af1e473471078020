/** `lineup move`: opens both databases, moves the rows, and says what the operator must do next. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { isDatabaseAway } from '../domain/errors/database-away.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { systemClock } from '../machine/system-clock.ts';
import { hasMessages, waitingEvents } from '../store/coordination/queue.ts';
import { keepPrivate } from '../store/data-directory/private.ts';
import type { Database } from '../store/database/database.ts';
import { readMigrations } from '../store/database/migrate.ts';
import { openDatabase } from '../store/database/open-database.ts';
import { holdsDatabase } from '../store/database/pglite.ts';
import { readPostgresUrl } from '../store/database/postgres.ts';
import { LONG_SILENCE_MS } from '../store/database/postgres-socket.ts';
import {
  type MovedTable,
  type MoveOutcome,
  type MoveProgress,
  moveDatabase,
  OUTCOME_UNKNOWN,
  OutcomeUnknownError,
  targetInUse,
} from '../store/move/move.ts';
import { putIntoOutbox } from '../store/repositories/outbox.ts';
import { keyFile, type OldKey, oldKey, readKeys } from '../store/secrets/secret-keys.ts';
import { findKeys } from '../store/secrets/secrets.ts';
import { examineSecrets } from '../store/secrets/stored-secrets.ts';

export type { MovedTable, MoveOutcome, MoveProgress };

export interface MoveRequest {
  /** The URL of the target, without a password. @default DATABASE_URL */
  readonly to: string | undefined;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: MoveProgress) => void;
  readonly onOutcome: (outcome: MoveOutcome) => void;
  /** Called with a sentence when file permissions of the data directory were corrected. */
  readonly note: (what: string) => void;
}

export interface Moved {
  /** The target, without user and password. */
  readonly place: string;
  readonly tables: readonly MovedTable[];
  readonly key: MovedKey;
  /** The parts of the data directory that the service still uses, and those that it no longer needs. */
  readonly stillUsed: readonly string[];
  readonly noLongerUsed: readonly string[];
}

export interface MovedKey {
  readonly from: 'LINEUP_SECRET_KEY' | 'file' | 'nowhere';
  /** The key file. */
  readonly path: string;
  /** Keys of earlier rotations that the database needs too, since a restore. */
  readonly old: readonly OldKey[];
  /** Whether the keys open every stored secret. */
  readonly opensAll: boolean;
}

/** The outcome of a move, for every way in which it can end. */
export const outcomeMessages: Readonly<Record<MoveOutcome, string>> = {
  nothing: 'Nothing was moved. The target and the embedded database are unchanged.',
  unknown: OUTCOME_UNKNOWN,
  all: 'The move is complete. The target holds everything, and the embedded database is unchanged.',
};

/** @throws {LineupError} as `openDatabase` and `moveDatabase`; the message also says the outcome of the move */
export async function moveToServer(config: Config, request: MoveRequest): Promise<Moved> {
  const { dataDirectory } = config;
  const url = await targetOf(config, request.to);
  const { place } = readPostgresUrl(url);
  if (!holdsDatabase(dataDirectory)) {
    throw new LineupError(
      'invalid_argument',
      `${dataDirectory} holds no embedded database, so there is nothing to move. LINEUP_DATA_DIR names another data directory.`,
    );
  }
  keepPrivate(dataDirectory, { note: request.note });
  const source = await openDatabase({ dataDirectory });
  try {
    const target = await openDatabase({ dataDirectory, url, silenceMs: LONG_SILENCE_MS }).catch((error: unknown) => {
      throw nothingMoved(error, request);
    });
    try {
      const { tables, key } = await move(source, target, config, request).catch((error: unknown) => {
        throw nothingMoved(target.explain(error), request);
      });
      return { place, tables, key, ...(await directoryAfter(config)) };
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function move(
  source: Database,
  target: Database,
  { dataDirectory, server }: Config,
  { dryRun, signal, onProgress, onOutcome }: MoveRequest,
): Promise<Pick<Moved, 'tables' | 'key'>> {
  const { secretKey } = await server();
  const present = await readKeys(secretKey, dataDirectory);
  const keys = await findKeys(source.db, { value: secretKey, dataDirectory });
  let opensAll = false;
  const tables = await moveDatabase({
    source,
    target,
    migrations: await readMigrations(),
    signal,
    onProgress,
    onOutcome,
    dryRun,
    examine: async (to) => {
      // The moved service would act on these messages: send notifications of another installation, and look for unknown
      // runs.
      if (await hasMessages(to)) {
        throw targetInUse('its job queue (schema lineup_queue) holds messages of another installation');
      }
    },
    complete: async (from, to) => {
      for (const event of await waitingEvents(from)) await putIntoOutbox(to, event, systemClock.now());
      const { known, sealed, opened } = await examineSecrets(to, keys);
      opensAll = known && sealed === opened;
    },
  });
  const from = secretKey ? 'LINEUP_SECRET_KEY' : present.length > 0 ? 'file' : 'nowhere';
  const old = keys.filter((key) => present.every(({ id }) => id !== key.id)).map(({ id }) => oldKey(dataDirectory, id));
  return { tables, key: { from, path: keyFile(dataDirectory), opensAll, old } };
}

/**
 * Refuses a password in an argument: other users of the machine can see it, and it stays in the history of the shell.
 */
async function targetOf(config: Config, to: string | undefined): Promise<string> {
  if (to === undefined) {
    const { databaseUrl } = await config.server();
    if (databaseUrl !== undefined) return databaseUrl;
    throw new LineupError(
      'invalid_argument',
      'The target database is missing. Set DATABASE_URL, or use --to postgresql://user@host:5432/database with the password in PGPASSWORD or in a password file (~/.pgpass).',
    );
  }
  const url = URL.parse(to);
  if (url?.password || url?.searchParams.has('password')) {
    throw new LineupError(
      'invalid_argument',
      'Other users of this machine can see a password in --to. Put the password into PGPASSWORD or a password file (~/.pgpass), or set DATABASE_URL to the whole URL instead of --to.',
    );
  }
  if (url && ['postgres:', 'postgresql:'].includes(url.protocol)) return to;
  throw new LineupError(
    'invalid_argument',
    '--to is not a PostgreSQL URL. Enter one like postgresql://user@host:5432/database.',
  );
}

/** For an error of the database, the message holds only the code: the text of the server may quote a row. */
function nothingMoved(error: unknown, { to, signal }: MoveRequest): unknown {
  const kept = outcomeMessages.nothing;
  if (error instanceof OutcomeUnknownError) return error;
  if (error instanceof LineupError) {
    const message = to === undefined ? error.message : error.message.replaceAll('DATABASE_URL', '--to');
    return new LineupError(error.code, `${message} ${kept}`, {
      retryable: error.retryable,
      reason: error.reason ?? undefined,
    });
  }
  // The interruption may be the cause.
  if (signal.reason instanceof LineupError) return new LineupError('interrupted', `Interrupted. ${kept}`);
  const { code } = error as { code?: unknown };
  const because = (why: string) => new LineupError('storage_failed', `${why} ${kept}`, { cause: error });
  if (typeof code === 'string') return because(`The move failed (${code}).`);
  return isDatabaseAway(error) ? because('The connection to the target broke.') : error;
}

async function directoryAfter(config: Config): Promise<Pick<Moved, 'stillUsed' | 'noLongerUsed'>> {
  const there = (names: readonly string[]) =>
    names.map((name) => join(config.dataDirectory, name)).filter((path) => existsSync(path));
  const { uploadsDirectory } = await config.server();
  const uploads = uploadsDirectory === undefined ? ['uploads'] : [];
  return {
    stillUsed: there([...uploads, 'staged']),
    noLongerUsed: there(['db', 'backups']),
  };
}
