import { escapeIdentifier } from 'pg';
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';

/** Reads just enough of SQL to find where something stands in a query. Every function here is linear in the text's length. */

/** Where the first word of a query begins: behind white space, comments and opening parentheses. */
function startOfCode(text: string): number {
  let at = 0;
  for (;;) {
    const next = endOfComment(text, at);
    if (next !== undefined) at = next;
    else if (at < text.length && (text[at] === '(' || text[at]!.trim() === '')) at += 1;
    else return at;
  }
}

/** The end of the comment that begins at `from`, if one does. Block comments nest, and one that is never closed runs to the end. */
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

/** A place in a text, for a person: both count from 1, and the column counts characters. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
  /** The name that begins there, as it is written; undefined when something else does. */
  readonly name: string | undefined;
}

/** @param position counts characters from 1; undefined is given back when it is outside of the text */
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

/** With the qualifiers before its last part, as in `m.email`. */
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

/** `public.members`, in quotes where SQL needs them: `"CRM"."Kunden 2026"`. */
export function writeTableName({ schema, table }: TableName): string {
  return `${quoteWhereNeeded(schema)}.${quoteWhereNeeded(table)}`;
}

/**
 * Reads what `writeTableName` writes. A name without a schema is one of `public`; unlike in SQL, a name without quotes may
 * hold any characters but a dot and quotes, and keeps its case.
 * @throws {LineupError} `invalid_argument`
 */
export function readTableName(text: string): TableName {
  const match = /^(?:("(?:[^"]|"")+"|[^".]+)\.)?("(?:[^"]|"")+"|[^".]+)$/u.exec(text.trim());
  if (!match) {
    throw new LineupError(
      'invalid_argument',
      sentence`This is no name of a table: write it like members, crm.members or "CRM"."Members of 2026".`,
    );
  }
  return { schema: match[1] === undefined ? 'public' : unquote(match[1]), table: unquote(match[2]!) };
}

/**
 * A query is known by its first word and what follows it, after comments and parentheses: a table may be called `select` or
 * `with.members`; one that is called `select all` is written in quotes, as its catalogue does.
 */
const QUERY = /^(?:select|with)[\s*("'/]/i;

/**
 * What a person means by one text: a query, or a table's name.
 * @throws {LineupError} `invalid_argument`
 */
export function audienceNamed(text: string): TableName | { readonly query: string } {
  return QUERY.test(text.slice(startOfCode(text))) ? { query: text } : readTableName(text);
}

/** Always in quotes, for SQL. */
export function quoteTableName({ schema, table }: TableName): string {
  return `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;
}

function quoteWhereNeeded(name: string): string {
  return /^[\p{Ll}\p{Lo}_][\p{Ll}\p{Lo}\p{Nd}_$]*$/u.test(name) ? name : escapeIdentifier(name);
}

function unquote(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
