/** What is read: a table or view, or a query. Its fields, and the SELECT for the values of one of them. */
import { escapeIdentifier } from 'pg';
import { LineupError } from '../../contracts/errors.ts';
import { type Sentence, sentence, together } from '../../contracts/sentence.ts';
import { nearest } from '../nearest.ts';
import { partsOf } from './failure.ts';
import { type Column, describeFields, type PostgresField, textOf } from './fields.ts';
import { quoteTableName, type TableName, writeTableName } from './names.ts';
import type { Session } from './session.ts';

export type PostgresAudience = TableName | { readonly query: string };

/** Something that a SELECT can be FROM. */
export interface Relation {
  readonly sql: string;
  readonly label: string;
  readonly fields: readonly PostgresField[];
}

/** @throws {LineupError} `source_not_found`, `invalid_argument` for a query that is not one SELECT */
export async function describeAudience(session: Session, audience: PostgresAudience): Promise<Relation> {
  return 'query' in audience ? describeQuery(session, audience.query) : describeTable(session, audience);
}

async function describeTable(session: Session, name: TableName): Promise<Relation> {
  const { rows } = await session.query<Column>(
    `SELECT attname AS name, atttypid AS type, atttypmod AS modifier
     FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE nspname = $1 AND relname = $2 AND relkind IN ('r', 'p', 'v', 'm', 'f') AND attnum > 0 AND NOT attisdropped
       AND has_column_privilege(attrelid, attnum, 'SELECT')
     ORDER BY attnum`,
    [name.schema, name.table],
  );
  const label = writeTableName(name);
  if (rows.length === 0) throw await tableNotFound(session, label);
  return { sql: quoteTableName(name), label, fields: await describeFields(session, rows) };
}

async function tableNotFound(session: Session, label: string): Promise<LineupError> {
  const { rows } = await session.query<TableName>(
    `SELECT table_schema AS schema, table_name AS table FROM information_schema.tables
     WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2 LIMIT 1000`,
  );
  const near = nearest(label, rows.map(writeTableName));
  return new LineupError(
    'source_not_found',
    together(
      sentence`There is no table or view ${label} that this user may read.`,
      near === undefined ? undefined : sentence`Did you mean ${near}?`,
    ),
  );
}

/**
 * A query is one SELECT if it can stand both where only a SELECT can, and by itself: text that closes the parenthesis around it
 * passes the first test alone.
 */
async function describeQuery(session: Session, given: string): Promise<Relation> {
  const query = given.replace(/[;\s]+$/, '');
  if (query.trim() === '') throw notOneSelect(sentence`it is empty`);
  // The protocol ends a text at this character, and would take what follows for something else.
  if (query.includes('\0')) throw notOneSelect(sentence`it holds a NUL character`);
  // The line break is for a query that ends in a comment.
  const sql = `(\n${query}\n) AS audience`;
  try {
    await session.query(`EXPLAIN SELECT * FROM ${sql}`);
    await session.query(`EXPLAIN ${query}`);
  } catch (error) {
    throw refusal(error, query);
  }
  const { fields } = await session.query(`SELECT * FROM ${sql} LIMIT 0`);
  const columns = fields.map(({ name, dataTypeID, dataTypeModifier }) => ({
    name,
    type: dataTypeID,
    modifier: dataTypeModifier,
  }));
  return { sql, label: 'the query', fields: await describeFields(session, columns) };
}

/** What the server says about a query's text (SQLSTATE class 42, and features it lacks) is about names and syntax. */
function refusal(error: unknown, query: string): unknown {
  const { code, message, position } = partsOf(error);
  if (!/^(42|0A)/.test(code) || code === '42501') return error;
  const line = position === undefined ? undefined : lineOf(position, query);
  return notOneSelect(
    line === undefined
      ? sentence`the server says: ${message}`
      : sentence`the server says of line ${String(line)}: ${message}`,
    code,
  );
}

/** The line of the query at a position that counts characters from 1 in `EXPLAIN SELECT * FROM (\n…`. */
function lineOf(position: number, query: string): number | undefined {
  const before = [...query].slice(0, Math.max(0, position - 'EXPLAIN SELECT * FROM (\n'.length - 1));
  return before.filter((character) => character === '\n').length + 1;
}

function notOneSelect(why: Sentence, reason?: string): LineupError {
  return new LineupError(
    'invalid_argument',
    sentence`This query cannot be used: ${why}. It must be one SELECT (or WITH … SELECT) that the user of this connection may run.`,
    { reason },
  );
}

/** The values of a field, one a row. */
export function selectValues({ sql }: Relation, field: PostgresField): string {
  return `SELECT ${textOf(escapeIdentifier(field.name), field)} FROM ${sql}`;
}

/** The lists of a field, a `text[]` a row. */
export function selectLists({ sql }: Relation, field: PostgresField): string {
  const texts = `SELECT ${textOf('value', field)} FROM unnest(list) WITH ORDINALITY AS element (value, place) ORDER BY place`;
  return `SELECT ARRAY (${texts}) FROM (SELECT ${escapeIdentifier(field.name)} AS list FROM ${sql}) AS member`;
}

/** The marked records of source.ts: those of a member stand together, for the lists are unnested row by row. */
export function selectMarkedValues({ sql }: Relation, field: PostgresField): string {
  return `SELECT CASE WHEN place > 1 THEN '.' ELSE '+' END || coalesce(${textOf('value', field)}, '')
    FROM (SELECT ${escapeIdentifier(field.name)} AS list FROM ${sql}) AS member
    LEFT JOIN LATERAL unnest(list) WITH ORDINALITY AS element (value, place) ON true`;
}
