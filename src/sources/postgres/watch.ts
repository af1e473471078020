/** The value that a trigger compares. */
import { escapeIdentifier } from 'pg';
import { readQuery } from '../database/query.ts';
import type { Credentials, SourceField, Watchable } from '../source.ts';
import { quoteTableName, readTableName } from './sql-text.ts';

/** @throws {LineupError} `invalid_argument` */
export function selectWatched(_: Credentials, given: Watchable, { name, type }: SourceField): string {
  const column = escapeIdentifier(name);
  const isTable = 'table' in given;
  const value = isTable ? `pg_catalog.max(${column})` : column;
  // Otherwise the time zone of the session would be in its text.
  const text =
    type.endsWith('with time zone') && type.startsWith('timestamp') ? `(${value} AT TIME ZONE 'UTC')` : value;
  const from = isTable ? quoteTableName(readTableName(given.table)) : `(\n${readQuery(given.query)}\n) AS watched`;
  return `SELECT ${text} AS latest FROM ${from}`;
}
