/** Names of tables in SQL, and the check of a query. Each function takes linear time. */
import { LineupError } from '../../domain/errors/errors.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';

/** One to three names. Without a database or schema, those of the session. */
export type TableName = readonly string[];

export type SnowflakeAudience = { readonly table: TableName } | { readonly query: string };

/** For SQL: always in quotes. */
export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const quoteTableName = (name: TableName): string => name.map(quote).join('.');

/**
 * The name of an object, as Snowflake stores it, for a name in a configuration. As in SQL, a plain name is in upper
 * case, and a name in quotes is exact. So is any other one, which needs no quotes here.
 */
export function storedName(text: string): string {
  if (text.startsWith('"')) return text.slice(1, -1).replaceAll('""', '"');
  return /^[A-Za-z_][A-Za-z0-9_$]*$/.test(text) ? text.toUpperCase() : text;
}

/** For example `SHOP.CRM.MEMBERS`, with quotes where SQL needs them. */
export const writeTableName = (name: TableName): string =>
  name.map((part) => (/^[A-Z_][A-Z0-9_$]*$/.test(part) ? part : quote(part))).join('.');

const NAME = /^(?:"(?:[^"]|"")+"|[^".\s;()]+)(?:\.(?:"(?:[^"]|"")+"|[^".\s;()]+)){0,2}$/u;
const PART = /"(?:[^"]|"")+"|[^".]+/gu;

/**
 * Reads a name as SQL does: without quotes, it is in upper case.
 * @throws {LineupError} `invalid_argument`
 */
export function readTableName(text: string): TableName {
  const trimmed = text.trim();
  if (trimmed.length > 800 || !NAME.test(trimmed)) {
    throw new LineupError(
      'invalid_argument',
      sentence`This is not a valid table name. Write it like SHOP.CRM.CUSTOMERS or SHOP.CRM."New customers".`,
    );
  }
  return (trimmed.match(PART) ?? []).map((name) => (name.startsWith('"') ? storedName(name) : name.toUpperCase()));
}

/** What follows shows that the first word is not a name. */
const QUERY = /^(?:select|with)(?:[\s*("'$]|\/[*/]|--)/i;

/**
 * What a person means by a text: a query, or the name of a table.
 * @throws {LineupError} `invalid_argument`
 */
export function audienceNamed(text: string): SnowflakeAudience {
  return QUERY.test(text.slice(startOfCode(text))) ? { query: text } : { table: readTableName(text) };
}

function startOfCode(text: string): number {
  for (let at = 0; ; ) {
    const end = endOfComment(text, at);
    if (end === -1) return text.length;
    if (end !== undefined) at = end;
    else if (at < text.length && (text[at] === '(' || text[at]!.trim() === '')) at += 1;
    else return at;
  }
}

/** Whatever some program takes for the end of a line, and so of a comment. `checkQuery` refuses the unusual ones. */
const LINE_END = /[\n\r\v\f\x85\u2028\u2029]/g;

/** The end of the comment that begins at `at`: -1 when it is open, undefined when none begins there. */
function endOfComment(text: string, at: number): number | undefined {
  const mark = text.slice(at, at + 2);
  if (mark !== '--' && mark !== '//' && mark !== '/*') return undefined;
  if (mark !== '/*') {
    LINE_END.lastIndex = at;
    return LINE_END.exec(text)?.index ?? text.length;
  }
  const end = text.indexOf('*/', at + 2);
  return end === -1 ? -1 : end + 2;
}

const LONGEST_QUERY = 100_000;

/** What may belong to a name, and more, because Snowflake does not say which letters do. */
const NAME_CHARACTER = /[A-Za-z0-9_$\u0080-\uffff]/;

/** What may not begin anywhere in the code. */
const REFUSED: readonly (readonly [RegExp, Sentence])[] = [
  [/;/y, sentence`it has several statements`],
  [/->>/y, sentence`it chains several statements with ->>`],
  // No quote begins here: after a name, a $ belongs to it.
  [/\$\$/y, sentence`it has $$ directly after a name. Put a space between them`],
  [/\r(?!\n)|[\v\f\x85\u2028\u2029]/y, sentence`it has a line end other than LF or CR LF`],
];

/**
 * The query without its comments and its last semicolons; lines and columns stay. It stands in parentheses later, where
 * SQL allows only a SELECT. So it must not close them, and must not contain a second statement. Snowflake itself also
 * refuses several statements, but not those that `->>` chains.
 * @throws {LineupError} `invalid_argument`
 */
export function checkQuery(given: string): string {
  let query = given.trimEnd();
  while (query.endsWith(';')) query = query.slice(0, -1).trimEnd();
  if (query === '') throw refuse(sentence`it is empty`);
  if (query.length > LONGEST_QUERY) throw refuse(sentence`it is longer than ${LONGEST_QUERY} characters`);
  if (query.includes('\0')) throw refuse(sentence`it contains a NUL character`);
  let sent = '';
  // Without quoted texts and names.
  let code = '';
  let depth = 0;
  for (let at = 0; at < query.length && depth >= 0; ) {
    const comment = endOfComment(query, at);
    const quoted = comment ?? endOfQuoted(query, at);
    if (quoted === undefined) assertClear(query, at);
    if (quoted === -1) throw refuse(sentence`a quote or a comment is not closed`);
    const end = quoted ?? at + 1;
    const part = query.slice(at, end);
    if (part === '(') depth += 1;
    if (part === ')') depth -= 1;
    sent += comment !== undefined ? blankOf(part) : part === '\r' ? '' : part;
    code += comment !== undefined ? ' ' : quoted === undefined ? part : ' ? ';
    at = end;
  }
  if (depth !== 0) throw refuse(sentence`its parentheses do not match`);
  const pivot = code.search(/\bpivot\b/i);
  if (pivot !== -1 && /\bin\s*\(\s*(?:any\b|select\b|with\b|\()/i.test(code.slice(pivot))) {
    throw refuse(
      sentence`its PIVOT would make names of fields from values of members. List the values in its IN, without ANY and SELECT`,
    );
  }
  return sent;
}

function assertClear(query: string, at: number): void {
  for (const [pattern, why] of REFUSED) {
    pattern.lastIndex = at;
    if (pattern.test(query)) throw refuse(why);
  }
}

/** Spaces instead of a comment: then it does not matter whether Snowflake sees the same end of it. */
const blankOf = (comment: string): string => comment.replaceAll(/[^\n]/g, ' ');

/** The end of the quoted text that begins at `at`: -1 when it is open, undefined when none begins there. */
function endOfQuoted(text: string, at: number): number | undefined {
  if (text.startsWith('$$', at) && !NAME_CHARACTER.test(text[at - 1] ?? '')) {
    const end = text.indexOf('$$', at + 2);
    return end === -1 ? -1 : end + 2;
  }
  const mark = text[at];
  if (mark !== "'" && mark !== '"') return undefined;
  for (let next = at + 1; next < text.length; next += 1) {
    // In a text, but not in a name, a backslash escapes.
    if (text[next] === '\\' && mark === "'") next += 1;
    else if (text[next] === mark) return next + 1;
  }
  return -1;
}

const refuse = (why: Sentence): LineupError =>
  new LineupError('invalid_argument', sentence`The query must be one SELECT, but ${why}.`);
