/**
 * What a scan reads: a table, a view or a query. Describes its fields and builds the SELECT for the values of one field
 * or several.
 */
import { escapeIdentifier } from 'pg';
import { z } from 'zod';
import { LineupError } from '../../domain/errors/errors.ts';
import { joinSentences, sentence } from '../../domain/text/sentence.ts';
import { readQuery } from '../database/query.ts';
import type { DatabaseRelation } from '../database/source.ts';
import { nearest } from '../find-field.ts';
import { describeFields, type PostgresField, serverName, textOf } from './fields.ts';
import { explainRefusal } from './query-refusal.ts';
import type { Session } from './session.ts';
import { NO_RIGHT, SessionError } from './session-error.ts';
import { quoteTableName, type TableName, writeTableName } from './sql-text.ts';
import type { Column } from './statements.ts';

export type PostgresAudience = TableName | { readonly query: string };

export interface Relation extends DatabaseRelation<PostgresField> {
  /** The columns that this user may not read. Only of a table or view. */
  readonly denied: readonly string[];
}

/**
 * @throws {LineupError} `source_not_found`, `source_unauthorized`, `invalid_argument` for a query that is not one
 * SELECT
 */
export async function describeAudience(session: Session, audience: PostgresAudience): Promise<Relation> {
  return 'query' in audience ? describeQuery(session, audience.query) : describeTable(session, audience);
}

const column = z.object({ name: serverName, type: z.coerce.number(), modifier: z.coerce.number() });
const columnOfTable = column.extend({
  readable: z.enum(['t', 'f']),
});

async function describeTable(session: Session, name: TableName): Promise<Relation> {
  const rows = await session.query(
    columnOfTable,
    `SELECT attname AS name, atttypid AS type, atttypmod AS modifier,
       has_column_privilege(attrelid, attnum, 'SELECT') AS readable
     FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE nspname = $1 AND relname = $2 AND relkind IN ('r', 'p', 'v', 'm', 'f') AND attnum > 0 AND NOT attisdropped
     ORDER BY attnum`,
    [name.schema, name.table],
  );
  const label = writeTableName(name);
  if (rows.length === 0) throw await tableNotFound(session, label);
  const readable = rows.filter(({ readable }) => readable === 't');
  // The catalogue shows everybody what there is. So a lost grant is not taken for a lost table.
  if (readable.length === 0) throw session.explain(new SessionError(NO_RIGHT), session.subjectOf(label));
  const denied = rows.flatMap((row) => (row.readable === 't' ? [] : row.name));
  const fields = await describeFields(session, readable);
  return { sql: quoteTableName(name), label, isQuery: false, fields, denied };
}

async function tableNotFound(session: Session, label: string): Promise<LineupError> {
  const rows = await session.query(
    z.object({ schema: serverName, table: serverName }),
    `SELECT table_schema AS schema, table_name AS table FROM information_schema.tables
     WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2 LIMIT 1000`,
  );
  const near = nearest(label, rows.map(writeTableName));
  return new LineupError(
    'source_not_found',
    joinSentences(
      sentence`There is no table or view ${label} that this user may read.`,
      near === undefined ? undefined : sentence`Did you mean ${near}?`,
    ),
  );
}

/** The text before a query when it is described. The server counts positions from its start. */
const BEFORE = 'SELECT * FROM (\n';

/**
 * A query is exactly one SELECT if the server can parse it in two ways: inside parentheses, where only a
 * SELECT may stand, and alone. A text that closes the parentheses early passes only the first test. The
 * server plans and runs nothing for this.
 */
async function describeQuery(session: Session, given: string): Promise<Relation> {
  const query = readQuery(given);
  // The line break is needed after a query that ends in a comment.
  const end = '\n) AS audience';
  await session.takeUserPath();
  const columns = await describeColumns(session, query, `${BEFORE}${query}${end}`);
  const fields = await describeFields(session, columns);
  return { sql: `(\n${query}${end}`, label: 'the query', isQuery: true, fields, denied: [] };
}

async function describeColumns(session: Session, query: string, inside: string): Promise<readonly Column[]> {
  try {
    const { columns, parameters } = await session.describe(inside);
    await session.describe(query);
    // Every PostgreSQL server describes the columns of a SELECT.
    if (columns === undefined || !z.array(column).safeParse(columns).success) throw new SessionError('protocol');
    if (parameters > 0) throw new SessionError('42P02');
    return columns;
  } catch (error) {
    throw explainRefusal(error, { query, before: BEFORE.length });
  }
}

/** Limits for a value and for a list in a preview. No identifier is longer, and a mask needs less. */
const SHOWN_CHARACTERS = 400;
const SHOWN_VALUES = 20;

/**
 * The first characters of a field's values: a JSON list for each member. Functions and operators have their schema here
 * and below, so that none of the `search_path` takes their place.
 */
export function selectBeginnings({ sql }: Relation, field: PostgresField): string {
  const beginning = (value: string) => `pg_catalog.left(${textOf(value, field)}, ${SHOWN_CHARACTERS})`;
  const name = escapeIdentifier(field.name);
  const values = field.list
    ? `SELECT ${beginning('value')} FROM pg_catalog.unnest(${name}) WITH ORDINALITY AS element (value, place)
       ORDER BY place LIMIT ${SHOWN_VALUES}`
    : `SELECT ${beginning(name)}`;
  return `SELECT pg_catalog.to_json(ARRAY (${values})) FROM (SELECT ${name} FROM ${sql}) AS member`;
}

/**
 * The marked records of source.ts, for a single list. The values of one member stay together, because each row's list
 * is unnested by itself. The OFFSET keeps the members apart: otherwise PostgreSQL 16 and later move a condition of a
 * query like `random() < 0.1` behind the values, and ask it for each.
 */
export function selectMarkedValues({ sql }: Relation, field: PostgresField): string {
  return `SELECT CASE WHEN place > 1 THEN '.' ELSE '+' END OPERATOR(pg_catalog.||) coalesce(${textOf('value', field)}, '')
    FROM (SELECT ${escapeIdentifier(field.name)} AS list FROM ${sql} OFFSET 0) AS member
    LEFT JOIN LATERAL pg_catalog.unnest(list) WITH ORDINALITY AS element (value, place) ON true`;
}

/**
 * The values of the fields, one row for each member. A list is one text: its marked records of source.ts, without the
 * last line feed.
 */
export function selectMembers({ sql }: Relation, fields: readonly PostgresField[]): string {
  const columns = fields.map((field) => {
    const name = escapeIdentifier(field.name);
    return field.list ? markedRecords(name, field) : textOf(name, field);
  });
  return `SELECT ${columns.join(', ')} FROM ${sql}`;
}

/** The values keep their order, because each row's list is unnested by itself. */
function markedRecords(list: string, field: PostgresField): string {
  return `(
    SELECT coalesce(pg_catalog.string_agg(CASE WHEN pg_catalog.strpos(record, pg_catalog.chr(10)) > 0
      THEN '"' OPERATOR(pg_catalog.||) pg_catalog.replace(record, '"', '""') OPERATOR(pg_catalog.||) '"' ELSE record END, pg_catalog.chr(10)), '+')
    FROM (SELECT CASE WHEN place > 1 THEN '.' ELSE '+' END OPERATOR(pg_catalog.||) coalesce(${textOf('value', field)}, '') AS record
      FROM pg_catalog.unnest(${list}) WITH ORDINALITY AS element (value, place)) AS marked)`;
}
