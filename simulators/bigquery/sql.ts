/** The few queries that the simulator understands: `SELECT <columns or *> FROM <table> [WHERE …] [LIMIT n]`. WHERE has no effect. */
import { Refusal } from './refusals.ts';
import { type Field, Table } from './tables.ts';

export interface Statement {
  /** As BigQuery names it: `SELECT`, `INSERT`, `SCRIPT`. */
  readonly type: string;
  /** Only for a SELECT. */
  readonly result?: { readonly table: Table; readonly fields: readonly Field[]; readonly base: Table };
}

/** @throws {Refusal} `invalidQuery`, `notFound` */
export function readStatement(
  text: string,
  find: (name: string) => Table | undefined,
  project: string,
): Statement {
  const words = withoutComments(text).replaceAll(',', ' , ').replaceAll('`', '').split(/\s/).filter(Boolean);
  const verb = words[0]?.toUpperCase() ?? '';
  const end = words.findIndex((word) => word.includes(';'));
  if (end !== -1 && (end < words.length - 1 || !words[end]!.endsWith(';'))) return { type: 'SCRIPT' };
  if (['INSERT', 'UPDATE', 'DELETE', 'MERGE'].includes(verb)) return { type: verb };
  if (['CREATE', 'DROP', 'ALTER'].includes(verb)) return { type: `${verb}_TABLE` };
  const from = words.findIndex((word) => word.toLowerCase() === 'from');
  const [name = '', next] = words.slice(from + 1).map((word) => word.replace(';', ''));
  const known = next === undefined || ['where', 'limit'].includes(next.toLowerCase());
  if (verb !== 'SELECT' || from < 2 || name === '' || !known)
    throw new Refusal(400, 'invalidQuery', `Syntax error: Unexpected identifier "${verb}" at [1:1]`);
  const base = find(name);
  if (!base) throw new Refusal(404, 'notFound', `Not found: Table ${project}:${name} was not found`);
  const columns = words.slice(1, from).filter((word) => word !== ',');
  const fields = columns[0] === '*' ? base.fields : columns.map((one) => columnOf(one, base, text));
  const limit = words.findIndex((word) => word.toLowerCase() === 'limit');
  const rows = limit === -1 ? undefined : Number.parseInt(words[limit + 1] ?? '', 10);
  return { type: 'SELECT', result: { table: new Table(base.spec, rows), fields, base } };
}

function columnOf(name: string, base: Table, query: string): Field {
  const field = base.fields.find((one) => one.name === name);
  if (field) return field;
  throw new Refusal(400, 'invalidQuery', `Unrecognized name: ${name} at [1:${query.indexOf(name) + 1}]`);
}

/** Without those to the end of a line, and without the first block. */
function withoutComments(text: string): string {
  const begin = text.indexOf('/*');
  const end = begin === -1 ? -1 : text.indexOf('*/', begin + 2);
  const rest = end === -1 ? text : `${text.slice(0, begin)} ${text.slice(end + 2)}`;
  return rest
    .split('\n')
    .map((line) => line.split('--', 1)[0])
    .join('\n');
}
