/** Names of tables, and what a person means by the text of an audience. */
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';

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

/** The end of the comment that begins at `from`. Undefined when there is none. */
function commentFrom(text: string, from: number): number | undefined {
  const block = text.startsWith('/*', from);
  if (!block && !text.startsWith('--', from) && text[from] !== '#') return undefined;
  const end = block ? text.indexOf('*/', from + 2) : text.indexOf('\n', from);
  return end === -1 ? text.length : end + (block ? 2 : 1);
}

/** For example `my-project.crm.members`: an id that `audienceNamed` reads, and a label. */
export const writeTableName = ({ project, dataset, table }: TableName): string =>
  `${project}.${dataset}.${table}`;

/** For GoogleSQL. No valid name has a backtick. */
export const quoteTableName = (name: TableName): string => `\`${writeTableName(name)}\``;

/** The name of a column, for GoogleSQL. */
export const quoteColumn = (name: string): string =>
  `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
