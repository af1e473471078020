/** What repositories answer when a row is not there, or not as it was. */
import { LineupError } from '../contracts/errors.ts';

export const notFound = (kind: string, id: string): LineupError =>
  new LineupError('not_found', `There is no ${kind} "${id}".`);

export const changedMeanwhile = (kind: string): LineupError =>
  new LineupError(
    'changed_meanwhile',
    `This ${kind} was changed by somebody else in the meantime. Look at it again before you save.`,
  );

const sqlStates = { unique: '23505', foreign_key: '23503' } as const;

/** Whether the database refused a row for one of its constraints. */
export function violates(error: unknown, constraint: keyof typeof sqlStates): boolean {
  return (error as { code?: string } | null)?.code === sqlStates[constraint];
}
