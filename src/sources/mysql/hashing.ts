/**
 * The statement of hashes in MySQL and MariaDB, in words that both have.
 *
 * - `REGEXP_REPLACE` came with MySQL 8.0.4 and MariaDB 10.0.5, `SHA2` with 5.5, and all other functions are older. Both
 *   replace all matches. The result is in the character set of the text, or before MySQL 8.0.17 in UTF-16.
 * - The engines of the regular expressions are ICU and PCRE2. They agree on the patterns of dialect.ts, and on
 *   `(?-imsx)` and `++`, a `+` that never gives characters back.
 * - A LIMIT keeps both from merging a SELECT into the one around it.
 */
import { z } from 'zod';
import { HASH_OF_EMPTY } from '../../../packages/identifiers/src/rules.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { SqlDialect } from '../hashing/dialect.ts';
import type { FieldRules } from '../hashing/rules.ts';
import { selectOutcomes } from '../hashing/statement.ts';
import type { Relation } from './audience.ts';
import { type MysqlField, textOf } from './fields.ts';
import { NO_LIMIT, type Session } from './session.ts';
import { SessionError } from './session-error.ts';
import { quoteName } from './sql-text.ts';

/**
 * The collation of all texts: it tells capital letters apart, and both databases have it. It ignores spaces at the end,
 * but the statement compares only hashes, letters of outcomes and texts without white space.
 */
const COLLATED = 'COLLATE utf8mb4_bin';
const inUtf8 = (text: string): string => `CONVERT(${text} USING utf8mb4) ${COLLATED}`;
/** Readable for the administrator of the server. No text of the statement has a backslash. */
const literal = (value: string): string => `_utf8mb4'${value.replaceAll("'", "''")}' ${COLLATED}`;

/** Whatever flags MariaDB has as its default (`default_regex_flags`). A group that is not kept is faster. */
const expression = (pattern: string): string => literal(`(?-imsx)${pattern.replaceAll('(', '(?:')}`);
const without = (text: string, pattern: string): string =>
  inUtf8(`REGEXP_REPLACE(${text}, ${expression(pattern)}, ${literal('')})`);

const CODES_OF_SPACE = '9, 10, 11, 12, 13, 32';
const SPACE_BEFORE = '^[\t-\r ]++';
/** MySQL fails when a replaced text is too long for `max_allowed_packet`. */
const LONGEST_TRIMMED = 100_000;

/** From its end, the space after a text is before it: a pattern with `$` would take quadratic time. */
const trimmed = (text: string): string =>
  `REVERSE(${without(`REVERSE(${without(text, SPACE_BEFORE)})`, SPACE_BEFORE)})`;

/**
 * The steps that the database keeps in a temporary table, so that it computes them once. The others would cost more
 * than they save.
 */
const KEPT = ['given', 'cleaned_values', 'judged'];
const KEPT_OF_PHONES = [...KEPT, 'digits_of_phones', 'normal_forms'];
const kept = (select: string): string => `${select} LIMIT ${NO_LIMIT}`;

const dialect = (keptSteps: readonly string[]): SqlDialect => ({
  system: '',
  // Sorts them. The other way, a table with an index, takes three times as long.
  selectGroups: 'SELECT SQL_BIG_RESULT',
  text: literal,
  concat: (...parts) => `CONCAT(${parts.join(', ')})`,
  isAscii: (text) => `LENGTH(${text}) = CHAR_LENGTH(${text})`,
  trim: (text) =>
    `CASE WHEN NOT (ASCII(${text}) IN (${CODES_OF_SPACE}) OR ASCII(RIGHT(${text}, 1)) IN (${CODES_OF_SPACE})) THEN ${text}
      WHEN LENGTH(${text}) > ${LONGEST_TRIMMED} THEN NULL ELSE ${trimmed(text)} END`,
  matches: (text, pattern) => `${text} REGEXP ${expression(pattern)}`,
  digitsOf: (text) => without(text, '[^0-9]+'),
  position: (part, text) => `LOCATE(${literal(part)}, ${text})`,
  sha256: (text) => `SHA2(${text}, 256)`,
  decimal: (number) => `CAST(${number} AS CHAR)`,
  step: (select, name) => `(${keptSteps.includes(name) ? kept(select) : select}) AS ${name}`,
});

/** One statement, so that all fields are of the same members. */
export function selectHashes(
  { sql, stored }: Relation,
  fields: readonly MysqlField[],
  rules: readonly FieldRules[],
): string {
  const columns = fields.map(({ name }, index) => `${quoteName(name)} AS value_${index}`);
  const select = `SELECT ${columns.join(', ')} FROM ${sql}`;
  // A view or a query would otherwise compute a value for each use of it, and RAND() would give another one.
  const members = `(${stored ? select : kept(select)}) AS members`;
  const values = fields.map((field, index) => asciiOf({ ...field, name: `value_${index}` }));
  const hasPhones = rules.some(({ identifierType }) => identifierType === 'phone');
  return selectOutcomes(dialect(hasPhones ? KEPT_OF_PHONES : KEPT), {
    values: values.length === 1 ? valuesOfOne(members, values[0]!) : valuesOfAll(members, values),
    rules,
    lists: false,
  });
}

const valuesOfOne = (members: string, value: string): string =>
  `SELECT ${literal('0')} AS field, ${value} AS value FROM ${members}`;

/** Reads the members once. */
function valuesOfAll(members: string, values: readonly string[]): string {
  const numbers = values.map((_, index) => `SELECT ${literal(String(index))} AS field`);
  const ways = values.map((value, index) => `WHEN ${literal(String(index))} THEN ${value}`);
  return `SELECT field, CASE field ${ways.join('\n')} END AS value
    FROM ${members} STRAIGHT_JOIN (${numbers.join(' UNION ALL ')}) AS numbers`;
}

/** Types whose values may have any characters. */
const TEXTS = ['char', 'varchar', 'text', 'enum', 'set'];
const NOT_ASCII = `_utf8mb4 x'c3a9' ${COLLATED}`;

/**
 * The value in UTF-8 if it has only ASCII characters, otherwise any other text. The server writes `?` for what a
 * conversion cannot represent, so the bytes must be the same after the conversion, or those of a character set with
 * wide characters.
 */
function asciiOf(field: MysqlField): string {
  const text = textOf(field);
  if (!TEXTS.includes(field.type)) return inUtf8(text);
  // A text that is in one of these character sets is not converted into it, so wrong bytes would stay: two steps.
  const ascii = `CONVERT(CONVERT(${text} USING utf8mb4) USING ascii)`;
  const wide = ['utf16', 'utf16le', 'utf32'].map((set) => `CONVERT(${ascii} USING ${set})`);
  const same = [ascii, ...wide].map((binary) => `CAST(${binary} AS BINARY)`);
  return `CASE WHEN ${text} IS NULL THEN NULL WHEN CAST(${text} AS BINARY) IN (${same.join(', ')})
    THEN ${inUtf8(ascii)} ELSE ${NOT_ASCII} END`;
}

/**
 * A missing function is also reported as one of the user's database that is not there, or that this user may not call.
 */
const NO_FUNCTION = ['1046', '1305', '1370'];
const abilities = z.object({ hash: z.string(), digits: z.string(), matched: z.string() });

/** @throws {LineupError} `source_unsupported` when the server does not have the functions of the statement */
export async function assertHashes(session: Session): Promise<void> {
  const sql = dialect([]);
  const select = `SELECT ${sql.sha256(literal(''))} AS hash, ${sql.digitsOf(literal('+1 2'))} AS digits,
    ${sql.matches(literal('ab'), '^[a-f]{2}$')} AS matched`;
  const found = await session.query(z.record(z.string(), z.string().nullable()), select).catch(missing);
  const [able] = found.map((row) => abilities.safeParse(row).data);
  if (able?.hash === HASH_OF_EMPTY && able.digits === '12' && able.matched === '1') return;
  throw new LineupError(
    'source_unsupported',
    sentence`This database server cannot hash the values itself, because it does not have ${'SHA2'} and ${'REGEXP_REPLACE'}. Use MySQL 8, MariaDB 10 or a newer version, or do without hashing in the database.`,
  );
}

function missing(error: unknown): never[] {
  if (error instanceof SessionError && NO_FUNCTION.includes(error.code)) return [];
  throw error;
}
