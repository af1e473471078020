/** What a trigger compares of a table or a query of Snowflake. */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { Credentials, SourceField, Watchable } from '../source.ts';
import { digestOf } from '../watch.ts';
import type { Database } from './catalogue.ts';
import { relationOf } from './relation.ts';
import { audienceNamed, quote, readTableName } from './sql-text.ts';

/** @throws {LineupError} `invalid_argument` */
export function selectWatched(_: Credentials, given: Watchable, { name, type }: SourceField): string {
  if ('query' in given && !hasFractions(type)) return given.query;
  const value = 'query' in given ? quote(name) : `MAX(${quote(name)})`;
  const { sql } = relationOf('query' in given ? given : { table: readTableName(given.table) });
  return `SELECT ${hasFractions(type) ? `TO_VARCHAR(${value}, '${formatOf(type)}')` : value} AS LATEST FROM ${sql}`;
}

/** The session writes these with the fractions that it likes. */
const hasFractions = (type: string): boolean => type.startsWith('TIME');

function formatOf(type: string): string {
  if (type === 'TIME') return 'HH24:MI:SS.FF9';
  return `YYYY-MM-DD HH24:MI:SS.FF9${type === 'TIMESTAMP_NTZ' ? '' : ' TZHTZM'}`;
}

/**
 * When the table was altered, as Snowflake knows it. The table is not read.
 * @param schema that of the authorization, for a name without one
 * @throws {LineupError} `source_unsupported` for a view, a query, or a name without its schema; `source_*`
 */
export async function alteredOf(
  { statements, database, signal }: Database,
  schema: string,
  audienceId: string,
): Promise<string> {
  const audience = audienceNamed(audienceId);
  const names = 'table' in audience ? audience.table : [];
  const [table = '', ofSchema = schema, ofDatabase = database] = [...names].reverse();
  if (table === '' || ofSchema === '' || ofDatabase === '') throw unknown();
  const { rows } = await statements.lookup(
    `SELECT TABLE_TYPE, TO_CHAR(CONVERT_TIMEZONE('UTC', LAST_ALTERED), 'YYYY-MM-DD"T"HH24:MI:SS.FF9')
FROM ${quote(ofDatabase)}.INFORMATION_SCHEMA.TABLES
WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? LIMIT 1`,
    { values: [ofSchema, table], subject: { label: audienceId }, signal },
  );
  const [type, altered] = rows[0] ?? [];
  if (!altered || type?.includes('VIEW')) throw unknown();
  return digestOf(altered);
}

const unknown = (): LineupError =>
  new LineupError(
    'source_unsupported',
    sentence`Snowflake knows only of tables when they were changed. Write the table as DATABASE.SCHEMA.TABLE; for a view or a query, choose a column or a query for the trigger.`,
  );
