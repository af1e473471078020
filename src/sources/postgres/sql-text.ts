import { escapeIdentifier } from 'pg';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';

/** Names of tables in SQL, and positions in the text of a query. Each function takes linear time. */

/** Where the first keyword of a query begins: after white space, comments and opening parentheses. */
function startOfCode(text: string): number {
  let at = 0;
  for (;;) {
    const next = endOfComment(text, at);
    if (next !== undefined) at = next;
    else if (at < text.length && (text[at] === '(' || text[at]!.trim() === '')) at += 1;
    else return at;
  }
}

/**
 * The end of the comment that begins at `from`, or undefined. Block comments can be nested. An open one runs
 * to the end of the text.
 */
function endOfComment(text: string, from: number): number | undefined {
  if (text.startsWith('--', from)) {
    const end = text.indexOf('\n', from);
    return end === -1 ? text.length : end + 1;
  }
  if (!text.startsWith('/*', from)) return undefined;
  let depth = 0;
  for (let at = from; at < text.length; ) {
    const open = text.startsWith('/*', at);
    const close = text.startsWith('*/', at);
    if (open) depth += 1;
    if (close) depth -= 1;
    at += open || close ? 2 : 1;
    if (depth === 0) return at;
  }
  return text.length;
}

/** A position in a text, for people. Line and column count from 1, and the column counts characters. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
  /** The name that begins there, as it is written. Undefined when there is none. */
  readonly name: string | undefined;
}

/**
 * @param position the number of the character, from 1
 * @returns undefined when it is outside the text
 */
export function placeIn(text: string, position: number): TextPlace | undefined {
  const characters = [...text];
  if (position < 1 || position > characters.length) return undefined;
  const before = characters.slice(0, position - 1);
  return {
    line: before.filter((character) => character === '\n').length + 1,
    column: position - 1 - before.lastIndexOf('\n'),
    name: nameAt(text, before.join('').length),
  };
}

/** Includes qualifiers, as in `m.email`. */
function nameAt(text: string, from: number): string | undefined {
  const name = /"[^"]*"|[\p{L}_][\p{L}\p{N}_$]*/uy;
  let end = from;
  for (;;) {
    name.lastIndex = end;
    const part = name.exec(text);
    if (!part) break;
    end += part[0].length;
    if (text[end] !== '.') break;
    end += 1;
  }
  return end === from ? undefined : text.slice(from, end).replace(/\.$/, '');
}

export interface TableName {
  readonly schema: string;
  readonly table: string;
}

/** For example `public.members`. Adds quotes where SQL needs them: `"CRM"."Kunden 2026"`. */
export function writeTableName({ schema, table }: TableName): string {
  return `${quoteWhereNeeded(schema)}.${quoteWhereNeeded(table)}`;
}

/**
 * Reads the form that `writeTableName` writes. Without a schema, the schema is `public`. Unlike in SQL, a
 * name without quotes keeps its case, and may contain any characters except dots and quotes.
 * @throws {LineupError} `invalid_argument`
 */
export function readTableName(text: string): TableName {
  const match = /^(?:("(?:[^"]|"")+"|[^".]+)\.)?("(?:[^"]|"")+"|[^".]+)$/u.exec(text.trim());
  if (!match) {
    throw new LineupError(
      'invalid_argument',
      sentence`This is not a valid table name. Write it like members, crm.members or "CRM"."Members of 2026".`,
    );
  }
  return { schema: match[1] === undefined ? 'public' : unquote(match[1]), table: unquote(match[2]!) };
}

/**
 * A query begins with SELECT or WITH, after comments and parentheses, and the next character shows that it is
 * not a name: a table may be called `select` or `with.members`. The name `select all` must be in quotes, as
 * the catalogue writes it.
 */
const QUERY = /^(?:select|with)[\s*("'/]/i;

/**
 * What a person means by a text: a query, or the name of a table.
 * @throws {LineupError} `invalid_argument`
 */
export function audienceNamed(text: string): TableName | { readonly query: string } {
  return QUERY.test(text.slice(startOfCode(text))) ? { query: text } : readTableName(text);
}

/** For SQL: always in quotes. */
export function quoteTableName({ schema, table }: TableName): string {
  return `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;
}

function quoteWhereNeeded(name: string): string {
  return /^[\p{Ll}\p{Lo}_][\p{Ll}\p{Lo}\p{Nd}_$]*$/u.test(name) ? name : escapeIdentifier(name);
}

function unquote(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
