/**
 * What a scan reads: a table, a view or a query. Describes its fields and builds the SELECT for the values of some of
 * them.
 */
import { z } from 'zod';
import { LineupError } from '../../domain/errors/errors.ts';
import { joinSentences, sentence } from '../../domain/text/sentence.ts';
import { notOneSelect } from '../database/query.ts';
import type { DatabaseRelation } from '../database/source.ts';
import { nearest } from '../find-field.ts';
import { describeField, type MysqlField, textOf } from './fields.ts';
import { checkQuery, explainRefusal } from './query-refusal.ts';
import type { Session } from './session.ts';
import { NO_RIGHT, SessionError } from './session-error.ts';
import { quoteName, quoteTableName, quoteText, type TableName, writeTableName } from './sql-text.ts';

export type MysqlAudience = TableName | { readonly query: string };

export interface Relation extends DatabaseRelation<MysqlField> {
  /** Whether the values are stored in a table, and not computed by a view or a query. */
  readonly stored: boolean;
  /** The server's estimate. Undefined when it has none. */
  readonly rows: number | undefined;
}

/** Names of the server's own databases. Their tables show who else works there, and on what. */
export const SYSTEM_DATABASES = ['information_schema', 'mysql', 'performance_schema', 'sys'];

/** A name of MySQL has at most 64 characters. */
export const serverName = z.string().max(500);

/**
 * @throws {LineupError} `source_not_found`, `source_unauthorized`, `source_failed` for a broken view,
 * `invalid_argument` for a query that is not one SELECT
 */
export async function describeAudience(session: Session, audience: MysqlAudience): Promise<Relation> {
  return 'query' in audience ? describeQuery(session, audience.query) : describeTable(session, audience);
}

async function describeTable(session: Session, name: TableName): Promise<Relation> {
  const database = name.database === undefined ? 'DATABASE()' : quoteText(name.database);
  const named = `TABLE_SCHEMA = ${database} AND TABLE_NAME = ${quoteText(name.table)}`;
  const columns = await session.query(
    z.object({ name: serverName }),
    `SELECT COLUMN_NAME AS name FROM information_schema.COLUMNS
     WHERE ${named} AND FIND_IN_SET('select', PRIVILEGES) > 0 ORDER BY ORDINAL_POSITION`,
  );
  const label = writeTableName(name);
  const sql = quoteTableName(name);
  const listed = columns.map((column) => quoteName(column.name)).join(', ');
  // The lists of the server also leave out what this user may not read, and the columns of a broken view. So the server
  // is asked.
  const described = await session.describe(`SELECT ${listed || '1'} FROM ${sql}`).catch(async (error) => {
    throw await unreadable(session, name, error);
  });
  if (listed === '') throw session.explain(new SessionError(NO_RIGHT), session.subjectOf(label));
  const [found] = await session.query(
    z.object({ estimate: z.coerce.number().nullable(), stored: z.coerce.number().nullable() }),
    `SELECT TABLE_ROWS AS estimate, TABLE_TYPE = 'BASE TABLE' AS stored FROM information_schema.TABLES WHERE ${named}`,
  );
  return {
    sql,
    label,
    isQuery: false,
    fields: described.columns.map(describeField),
    stored: found?.stored === 1,
    rows: found?.estimate ?? undefined,
  };
}

/** Why the server does not describe a table or view. */
async function unreadable(session: Session, name: TableName, error: unknown): Promise<Error> {
  const label = writeTableName(name);
  const explained = session.explain(error, session.subjectOf(label));
  return explained instanceof LineupError && explained.code === 'source_not_found'
    ? tableNotFound(session, name, label)
    : explained;
}

async function tableNotFound(session: Session, name: TableName, label: string): Promise<LineupError> {
  const rows = await session.query(
    z.object({ database: serverName, table: serverName, own: z.coerce.number().nullable() }),
    `SELECT TABLE_SCHEMA AS \`database\`, TABLE_NAME AS \`table\`, TABLE_SCHEMA = DATABASE() AS own FROM information_schema.TABLES
     WHERE TABLE_SCHEMA NOT IN (${SYSTEM_DATABASES.map(quoteText).join(', ')}) LIMIT 1000`,
  );
  const names =
    name.database === undefined
      ? rows.flatMap(({ table, own }) => (own === 1 ? [writeTableName({ database: undefined, table })] : []))
      : rows.map(writeTableName);
  const near = nearest(label, names);
  return new LineupError(
    'source_not_found',
    joinSentences(
      sentence`There is no table or view ${label} that this user may read.`,
      near === undefined ? undefined : sentence`Did you mean ${near}?`,
    ),
  );
}

/**
 * A query is exactly one SELECT if the server can parse it in two ways: inside parentheses, where only a SELECT may
 * stand, and alone. A text that closes the parentheses early passes only the first test. The server runs nothing for
 * this.
 */
async function describeQuery(session: Session, given: string): Promise<Relation> {
  const query = checkQuery(given);
  // The line break is needed after a query that ends in a comment.
  const sql = `(\n${query}\n) AS audience`;
  try {
    // Alone first: a line of a mistake is then one of the query.
    await session.describe(query);
    const { columns, parameters } = await session.describe(`SELECT * FROM ${sql}`);
    if (columns.length === 0) throw new SessionError('protocol');
    if (parameters > 0) throw notOneSelect(sentence`it contains a parameter (?), which has no value`);
    const fields = columns.map(describeField);
    return { sql, label: 'the query', isQuery: true, fields, stored: false, rows: undefined };
  } catch (error) {
    throw explainRefusal(error);
  }
}

/** No identifier is longer, and a mask needs less. */
const SHOWN_CHARACTERS = 400;

/** The first characters of a field's values. */
export function selectBeginnings({ sql }: Relation, field: MysqlField, limit: number): string {
  return `SELECT LEFT(${textOf(field)}, ${SHOWN_CHARACTERS}) AS value FROM ${sql} LIMIT ${limit}`;
}

/** The values of the fields, one row for each member. */
export function selectValues({ sql }: Relation, fields: readonly MysqlField[]): string {
  return `SELECT ${fields.map(textOf).join(', ')} FROM ${sql}`;
}
