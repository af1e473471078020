/**
 * Moves the embedded database to a server: every row of every table in one transaction. It commits only when each
 * table has the same rows in both databases. The old database is only read.
 */
import { LineupError } from '../../domain/errors/errors.ts';
import { type Database, SCHEMA, snapshot, type Tx, transaction } from '../database/database.ts';
import { type Migration, migrateWithin } from '../database/migrate.ts';
import {
  type Content,
  contentOf,
  copyTable,
  inSchema,
  rowsOf,
  setTextFormats,
  type Table,
  tablesOf,
} from './tables.ts';

export interface MovedTable extends Content {
  readonly table: string;
}

export interface MoveProgress {
  readonly table: string;
  /** Rows of all tables together. */
  readonly rows: number;
  readonly of: number;
}

/** What the target holds if the process ends now. */
export type MoveOutcome = 'nothing' | 'unknown' | 'all';

export interface MoveOptions {
  readonly source: Database;
  readonly target: Database;
  /** The migrations of this version. */
  readonly migrations: readonly Migration[];
  readonly signal: AbortSignal;
  readonly onProgress: (progress: MoveProgress) => void;
  /** Called when the outcome changes. At first it is `nothing`. */
  readonly onOutcome: (outcome: MoveOutcome) => void;
  /** Refuses a target by what it holds beside Lineup's tables, which are empty or missing. */
  readonly examine: (target: Tx) => Promise<void>;
  /** Reads the old database or completes the new one, in the same transaction. */
  readonly complete: (source: Tx, target: Tx) => Promise<void>;
  /** Copies and compares everything, then rolls back. */
  readonly dryRun: boolean;
}

/** The error for a target that another installation uses or has left behind. */
export const targetInUse = (because: string): LineupError =>
  new LineupError(
    'invalid_argument',
    `The target database is in use: ${because}. Choose an empty database, or drop the schemas lineup and lineup_queue there if nobody needs them.`,
  );

class RolledBackError extends Error {}

/** The connection broke during the commit, so the server may have committed. */
export class OutcomeUnknownError extends LineupError {
  constructor() {
    super('storage_failed', `The connection to the target broke at the very end. ${OUTCOME_UNKNOWN}`);
  }
}

export const OUTCOME_UNKNOWN =
  'It is unknown whether the move is complete. Run the same command again. If it reports that the target holds rows, the move is complete.';

/**
 * @returns every table with its number of rows and its checksum
 * @throws {LineupError} `invalid_argument` for a target that is not empty; `database_newer`; `storage_failed`.
 *   After any error but an `OutcomeUnknownError`, the target is unchanged
 */
export async function moveDatabase(options: MoveOptions): Promise<MovedTable[]> {
  const { source, target, dryRun, signal, onOutcome } = options;
  let moved: MovedTable[] = [];
  let outcome = 'nothing' as MoveOutcome;
  const setOutcome = (next: MoveOutcome) => {
    outcome = next;
    onOutcome(next);
  };
  try {
    await snapshot(source.db, async (from) => {
      await transaction(target.db, async (to) => {
        moved = await moveWithin(from, to, options);
        signal.throwIfAborted();
        if (dryRun) throw new RolledBackError();
        setOutcome('unknown');
      });
      setOutcome('all');
    });
  } catch (error) {
    // After the commit, only the end of the reading transaction can fail, and nothing depends on that.
    if (error instanceof RolledBackError || outcome === 'all') return moved;
    if (outcome === 'unknown' && !hasAnswered(error)) throw new OutcomeUnknownError();
    setOutcome('nothing');
    throw error;
  }
  return moved;
}

/** Whether the server answered with an error, and not because its connection was ended. */
const hasAnswered = (error: unknown): boolean =>
  /^(?!08|57P)[0-9A-Z]{5}$/.test(String((error as { code?: unknown } | undefined)?.code));

async function moveWithin(source: Tx, target: Tx, options: MoveOptions): Promise<MovedTable[]> {
  const { signal, onProgress, examine, complete } = options;
  const migrations = await migrationsOf(source, options.migrations);
  await setTextFormats(source);
  await assertUnicode(target);
  await assertNoRows(target);
  await examine(target);
  await prepare(target, migrations);
  const tables = await tablesOf(source);
  assertSame(tables, await tablesOf(target));

  const before: MovedTable[] = [];
  for (const table of tables) before.push({ table: table.name, ...(await contentOf(source, table)) });
  const total = before.reduce((sum, { rows }) => sum + rows, 0);
  let rows = 0;
  for (const table of tables) {
    const onRows = (count: number) => {
      rows += count;
      onProgress({ table: table.name, rows, of: total });
    };
    await copyTable(source, target, table, { signal, onRows });
  }

  for (const [index, table] of tables.entries()) {
    signal.throwIfAborted();
    const { rows: there, checksum } = await contentOf(target, table);
    if (there !== before[index]?.rows || checksum !== before[index]?.checksum) {
      throw new LineupError(
        'storage_failed',
        `The table ${table.name} is not the same in the new database (${there} rows of ${before[index]?.rows}).`,
      );
    }
  }
  // The migrations that this version has and the old database has not.
  await migrateWithin(target, options.migrations);
  await complete(source, target);
  return before;
}

/** The migrations that the old database has. Its rows fit into the tables that these make. */
async function migrationsOf(source: Tx, known: readonly Migration[]): Promise<readonly Migration[]> {
  const count = await countMigrations(source);
  if (count === 0) {
    throw new LineupError('invalid_argument', 'The embedded database holds no tables of Lineup.');
  }
  if (count <= known.length) return known.slice(0, count);
  throw new LineupError(
    'database_newer',
    'The embedded database is from a newer version of Lineup. Move it with that version.',
  );
}

async function countMigrations(tx: Tx): Promise<number> {
  const [there] = await rowsOf<{ table: boolean }>(
    tx,
    `select to_regclass('${SCHEMA}.migrations') is not null as table`,
  );
  if (!there?.table) return 0;
  const [found] = await rowsOf<{ count: number }>(tx, `select count(*)::int as count from ${SCHEMA}.migrations`);
  return found?.count ?? 0;
}

async function assertUnicode(target: Tx): Promise<void> {
  const [encoding] = await rowsOf<{ name: string }>(target, "select current_setting('server_encoding') as name");
  if (encoding?.name !== 'UTF8') {
    throw new LineupError(
      'invalid_argument',
      `The target database has the encoding ${encoding?.name}, which cannot store every name. Create a database with the encoding UTF8.`,
    );
  }
}

async function assertNoRows(target: Tx): Promise<void> {
  for (const table of await tablesOf(target)) {
    const [{ full } = { full: false }] = await rowsOf<{ full: boolean }>(
      target,
      `select exists (select from ${inSchema(table.name)}) as full`,
    );
    if (full) throw targetInUse(`it already holds rows of Lineup (table ${table.name})`);
  }
}

/** Makes the tables, or uses existing ones. */
async function prepare(target: Tx, migrations: readonly Migration[]): Promise<void> {
  if ((await countMigrations(target)) > migrations.length) throw tooOld();
  await migrateWithin(target, migrations);
  await setTextFormats(target);
}

const tooOld = (): LineupError =>
  new LineupError(
    'invalid_argument',
    'The tables of the embedded database are older than those of the target. Start this version of Lineup once on the embedded database to update its tables, then move it.',
  );

/** @throws {LineupError} when the tables have different columns */
function assertSame(source: readonly Table[], target: readonly Table[]): void {
  if (JSON.stringify(source) === JSON.stringify(target)) return;
  throw new LineupError(
    'storage_failed',
    'The tables of the two databases differ, so the rows do not fit. Choose an empty database as the target.',
  );
}
