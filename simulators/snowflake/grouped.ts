/**
 * Statements with GROUP BY: they run for real, on DuckDB. Its regular expressions are RE2. The functions of Snowflake
 * that Lineup uses are macros there, and FLATTEN is written in another way. Values are texts, as the API writes them;
 * an element of an ARRAY is its type and its text.
 */
import { runOnDuckDb } from '../shared/duckdb.ts';
import { closing, isWord, type Token, tokensOf, usesColumn, withTables, write } from '../shared/sql-tokens.ts';
import { StatementError } from './errors.ts';
import { type Rows, written } from './sql.ts';
import type { Cell, Column, Table } from './tables.ts';

const MACROS = [
  'charindex(part, x) AS strpos(x, part)',
  '"collate"(x, specification) AS x',
  'octet_length(x) AS strlen(x)',
  'regexp_instr(x, pattern) AS CASE WHEN regexp_matches(x, pattern) THEN 1 ELSE 0 END',
  'regexp_like(x, pattern) AS regexp_full_match(x, pattern)',
  "regexp_replace(x, pattern, other) AS system.main.regexp_replace(x, pattern, other, 'g')",
  'sha2(x, bits) AS sha256(x)',
  'to_varchar(x) AS CAST(x AS VARCHAR)',
  'typeof(x) AS x.type',
];

/**
 * The rows of a statement. Undefined for one without GROUP BY.
 * @throws {StatementError} for an unknown table; later also for SQL that the simulator does not know
 */
export function grouped(sql: string, find: (name: readonly string[]) => Table): (() => Promise<Rows>) | undefined {
  const tokens = tokensOf(sql, { name: '"', comments: /^(?:--|\/\/)/ });
  if (!tokens.some((token) => isWord(token, 'GROUP'))) return undefined;
  const tables = new Map<string, Table>();
  const named = withTables(tokens, (parts) => {
    const names = parts.filter(({ kind }) => kind !== 'sign');
    const table = find(names.map(({ kind, text }) => (kind === 'name' ? text : text.toUpperCase())));
    const id = `table_${tables.size}`;
    tables.set(id, table);
    return id;
  });
  return () => run(write(withVariants(withFlatten(named))), tables, usesColumn(tokens));
}

async function run(sql: string, tables: ReadonlyMap<string, Table>, isUsed: (name: string) => boolean): Promise<Rows> {
  const loaded = [...tables].map(([name, table]) => ({
    name,
    columns: usedOf(table, isUsed).map(({ column }) => ({
      name: column.name,
      type: column.type === 'array' ? 'STRUCT("type" VARCHAR, "text" VARCHAR)[]' : 'VARCHAR',
    })),
    count: table.rows,
    slice: (from: number, to: number) => slice(table, usedOf(table, isUsed), from, to),
  }));
  const { names, rows } = await runOnDuckDb({ sql, tables: loaded, macros: MACROS }).catch((error: unknown) => {
    const isName = /Referenced column "/.test(String(error));
    throw isName ? new StatementError('000904', '42000') : new StatementError('001003', '42000');
  });
  return {
    columns: names.map((name) => ({ name: name.toUpperCase(), type: 'text' })),
    count: rows.length,
    row: (number) => rows[number] as readonly Cell[],
  };
}

interface Used {
  readonly column: Column;
  /** Its place in a row. */
  readonly index: number;
}

/** At least one column, because a table of DuckDB has one. */
function usedOf({ columns }: Table, isUsed: (name: string) => boolean): Used[] {
  const all = columns.map((column, index) => ({ column, index }));
  const used = all.filter(({ column }) => isUsed(column.name));
  return used.length > 0 ? used : all.slice(0, 1);
}

function slice({ row }: Table, used: readonly Used[], from: number, to: number): unknown[][] {
  const out: unknown[][] = used.map(() => []);
  for (let number = from; number < to; number += 1) {
    const cells = row(number);
    for (const [place, { column, index }] of used.entries()) out[place]!.push(loadedOf(cells[index]!, column));
  }
  return out;
}

function loadedOf(cell: Cell, column: Column): unknown {
  if (cell === null) return null;
  return Array.isArray(cell) ? cell.map(elementOf) : written(cell, column);
}

function elementOf(element: unknown): { type: string; text: string | null } {
  const cell = (type: string) => ({ type, text: element === null ? null : String(element) });
  switch (typeof element) {
    case 'string':
      return cell('VARCHAR');
    case 'boolean':
      return cell('BOOLEAN');
    case 'number':
      return cell(Number.isInteger(element) ? 'INTEGER' : 'DECIMAL');
    default:
      return cell(element === null ? 'NULL_VALUE' : Array.isArray(element) ? 'ARRAY' : 'OBJECT');
  }
}

const sign = (text: string): Token => ({ kind: 'sign', text });

/** `FLATTEN(INPUT => x, OUTER => TRUE)`: a list without elements has one row. */
function withFlatten(tokens: readonly Token[]): Token[] {
  const code = [...tokens];
  const at = code.findIndex((token) => isWord(token, 'FLATTEN'));
  if (at === -1) return code;
  const end = closing(code, at + 1);
  const input = write(code.slice(at + 2, end))
    .replace(/^INPUT => /, '')
    .replace(/, OUTER => TRUE$/, '');
  const elements = `UNNEST(CASE WHEN len(${input}) > 0 THEN ${input} ELSE [NULL] END)`;
  const rows = `(SELECT flat.value AS value, flat.place - 1 AS index FROM ${elements} WITH ORDINALITY AS flat (value, place))`;
  code.splice(at, end + 1 - at, sign(rows));
  return code;
}

/** A list is a VARIANT already, and the text of an element is there. */
function withVariants(tokens: readonly Token[]): Token[] {
  const out: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const isCast = tokens[at]!.text === ':' && tokens[at + 1]?.text === ':';
    if (!isCast) out.push(tokens[at]!);
    else {
      at += 2;
      out.push(sign(isWord(tokens[at], 'VARIANT') ? '' : '.text'));
    }
  }
  return out;
}
