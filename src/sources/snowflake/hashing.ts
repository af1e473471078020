/** The statement of hashes in Snowflake, written by its documentation. */
import type { SqlDialect } from '../hashing/dialect.ts';
import type { FieldRules } from '../hashing/rules.ts';
import { selectOutcomes } from '../hashing/statement.ts';
import type { Subject } from './explain.ts';
import { type Relation, type SnowflakeField, textOf } from './relation.ts';
import { quote } from './sql-text.ts';

/** A backslash escapes in a text. Lineup’s own texts have none. */
const quoted = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

/**
 * The texts have no collation from the beginning (`plain`), because regular expressions do not take others. Names
 * without quotes are in upper case in the result, which nobody sees.
 */
const dialect: SqlDialect = {
  system: '',
  selectGroups: 'SELECT',
  text: quoted,
  concat: (...parts) => parts.join(' || '),
  isAscii: (text) => `OCTET_LENGTH(${text}) = LENGTH(${text})`,
  // Snowflake has no escape \v.
  trim: (text) => String.raw`TRIM(${text}, ' \t\n\x0b\f\r')`,
  // REGEXP_LIKE always means the whole text, so it does not find a part.
  matches: (text, pattern) =>
    isWhole(pattern) ? `REGEXP_LIKE(${text}, ${quoted(pattern)})` : `REGEXP_INSTR(${text}, ${quoted(pattern)}) > 0`,
  digitsOf: (text) => `REGEXP_REPLACE(${text}, '[^0-9]+', '')`,
  position: (part, text) => `CHARINDEX(${quoted(part)}, ${text})`,
  sha256: (text) => `SHA2(${text}, 256)`,
  decimal: (number) => `TO_VARCHAR(${number})`,
  step: (select, name) => `(${select}) AS ${name}`,
};

const isWhole = (pattern: string): boolean => pattern.startsWith('^') && pattern.endsWith('$');

/** One statement, so that all fields are of the same members. */
export function selectHashes(
  { sql }: Relation,
  fields: readonly SnowflakeField[],
  rules: readonly FieldRules[],
): string {
  const lists = fields.some(({ list }) => list);
  return selectOutcomes(dialect, { values: valuesOf(sql, fields, lists), rules, lists });
}

/** For the explanation of errors: the lines of a written query in the statement. */
export function subjectOf(relation: Relation, statement: string): Subject {
  const { label, query, sql } = relation;
  if (!query) return { label };
  const before = statement.slice(0, statement.indexOf(sql)).split('\n').length - 1;
  return { label, query: { ...query, linesBefore: before + query.linesBefore } };
}

/** Every column of the members has `member.` before it: an alias of the SELECT never has. */
function valuesOf(sql: string, fields: readonly SnowflakeField[], lists: boolean): string {
  const columns = fields.map((field) => {
    const column = `member.${quote(field.name)}`;
    return field.list ? `${column}::VARIANT` : plain(textOf(column, field));
  });
  if (columns.length === 1 && !lists) return `SELECT '0' AS field, ${columns[0]} AS value FROM ${sql} AS member`;
  const members = columns.map((column, index) => `${column} AS value_${index}`).join(', ');
  const which = columns.map((_, index) => `('${index}')`).join(', ');
  const from = `(SELECT ${members} FROM ${sql} AS member) AS given_member
    CROSS JOIN (VALUES ${which}) AS which (field)`;
  if (!lists) return `SELECT which.field AS field, ${byField(fields, nameOf)} AS value FROM ${from}`;
  const value = byField(fields, ({ list }, index) => (list ? elementText : nameOf(fields[index]!, index)));
  // Without an element, also of a field that is no list, there is one row without a value.
  return `SELECT which.field AS field, ${value} AS value, CASE WHEN element.index > 0 THEN 1 ELSE 0 END AS further
    FROM ${from}, LATERAL FLATTEN(INPUT => ${byField(fields, ({ list }, index) => (list ? nameOf(fields[index]!, index) : 'NULL'))}, OUTER => TRUE) AS element`;
}

const nameOf = (_field: SnowflakeField, index: number): string => `given_member.value_${index}`;

const byField = (
  fields: readonly SnowflakeField[],
  expression: (field: SnowflakeField, index: number) => string,
): string =>
  `CASE which.field ${fields.map((field, index) => `WHEN '${index}' THEN ${expression(field, index)}`).join(' ')} END`;

/** Not ASCII, so a value that has this text is not hashed. */
const NOT_A_TEXT = "'…'";

/** Only the texts of texts, whole numbers and booleans are certain. An ordinary scan refuses lists and objects. */
const elementText = `CASE WHEN element.value IS NULL OR TYPEOF(element.value) = 'NULL_VALUE' THEN NULL
    WHEN TYPEOF(element.value) IN ('VARCHAR', 'INTEGER', 'BOOLEAN') THEN element.value::VARCHAR ELSE ${NOT_A_TEXT} END`;

const plain = (text: string): string => `COLLATE(${text}, '')`;
