/** What a trigger compares of a table or a query of BigQuery. */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { SourceField, Watchable } from '../source.ts';
import { digestOf } from '../watch.ts';
import { isStored } from './catalogue.ts';
import type { BigQueryClient } from './client.ts';
import { audienceNamed, quoteColumn, quoteTableName } from './names.ts';

/** @throws {LineupError} `invalid_argument` */
export function selectWatched(project: string, given: Watchable, { name }: SourceField): string {
  // A column of a query that has no name cannot be named outside of it, and the values are exact.
  if ('query' in given) return given.query;
  const table = audienceNamed(given.table, project);
  if ('query' in table) return given.table;
  const column = quoteColumn(name);
  return `SELECT MAX(${column}) AS latest FROM (SELECT ${column} FROM ${quoteTableName(table)})`;
}

/**
 * When the table was modified, as BigQuery knows it. The table is not read, and it costs nothing.
 * @throws {LineupError} `source_unsupported` for a view or a query, `source_*`
 */
export async function modifiedOf(client: BigQueryClient, audienceId: string, signal: AbortSignal): Promise<string> {
  const name = audienceNamed(audienceId, client.account.project);
  const found = 'query' in name ? undefined : await client.table(name, signal);
  if (found && isStored(found.type) && found.lastModifiedTime !== undefined)
    return digestOf(`${found.lastModifiedTime}`);
  throw new LineupError(
    'source_unsupported',
    sentence`BigQuery knows only of tables when they were changed, and not of views and queries. Choose a column or a query for the trigger.`,
  );
}
