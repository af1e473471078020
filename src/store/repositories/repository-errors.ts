/** The errors of repositories: a missing row, a changed row, a database that cannot be written. */
import { databaseFailure } from '../../domain/errors/database-away.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';

const missing = {
  'API token': (id: string) => sentence`There is no API token "${id}".`,
  authorization: (id: string) => sentence`There is no authorization "${id}".`,
  job: (id: string) => sentence`There is no job "${id}".`,
  'notification channel': (id: string) => sentence`There is no notification channel "${id}".`,
  'suppression list': (id: string) => sentence`There is no suppression list "${id}".`,
  upload: (id: string) => sentence`There is no upload "${id}".`,
  run: (id: string) => sentence`There is no run "${id}".`,
} as const satisfies Record<string, (id: string) => Sentence>;

export const notFound = (kind: keyof typeof missing, id: string): LineupError =>
  new LineupError('not_found', missing[kind](id));

const sqlStates = { unique: '23505', foreign_key: '23503' } as const;

/** Whether the database refused a row because of a constraint. */
export function violates(error: unknown, constraint: keyof typeof sqlStates): boolean {
  return (error as { code?: string } | null)?.code === sqlStates[constraint];
}

/** Of a row with foreign keys only to authorizations. @throws `error`, or `not_found` in place of it */
export function unknownAuthorization(error: unknown): never {
  if (!violates(error, 'foreign_key')) throw error;
  throw new LineupError(
    'not_found',
    sentence`This authorization does not exist. It may have been deleted just now. Choose another one.`,
  );
}

/**
 * An error of the database in the form that the export's ports promise: `disk_full`, `database_unreachable` or
 * `storage_failed`. A `LineupError` stays.
 * @param refused says what the database did not do
 */
export function explainDatabase(error: unknown, refused: Sentence): LineupError {
  if (error instanceof LineupError) return error;
  return databaseFailure(error) ?? new LineupError('storage_failed', refused, { retryable: true, cause: error });
}

/** Runs `work`, and explains its errors. @throws {LineupError} as `explainDatabase` says, and each one of `work` */
export async function inDatabase<T>(refused: Sentence, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explainDatabase(error, refused);
  }
}
