/**
 * Queries of queries, `SELECT … FROM (SELECT …)`: they run for real, on DuckDB. Its regular expressions are RE2, as
 * those of BigQuery. The functions of BigQuery that Lineup uses are macros there, and UNNEST is written in another way.
 */
import { type Answer, runOnDuckDb } from '../shared/duckdb.ts';
import {
  closing,
  isWord,
  type Quotes,
  type Token,
  tokensOf,
  usesColumn,
  withTables,
  write,
} from '../shared/sql-tokens.ts';
import { RefusalError } from './refusals.ts';
import { type Field, Table } from './tables.ts';

export interface Nested {
  readonly sql: string;
  /** The tables that it reads, by the names that they have in `sql`, and their fields that it uses. */
  readonly tables: ReadonlyMap<string, { readonly table: Table; readonly fields: readonly Field[] }>;
}

export const QUOTES: Quotes = { name: '`', comments: /^(?:--|#)/ };

const MACROS = [
  'byte_length(x) AS strlen(x)',
  'char_length(x) AS length(x)',
  '"collate"(x, specification) AS x',
  'regexp_contains(x, pattern) AS regexp_matches(x, pattern)',
  "regexp_replace(x, pattern, other) AS system.main.regexp_replace(x, pattern, other, 'g')",
  'to_hex(x) AS x',
  'array_length(x) AS len(x)',
];

/**
 * Undefined for a query of another form.
 * @throws {RefusalError} `notFound` for an unknown table
 */
export function nestedIn(text: string, find: (name: string) => Table | undefined, project: string): Nested | undefined {
  const tokens = tokensOf(text, QUOTES);
  const words = tokens.filter(({ kind }) => kind !== 'space');
  const isNested = words.some((token, at) => isWord(token, 'FROM') && words[at + 1]?.text === '(');
  if (!isWord(words[0], 'SELECT') || !isNested || words.some(({ text }) => text === ';')) return undefined;
  const isUsed = usesColumn(tokens);
  const tables = new Map<string, { table: Table; fields: readonly Field[] }>();
  const named = withTables(tokens, (parts) => {
    const name = parts.map((part) => part.text).join('');
    const table = find(name);
    if (!table) throw new RefusalError(404, 'notFound', `Not found: Table ${project}:${name} was not found`);
    const id = `table_${tables.size}`;
    const fields = table.fields.filter((field) => isUsed(field.name));
    // A table of DuckDB has a column.
    tables.set(id, { table, fields: fields.length > 0 ? fields : table.fields.slice(0, 1) });
    return id;
  });
  return { sql: write(withUnnest(named)), tables };
}

/**
 * `UNNEST(…) AS value WITH OFFSET AS place`: in BigQuery the names are those of columns, and places begin at 0. In
 * DuckDB they need a table, and places begin at 1.
 */
function withUnnest(tokens: readonly Token[]): Token[] {
  const code = tokens.map((token) => ({ ...token }));
  const sign = (text: string): Token => ({ kind: 'sign', text });
  for (let at = 0; at < code.length; at += 1) {
    if (!isWord(code[at], 'UNNEST')) continue;
    const end = closing(code, at + 1);
    const rest = write(code.slice(end + 1, end + 13));
    const [whole, value, place] = /^\s+AS\s+(\w+)(?:\s+WITH\s+OFFSET\s+AS\s+(\w+))?/i.exec(rest) ?? [];
    if (whole === undefined) continue;
    let last = end;
    for (let length = 0; length < whole.length; length += code[last]!.text.length) last += 1;
    const columns = place === undefined ? value : `${value}, ${place}_from_1`;
    const ordinality = place === undefined ? '' : ' WITH ORDINALITY';
    code.splice(end + 1, last - end, sign(`${ordinality} AS ${value}_of (${columns})`));
    if (place === undefined) continue;
    for (const [index, token] of code.entries())
      if (token.kind === 'word' && token.text === place) code[index] = sign(`(${place}_from_1 - 1)`);
  }
  return code;
}

const TYPES = { STRING: 'VARCHAR', INTEGER: 'BIGINT', JSON: 'VARCHAR' } as const;

/**
 * The result as a table.
 * @param dry without the rows of the tables
 * @throws {RefusalError} `invalidQuery`, also for SQL that BigQuery knows and the simulator does not
 */
export async function runNested({ sql, tables }: Nested, id: string, dry: boolean): Promise<Table> {
  const loaded = [...tables].map(([name, { table, fields }]) => ({
    name,
    columns: fields.map((field) => ({
      name: field.name,
      type: `${TYPES[field.type]}${field.mode === 'REPEATED' ? '[]' : ''}`,
    })),
    count: dry ? 0 : table.size,
    slice: (from: number, to: number) => table.slice(from, to, fields),
  }));
  const { names, rows } = await runOnDuckDb({ sql, tables: loaded, macros: MACROS }).catch(refuse);
  return new Table({
    dataset: '_simulated',
    table: id,
    fields: names.map((name) => ({ name, type: 'STRING' })),
    rows: rows.map((row) => Object.fromEntries(row.map((value, index) => [names[index], asText(value)]))),
  });
}

/** The fields of a result are texts. */
const asText = (value: unknown): unknown =>
  typeof value === 'number' || typeof value === 'bigint' ? String(value) : value;

function refuse(error: unknown): Answer {
  const message = /Referenced column "/.test(String(error)) ? 'Unrecognized name' : 'Syntax error';
  throw new RefusalError(400, 'invalidQuery', `${message} at [1:1]`);
}
