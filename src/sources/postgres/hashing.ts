/** The statement of hashes in PostgreSQL. */
import { escapeIdentifier } from 'pg';
import type { SqlDialect } from '../hashing/dialect.ts';
import type { FieldRules } from '../hashing/rules.ts';
import { selectOutcomes } from '../hashing/statement.ts';
import type { Relation } from './audience.ts';
import { type PostgresField, textOf } from './fields.ts';

/** Other encodings than UTF-8, e.g. LATIN1, have no length that tells whether a text is ASCII. */
export type Encoding = 'UTF8' | 'other';

const joined = (...parts: readonly string[]): string => parts.join(' OPERATOR(pg_catalog.||) ');
const quoted = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/**
 * The texts have the collation "C" from the beginning (`valuesOf`), so that sets and letters are those of ASCII.
 * Functions and operators have their schema, so that none of the `search_path` takes their place. The comparisons of
 * the statement are between values of one type, and `Session.takeUserPath` gives the system the first place.
 */
const dialect = (encoding: Encoding): SqlDialect => ({
  system: 'pg_catalog.',
  selectGroups: 'SELECT',
  text: quoted,
  concat: joined,
  isAscii: (text) =>
    encoding === 'UTF8'
      ? `pg_catalog.octet_length(${text}) = pg_catalog.char_length(${text})`
      : `${text} OPERATOR(pg_catalog.!~) (${joined("'[^'", 'pg_catalog.chr(1)', "'-'", 'pg_catalog.chr(127)', "']'")})`,
  trim: (text) => String.raw`pg_catalog.btrim(${text}, E' \t\n\x0b\f\r')`,
  matches: (text, pattern) => `${text} OPERATOR(pg_catalog.~) ${quoted(pattern)}`,
  digitsOf: (text) => `pg_catalog.regexp_replace(${text}, '[^0-9]+', '', 'g')`,
  position: (part, text) => `pg_catalog.strpos(${text}, ${quoted(part)})`,
  sha256: (text) => `pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(${text}, 'UTF8')), 'hex')`,
  decimal: (number) => `(${number})::pg_catalog.text`,
  // The planner would write each expression into all places that use it. It does not do this with a SELECT that has a
  // volatile column, and this one allows parallel workers: an OFFSET does not.
  step: (select, name) =>
    `(SELECT *, pg_catalog.clock_timestamp() AS fence FROM (${select}) AS all_of_${name}) AS ${name}`,
});

/** One statement, so that all fields are of the same members. */
export function selectHashes(
  { sql }: Relation,
  fields: readonly PostgresField[],
  rules: readonly FieldRules[],
  encoding: Encoding,
): string {
  const words = dialect(encoding);
  return selectOutcomes(words, {
    values: fields.length === 1 && !fields[0]!.list ? valuesOfOne(sql, fields[0]!) : valuesOfAll(words, sql, fields),
    rules,
    lists: fields.some(({ list }) => list),
  });
}

const valuesOfOne = (sql: string, field: PostgresField): string =>
  `SELECT '0' AS field, ${plainText(escapeIdentifier(field.name), field)} AS value FROM ${sql}`;

/**
 * The members are a step: otherwise PostgreSQL 16 and later move a condition like `random() < 0.1` behind the values,
 * and ask it for each.
 */
function valuesOfAll(words: SqlDialect, sql: string, fields: readonly PostgresField[]): string {
  const columns = fields.map(({ name }, index) => `${escapeIdentifier(name)} AS value_${index}`);
  const each = fields.map((field, index) => {
    const name = `member.value_${index}`;
    if (!field.list) return `SELECT '${index}' AS field, ${plainText(name, field)} AS value, 0 AS further`;
    return `SELECT '${index}', ${plainText('element.value', field)}, CASE WHEN element.place > 1 THEN 1 ELSE 0 END
      FROM (SELECT 1) AS one LEFT JOIN pg_catalog.unnest(${name}) WITH ORDINALITY AS element (value, place) ON true`;
  });
  return `SELECT each.field, each.value, each.further FROM ${words.step(`SELECT ${columns.join(', ')} FROM ${sql}`, 'member')}
    CROSS JOIN LATERAL (${each.join(' UNION ALL ')}) AS each (field, value, further)`;
}

const plainText = (value: string, field: PostgresField): string => `(${textOf(value, field)}) COLLATE pg_catalog."C"`;
