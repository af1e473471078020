/** The statement of hashes in GoogleSQL, written by Google’s documentation. */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { SqlDialect } from '../hashing/dialect.ts';
import type { FieldRules } from '../hashing/rules.ts';
import { selectOutcomes } from '../hashing/statement.ts';
import type { WrittenLines } from './failure.ts';
import type { BigQueryField } from './fields.ts';
import { quoteColumn } from './names.ts';

const quoted = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/**
 * The texts have no collation from the beginning (`textOf`). The regular expressions are those of RE2, which refuses a
 * pattern that needs more than some megabytes when it is compiled. A statement may have 1 MB.
 */
const dialect: SqlDialect = {
  system: '',
  selectGroups: 'SELECT',
  text: quoted,
  concat: (...parts) => parts.join(' || '),
  isAscii: (text) => `BYTE_LENGTH(${text}) = CHAR_LENGTH(${text})`,
  trim: (text) => String.raw`TRIM(${text}, ' \t\n\v\f\r')`,
  matches: (text, pattern) => `REGEXP_CONTAINS(${text}, ${quoted(pattern)})`,
  digitsOf: (text) => `REGEXP_REPLACE(${text}, '[^0-9]+', '')`,
  position: (part, text) => `STRPOS(${text}, ${quoted(part)})`,
  sha256: (text) => `TO_HEX(SHA256(${text}))`,
  decimal: (number) => `CAST(${number} AS STRING)`,
  step: (select, name) => `(${select}) AS ${name}`,
};

/** The only column of the result. */
export const OUTCOME: BigQueryField = {
  name: 'outcome',
  type: 'STRING',
  list: false,
  column: { storage: 'text', list: false },
};

/**
 * One statement, so that all fields are of the same members.
 * @param from the audience, for the FROM clause
 */
export function selectHashes(from: string, fields: readonly BigQueryField[], rules: readonly FieldRules[]): string {
  const lists = fields.some(({ list }) => list);
  const values = lists ? elementsOf(from, fields) : valuesOf(from, fields);
  return selectOutcomes(dialect, { values, rules, lists });
}

/** Which lines of the statement a person wrote: those of `from` between its parentheses, or none. */
export function linesOf(statement: string, from: string, written: boolean): WrittenLines {
  if (!written) return { before: 0, count: 0 };
  const before = statement.slice(0, statement.indexOf(from)).split('\n').length;
  return { before, count: from.split('\n').length - 2 };
}

/** The names of the tables are unusual, because a name of a column could hide them. */
function valuesOf(from: string, fields: readonly BigQueryField[]): string {
  const texts = fields.map((field) => textOf(columnOf(field), field));
  if (texts.length === 1) return `SELECT '0' AS field, ${texts[0]} AS value FROM ${from} AS lineup_member`;
  return `SELECT lineup_field AS field, ${byField(texts)} AS value
    FROM ${from} AS lineup_member CROSS JOIN ${eachOf(fields)}`;
}

/** A member without an element has one value, which is missing. A member without a list has an empty one. */
function elementsOf(from: string, fields: readonly BigQueryField[]): string {
  const arrays = fields.map((field) => {
    const column = columnOf(field);
    if (!field.list) return `[${textOf(column, field)}]`;
    return `IF(ARRAY_LENGTH(${column}) > 0, ARRAY(SELECT ${textOf('lineup_element', field)} FROM UNNEST(${column}) AS lineup_element), [CAST(NULL AS STRING)])`;
  });
  return `SELECT lineup_field AS field, lineup_value AS value, CASE WHEN lineup_place > 0 THEN 1 ELSE 0 END AS further
    FROM ${from} AS lineup_member CROSS JOIN ${eachOf(fields)}
    CROSS JOIN UNNEST(${byField(arrays)}) AS lineup_value WITH OFFSET AS lineup_place`;
}

const columnOf = ({ name }: BigQueryField): string => `lineup_member.${quoteColumn(name)}`;

const eachOf = (fields: readonly BigQueryField[]): string =>
  `UNNEST([${fields.map((_, index) => `'${index}'`).join(', ')}]) AS lineup_field`;

const byField = (expressions: readonly string[]): string =>
  `CASE lineup_field ${expressions.map((expression, index) => `WHEN '${index}' THEN ${expression}`).join(' ')} END`;

/** The same text as an ordinary scan gives. */
const textOf = (value: string, { column }: BigQueryField): string =>
  column.storage === 'int64' ? `CAST(${value} AS STRING)` : `COLLATE(${value}, '')`;

/**
 * Only texts and whole numbers: BigQuery and Lineup do not write other numbers and dates in the same way.
 * @param written whether the column is one of a query that a person wrote
 * @throws {LineupError} `field_type`
 */
export function assertHashable({ name, type, column: { storage } }: BigQueryField, written: boolean): void {
  if (storage !== 'text' && storage !== 'int64') {
    throw new LineupError(
      'field_type',
      sentence`The column "${name}" has the type ${type}. BigQuery can hash only texts and whole numbers. Convert it in a query, for example with CAST(phone AS STRING).`,
    );
  }
  // BigQuery gives such a name to a column without one, but not within a statement.
  if (written && /^f\d+_$/.test(name)) {
    throw new LineupError(
      'field_type',
      sentence`The column "${name}" of the query has no name, so BigQuery cannot hash it. Give it one with AS, for example LOWER(email) AS email.`,
    );
  }
}
