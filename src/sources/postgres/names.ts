/** Names of tables as SQL writes them. */
import { escapeIdentifier } from 'pg';
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import { startOfCode } from './sql-text.ts';

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
