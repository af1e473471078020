/**
 * The few queries that the simulator understands: `SELECT <columns or *> FROM <table> [WHERE …] [LIMIT n]`, where WHERE
 * has no effect, and queries of queries (nested.ts).
 */
import { tokensOf } from '../shared/sql-tokens.ts';
import { type Nested, nestedIn, QUOTES, runNested } from './nested.ts';
import { RefusalError } from './refusals.ts';
import { type Field, Table } from './tables.ts';

export interface Statement {
  /** As BigQuery names it: `SELECT`, `INSERT`, `SCRIPT`. */
  readonly type: string;
  /** Only for a SELECT. */
  readonly result?: Result;
}

interface Result {
  readonly table: Table;
  readonly fields: readonly Field[];
  readonly base: Table;
  /** How many columns of `base` it reads. */
  readonly read: number;
}

export interface Reading {
  readonly find: (name: string) => Table | undefined;
  readonly project: string;
  /** The name of the table with the result. */
  readonly id: string;
  /** A query of a query then has no rows. */
  readonly dry: boolean;
}

/** @throws {RefusalError} `invalidQuery`, `notFound` */
export async function readStatement(text: string, reading: Reading): Promise<Statement> {
  const nested = nestedIn(text, reading.find, reading.project);
  return nested ? { type: 'SELECT', result: await resultOf(nested, reading) } : readSimple(text, reading);
}

async function resultOf(nested: Nested, { id, dry }: Reading): Promise<Result> {
  const [first] = nested.tables.values();
  if (!first) throw new RefusalError(400, 'invalidQuery', 'The simulator runs only queries of tables at [1:1]');
  const table = await runNested(nested, id, dry);
  return { table, fields: table.fields, base: first.table, read: first.fields.length };
}

function readSimple(text: string, { find, project }: Reading): Statement {
  const words = tokensOf(text, QUOTES)
    .map((token) => token.text)
    .join('')
    .replaceAll(',', ' , ')
    .split(/\s/)
    .filter(Boolean);
  const verb = words[0]?.toUpperCase() ?? '';
  const end = words.findIndex((word) => word.includes(';'));
  if (end !== -1 && (end < words.length - 1 || !words[end]!.endsWith(';'))) return { type: 'SCRIPT' };
  if (['INSERT', 'UPDATE', 'DELETE', 'MERGE'].includes(verb)) return { type: verb };
  if (['CREATE', 'DROP', 'ALTER'].includes(verb)) return { type: `${verb}_TABLE` };
  const from = words.findIndex((word) => word.toLowerCase() === 'from');
  const [name = '', next] = words
    .slice(from + 1)
    .map((word) => word.replace(';', ''))
    .filter(Boolean);
  const known = next === undefined || ['where', 'limit'].includes(next.toLowerCase());
  if (verb !== 'SELECT' || from < 2 || name === '' || !known)
    throw new RefusalError(400, 'invalidQuery', `Syntax error: Unexpected identifier "${verb}" at [1:1]`);
  const base = find(name);
  if (!base) throw new RefusalError(404, 'notFound', `Not found: Table ${project}:${name} was not found`);
  const columns = words.slice(1, from).filter((word) => word !== ',');
  const fields = columns[0] === '*' ? base.fields : columns.map((column) => columnOf(column, base, text));
  const limit = words.findIndex((word) => word.toLowerCase() === 'limit');
  const rows = limit === -1 ? undefined : Number.parseInt(words[limit + 1] ?? '', 10);
  return { type: 'SELECT', result: { table: new Table(base.spec, rows), fields, base, read: fields.length } };
}

function columnOf(name: string, base: Table, query: string): Field {
  const field = base.fields.find((field) => field.name === name);
  if (field) return field;
  throw new RefusalError(400, 'invalidQuery', `Unrecognized name: ${name} at [1:${query.indexOf(name) + 1}]`);
}
