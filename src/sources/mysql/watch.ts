/** The value that a trigger compares. */
import type { Credentials, SourceField, Watchable } from '../source.ts';
import { checkQuery } from './query-refusal.ts';
import { quoteName, quoteTableName, readTableName } from './sql-text.ts';

/** @throws {LineupError} `invalid_argument` */
export function selectWatched(_: Credentials, given: Watchable, { name, type }: SourceField): string {
  const isTable = 'table' in given;
  const value = isTable ? `MAX(${quoteName(name)})` : quoteName(name);
  const from = isTable ? quoteTableName(readTableName(given.table)) : `(\n${checkQuery(given.query)}\n) AS watched`;
  return `SELECT ${exactly(value, type)} AS latest FROM ${from}`;
}

function exactly(value: string, type: string): string {
  // Its text is in the time zone of the session, where an hour may come twice.
  if (type === 'timestamp') return `UNIX_TIMESTAMP(${value})`;
  // The text of a float has six digits.
  return type === 'float' ? `${value} + 0e0` : value;
}
