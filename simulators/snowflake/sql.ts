/**
 * The SQL that the simulator understands: one SELECT of columns and of a few functions, from a table or a SELECT in
 * parentheses, with `WHERE column IS NOT NULL` and `LIMIT`. Lineup sends no other SELECT for the values of a table, and
 * everything else is a syntax error.
 */
import { StatementError } from './errors.ts';
import type { Cell, Column, Table } from './tables.ts';

/** Rows with their columns, made when they are asked for. */
export interface Rows {
  readonly columns: readonly Column[];
  readonly count: number;
  readonly row: (number: number) => readonly Cell[];
}

interface Token {
  readonly text: string;
  readonly kind: 'word' | 'name' | 'text' | 'number' | 'sign';
  readonly at: number;
}

interface Expression {
  readonly column: Column;
  /** The value of a row; of an aggregate, what it takes the largest of. */
  readonly read: (row: readonly Cell[]) => Cell;
  /** What a whole table gives: the value of its rows that is the largest, and what is made of it. */
  readonly ofLargest?: (largest: Cell) => Cell;
}

const TOKEN =
  /\s+|--[^\n]*|\/\*[\s\S]*?\*\/|("(?:[^"]|"")*")|('(?:[^'\\]|''|\\.)*')|(\d+)|([A-Za-z_][\w$]*)|(::|[^\s])/gy;

function tokensOf(sql: string): Token[] {
  return [...sql.matchAll(TOKEN)].flatMap((found): Token[] => {
    const [, name, text, number, word, sign] = found;
    const at = found.index;
    if (name !== undefined) return [{ kind: 'name', text: name.slice(1, -1).replaceAll('""', '"'), at }];
    if (text !== undefined) return [{ kind: 'text', text: text.slice(1, -1).replaceAll("''", "'"), at }];
    if (number !== undefined) return [{ kind: 'number', text: number, at }];
    if (word !== undefined) return [{ kind: 'word', text: word.toUpperCase(), at }];
    return sign === undefined ? [] : [{ kind: 'sign', text: sign, at }];
  });
}

/** @throws {StatementError} for another statement, a wrong name, or several statements */
export function select(sql: string, find: (name: readonly string[]) => Table): Rows {
  const parser = new Parser(sql, find);
  const rows = parser.select();
  parser.end();
  return rows;
}

class Parser {
  readonly #sql: string;
  readonly #tokens: readonly Token[];
  readonly #find: (name: readonly string[]) => Table;
  #at = 0;

  constructor(sql: string, find: (name: readonly string[]) => Table) {
    this.#sql = sql;
    this.#tokens = tokensOf(sql);
    this.#find = find;
  }

  end(): void {
    this.#take(';');
    if (this.#at === this.#tokens.length) return;
    const before = this.#tokens[this.#at - 1]?.text;
    throw before === ';' ? new StatementError('000008', '0A000') : this.#wrong();
  }

  select(): Rows {
    this.#expect('SELECT');
    const columnsAt = this.#at;
    // The columns are known only after FROM.
    for (let depth = 0; ; this.#at += 1) {
      const token = this.#tokens[this.#at];
      if (!token) throw this.#wrong();
      if (depth === 0 && token.kind === 'word' && token.text === 'FROM') break;
      if (token.kind === 'sign' && token.text === '(') depth += 1;
      if (token.kind === 'sign' && token.text === ')') depth -= 1;
      if (depth < 0) throw this.#wrong();
    }
    this.#expect('FROM');
    const from = this.#where(this.#from());
    const count = this.#take('LIMIT') ? Math.min(from.count, Number(this.#token('number').text)) : from.count;
    const end = this.#at;
    this.#at = columnsAt;
    const expressions = this.#expressions(from.columns);
    this.#at = end;
    if (expressions.some(({ ofLargest }) => ofLargest)) return largestOf(expressions, from);
    return {
      columns: expressions.map(({ column }) => column),
      count,
      row: (number) => {
        const row = from.row(number);
        return expressions.map(({ read }) => read(row));
      },
    };
  }

  #from(): Rows {
    if (this.#take('(')) {
      const rows = this.select();
      this.#expect(')');
      return rows;
    }
    const name = [this.#name()];
    while (this.#take('.')) name.push(this.#name());
    const { rows: count, columns, row } = this.#find(name);
    return { count, columns, row };
  }

  #where(from: Rows): Rows {
    if (!this.#take('WHERE')) return from;
    const { read } = this.#column(from.columns);
    for (const word of ['IS', 'NOT', 'NULL']) this.#expect(word);
    const kept = Array.from({ length: from.count }, (_, number) => number).filter(
      (number) => read(from.row(number)) !== null,
    );
    return { columns: from.columns, count: kept.length, row: (number) => from.row(kept[number]!) };
  }

  #expressions(columns: readonly Column[]): Expression[] {
    if (this.#take('*')) {
      this.#expectFrom();
      return columns.map((column, index) => ({ column, read: (row) => row[index] ?? null }));
    }
    const found: Expression[] = [];
    do found.push(this.#expression(columns));
    while (this.#take(','));
    this.#expectFrom();
    return found;
  }

  #expectFrom(): void {
    if (this.#tokens[this.#at]?.text !== 'FROM') throw this.#wrong();
  }

  #expression(columns: readonly Column[]): Expression {
    const next = this.#tokens[this.#at];
    const called = this.#tokens[this.#at + 1]?.text === '(' && next?.kind === 'word';
    let found = called ? this.#call(columns) : this.#column(columns);
    if (this.#take('::')) {
      this.#expect('VARIANT');
      found = { ...found, column: { ...found.column, type: 'variant' } };
    }
    if (this.#take('AS')) found = { ...found, column: { ...found.column, name: this.#name() } };
    return found;
  }

  #call(columns: readonly Column[]): Expression {
    const name = this.#token('word').text;
    this.#expect('(');
    const value = this.#expression(columns);
    const others: string[] = [];
    while (this.#take(',')) others.push(this.#token('text', 'number').text);
    this.#expect(')');
    if (name === 'MAX')
      return { ...value, column: { ...value.column, name: `MAX(${value.column.name})` }, ofLargest: (found) => found };
    const change = functions[name];
    if (!change) throw new StatementError('002140', '42601');
    const type = name === 'ARRAY_SLICE' ? 'array' : 'text';
    const column = { name: `${name}(…)`, type };
    const made = (given: Cell) => (given === null ? null : change(given, others, value.column));
    const { ofLargest } = value;
    if (ofLargest) return { column, read: value.read, ofLargest: (largest) => made(ofLargest(largest)) };
    return { column, read: (row) => made(value.read(row)) };
  }

  #column(columns: readonly Column[]): Expression {
    const at = this.#at;
    const name = this.#name();
    const index = columns.findIndex((column) => column.name === name);
    if (columns.filter((column) => column.name === name).length > 1) throw new StatementError('002028', '42601');
    if (index === -1) throw new StatementError('000904', '42000', this.#place(at));
    return { column: columns[index]!, read: (row) => row[index] ?? null };
  }

  #name(): string {
    return this.#token('name', 'word').text;
  }

  #token(...kinds: Token['kind'][]): Token {
    const token = this.#tokens[this.#at];
    if (!token || !kinds.includes(token.kind)) throw this.#wrong();
    this.#at += 1;
    return token;
  }

  #take(text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.text !== text || (token.kind !== 'word' && token.kind !== 'sign')) return false;
    this.#at += 1;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw this.#wrong();
  }

  #wrong(): StatementError {
    return new StatementError('001003', '42000', this.#place(this.#at));
  }

  /** As Snowflake counts: lines from 1, positions from 0. */
  #place(token: number): { line: number; position: number } {
    const before = this.#sql.slice(0, this.#tokens[token]?.at ?? this.#sql.length);
    const lines = before.split('\n');
    return { line: lines.length, position: lines.at(-1)?.length ?? 0 };
  }
}

/** One row, of aggregates alone. */
function largestOf(expressions: readonly Expression[], from: Rows): Rows {
  const row = expressions.map(({ read, ofLargest }) => {
    if (!ofLargest) throw new StatementError('000979', '42601');
    const cells = Array.from({ length: from.count }, (_, number) => read(from.row(number)));
    return ofLargest(
      cells.reduce((found, cell) => (cell !== null && (found === null || cell > found) ? cell : found), null),
    );
  });
  return { columns: expressions.map(({ column }) => column), count: 1, row: () => row };
}

type Change = (value: Exclude<Cell, null>, others: readonly string[], column: Column) => Cell;

const functions: Readonly<Record<string, Change>> = {
  TO_VARCHAR: (value, _others, column) => written(value, column),
  TO_JSON: (value) => JSON.stringify(value),
  LEFT: (value, [length]) => [...String(value)].slice(0, Number(length)).join(''),
  NULLIF: (value, [none]) => (value === none ? null : value),
  REGEXP_REPLACE: (value, [pattern, by = '']) => {
    if (pattern !== '[.]0+$') throw new StatementError('100048', '2201B');
    return String(value).replace(/[.]0+$/, by);
  },
  ARRAY_SLICE: (value, [from, to]) => (Array.isArray(value) ? value.slice(Number(from), Number(to)) : null),
};

/** The text of a value, as the API writes it too. */
export const written = (value: Exclude<Cell, null>, { type, scale = 0 }: Column): string =>
  typeof value === 'number' && type === 'fixed'
    ? value.toFixed(scale)
    : typeof value === 'object'
      ? JSON.stringify(value, null, 2)
      : String(value);
