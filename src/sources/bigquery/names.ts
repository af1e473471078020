/** Names of tables, and what a person means by the text of an audience. */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';

export interface TableName {
  readonly project: string;
  readonly dataset: string;
  readonly table: string;
}

export type BigQueryAudience = TableName | { readonly query: string };

/** A project may begin with a domain: `example.com:shop`. A dataset has no hyphens; a table may have any letters. */
const NAME =
  /^(?:((?:[a-z0-9.-]{1,100}:)?[a-z][a-z0-9-]{2,62})\.)?([A-Za-z0-9_]{1,1024})\.([\p{L}\p{M}\p{N}_ -]{1,1024})$/u;

/** Anything that could be a statement goes to BigQuery, which says what it is. */
const VERB = /^[a-z]+[\s*("'`/;]/i;

/** Longer texts are no names. */
const LONGEST_NAME = 2_200;

/**
 * A query, or the name of a table with or without its project.
 * @throws {LineupError} `invalid_argument`
 */
export function audienceNamed(text: string, project: string): BigQueryAudience {
  const name = text.trim().replaceAll('`', '');
  const match = name.length <= LONGEST_NAME ? NAME.exec(name) : null;
  if (match) return { project: match[1] ?? project, dataset: match[2]!, table: match[3]! };
  if (VERB.test(text.slice(startOfCode(text)))) return { query: text };
  throw new LineupError(
    'invalid_argument',
    sentence`This is not a valid table name. Write it like crm.customers or my-project.crm.customers, or write a query that begins with SELECT.`,
  );
}

/** Where the first word begins: after white space, comments and opening parentheses. */
function startOfCode(text: string): number {
  for (let at = 0; ; ) {
    if (at >= text.length) return at;
    const comment = commentFrom(text, at);
    if (comment === undefined && text[at] !== '(' && text[at]!.trim() !== '') return at;
    at = comment ?? at + 1;
  }
}

const LINE_END = /[\r\n]/g;

/** The end of the comment that begins at `from`. Undefined when there is none. */
function commentFrom(text: string, from: number): number | undefined {
  const block = text.startsWith('/*', from);
  if (!block && !text.startsWith('--', from) && text[from] !== '#') return undefined;
  if (!block) {
    LINE_END.lastIndex = from;
    return LINE_END.test(text) ? LINE_END.lastIndex : text.length;
  }
  const end = text.indexOf('*/', from + 2);
  return end === -1 ? text.length : end + 2;
}

/**
 * A query as a table, for the FROM clause. BigQuery has accepted the query alone, so it cannot close the parentheses.
 * Semicolons and comments at its end go.
 */
export const asTable = (query: string): string => `(\n${query.slice(0, endOfCode(query))}\n)`;

/** Where the last word ends. */
function endOfCode(text: string): number {
  let end = 0;
  for (let at = 0; at < text.length; ) {
    const comment = commentFrom(text, at);
    if (comment !== undefined) {
      at = comment;
      continue;
    }
    const next = endOfQuoted(text, at) ?? at + 1;
    if (text[at] !== ';' && text[at]!.trim() !== '') end = next;
    at = next;
  }
  return end;
}

/**
 * The end of the text or name in quotes that begins at `from`. Undefined when there is none. A backslash escapes in all
 * of them.
 */
function endOfQuoted(text: string, from: number): number | undefined {
  const mark = text[from]!;
  if (!'\'"`'.includes(mark)) return undefined;
  const three = mark.repeat(3);
  const quote = mark !== '`' && text.startsWith(three, from) ? three : mark;
  for (let at = from + quote.length; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text.startsWith(quote, at)) return at + quote.length;
  }
  return text.length;
}

/** For example `my-project.crm.members`: an id that `audienceNamed` reads, and a label. */
export const writeTableName = ({ project, dataset, table }: TableName): string => `${project}.${dataset}.${table}`;

/** For GoogleSQL. No valid name has a backtick. */
export const quoteTableName = (name: TableName): string => `\`${writeTableName(name)}\``;

/** The name of a column, for GoogleSQL. */
export const quoteColumn = (name: string): string => `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
