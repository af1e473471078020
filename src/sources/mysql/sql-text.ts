/** Names of tables in SQL, and the code of a query. Each function takes linear time. */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';

export interface TableName {
  /** Undefined for the default database of the connection. */
  readonly database: string | undefined;
  readonly table: string;
}

/** A part of a query: code, a comment, or a text or a name in quotes. */
interface Part {
  readonly kind: 'code' | 'comment' | 'quoted';
  readonly text: string;
}

/** An open comment or quote runs to the end. */
function* partsOf(query: string): Generator<Part> {
  let code = 0;
  for (let at = 0; at < query.length; ) {
    const comment = endOfComment(query, at);
    const end = comment ?? endOfQuoted(query, at);
    if (end === undefined) {
      at += 1;
      continue;
    }
    if (at > code) yield { kind: 'code', text: query.slice(code, at) };
    yield { kind: comment === undefined ? 'quoted' : 'comment', text: query.slice(at, end) };
    at = end;
    code = end;
  }
  if (code < query.length) yield { kind: 'code', text: query.slice(code) };
}

function endOfComment(text: string, from: number): number | undefined {
  if (text.startsWith('/*', from)) return endAfter(text, '*/', from + 2);
  const isLine = text[from] === '#' || (text.startsWith('--', from) && mayFollowHyphens(text, from + 2));
  return isLine ? endAfter(text, '\n', from) : undefined;
}

/**
 * Two hyphens begin a comment only before white space or a control character, and for the server these are all ASCII.
 */
function mayFollowHyphens(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return at >= text.length || code <= 0x20 || code === 0x7f;
}

function endAfter(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at === -1 ? text.length : at + mark.length;
}

/**
 * Lineup's sessions have an empty `sql_mode`, so a backslash always escapes in a text, and never in a name. A doubled
 * quote is a quote: reading it as the end and a new beginning gives the same code.
 */
function endOfQuoted(text: string, from: number): number | undefined {
  const quote = text[from]!;
  if (!`'"\``.includes(quote)) return undefined;
  let at = from + 1;
  while (at < text.length && text[at] !== quote) at += text[at] === '\\' && quote !== '`' ? 2 : 1;
  return Math.min(at + 1, text.length);
}

/** The query with a space for each comment, and `''` for each text and name in quotes. */
export function codeOf(query: string): string {
  let code = '';
  for (const { kind, text } of partsOf(query)) code += kind === 'code' ? text : kind === 'comment' ? ' ' : "''";
  return code;
}

/**
 * Whether a comment holds code that the server runs (it begins with `!` or `M!`), or a hint that may change settings
 * (`+`).
 */
export function hasCodeInComments(query: string): boolean {
  for (const { kind, text } of partsOf(query)) if (kind === 'comment' && /^\/\*M?[!+]/.test(text)) return true;
  return false;
}

/**
 * A query begins with SELECT or WITH, after comments and parentheses, and the next character shows that it is not a
 * name. The name `select all` must be in backticks, as the catalogue writes it.
 */
const QUERY = /^[\s(]*(?:select|with)[\s*('"`]/i;

/**
 * What a person means by a text: a query, or the name of a table.
 * @throws {LineupError} `invalid_argument`
 */
export function audienceNamed(text: string): TableName | { readonly query: string } {
  return QUERY.test(codeOf(text)) ? { query: text } : readTableName(text);
}

/** For example `shop.members`. Adds backticks where SQL needs them. */
export function writeTableName({ database, table }: TableName): string {
  return database === undefined ? quoteWhereNeeded(table) : `${quoteWhereNeeded(database)}.${quoteWhereNeeded(table)}`;
}

/**
 * Reads the form that `writeTableName` writes. Unlike in SQL, a name without backticks may contain any characters
 * except dots and backticks.
 * @throws {LineupError} `invalid_argument`
 */
export function readTableName(text: string): TableName {
  const match = /^(?:(`(?:[^`]|``)+`|[^`.]+)\.)?(`(?:[^`]|``)+`|[^`.]+)$/u.exec(text.trim());
  const [database, table] = match ? [match[1], match[2]].map((name) => name && unquote(name)) : [];
  // The server compares no longer names, and its statements end at a NUL character.
  if (!table || [database, table].some((name) => name && (name.length > 300 || name.includes('\0')))) {
    throw new LineupError(
      'invalid_argument',
      sentence`This is not a valid table name. Write it like ${'members'}, ${'shop.members'} or ${'`shop`.`Members of 2026`'}.`,
    );
  }
  return { database, table };
}

/** For SQL: always in backticks. */
export const quoteName = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

/** For SQL: always in backticks. */
export function quoteTableName({ database, table }: TableName): string {
  return database === undefined ? quoteName(table) : `${quoteName(database)}.${quoteName(table)}`;
}

/** A text of a statement, which no setting of the server can read as code. */
export const quoteText = (text: string): string => `_utf8mb4 x'${Buffer.from(text).toString('hex')}'`;

function quoteWhereNeeded(name: string): string {
  return /^[\p{L}_][\p{L}\p{Nd}_$]*$/u.test(name) && !/^(?:select|with)$/i.test(name) ? name : quoteName(name);
}

function unquote(name: string): string {
  return name.startsWith('`') ? name.slice(1, -1).replaceAll('``', '`') : name;
}
