/** The rows of one part, as CSV, until they are written. */
import type { ColumnReader } from './column-reader.ts';

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const COMMA = 0x2c;
const X = 0x78;

/** No identifier is so long. A longer value keeps its place, and stays one that nobody can send. */
const LONGEST = 4_096;

/** What a value may take at most: each of its bytes doubled, the quotes, and what separates it. */
const room = (bytes: number): number => 2 * Math.min(bytes, LONGEST) + 4;

export class PartRows {
  readonly #fields: number;
  #memory = Buffer.allocUnsafeSlow(1 << 12);
  #length = 0;
  /** The members. One with several values has several rows. */
  members = 0;

  constructor(header: readonly string[]) {
    this.#fields = header.length;
    const line = Buffer.from(`${header.map((name) => `"${name.replaceAll('"', '""')}"`).join(',')}\n`);
    this.#reserve(line.length);
    this.#length = line.copy(this.#memory);
  }

  /** The bytes that wait to be written. */
  get length(): number {
    return this.#length;
  }

  get bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#length);
  }

  /** Forgets the bytes, which are written. */
  clear(): void {
    this.#memory.fill(0, 0, this.#length);
    this.#length = 0;
  }

  /** The member that the columns have now: a row for each value of its longest list. */
  add(columns: readonly ColumnReader[]): void {
    this.members += 1;
    let rows = 1;
    for (const column of columns) if (column.count > rows) rows = column.count;
    for (let row = 0; row < rows; row += 1) this.#addRow(columns, row);
  }

  #addRow(columns: readonly ColumnReader[], row: number): void {
    let most = 4;
    for (const column of columns) most += row < column.count ? room(column.to(row) - column.from(row)) : 1;
    this.#reserve(most);
    const begin = this.#length;
    let at = begin;
    for (let n = 0; n < columns.length; n += 1) {
      const column = columns[n]!;
      if (n > 0) this.#memory[at++] = COMMA;
      if (row < column.count) at = writeCell(this.#memory, at, column, row);
    }
    // An empty line would be no row.
    if (this.#fields === 1 && at === begin) {
      this.#memory[at++] = QUOTE;
      this.#memory[at++] = QUOTE;
    }
    this.#memory[at++] = LF;
    this.#length = at;
  }

  #reserve(bytes: number): void {
    const size = this.#length + bytes;
    if (size <= this.#memory.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(size, this.#memory.length * 2));
    this.#memory.copy(larger, 0, 0, this.#length);
    this.#memory.fill(0);
    this.#memory = larger;
  }
}

/** @returns where the next byte stands */
function writeCell(target: Buffer, begin: number, column: ColumnReader, row: number): number {
  const { bytes } = column;
  const [from, to] = [column.from(row), column.to(row)];
  if (to - from > LONGEST) {
    target.fill(X, begin, begin + LONGEST);
    return begin + LONGEST;
  }
  if (column.isQuoted(row)) {
    target[begin] = QUOTE;
    bytes.copy(target, begin + 1, from, to);
    target[begin + 1 + to - from] = QUOTE;
    return begin + 2 + to - from;
  }
  let at = begin;
  for (let n = from; n < to; n += 1) {
    const byte = bytes[n]!;
    if (byte === COMMA || byte === QUOTE || byte === CR) return writeQuoted(target, begin, bytes.subarray(from, to));
    target[at++] = byte;
  }
  return at;
}

function writeQuoted(target: Buffer, begin: number, value: Uint8Array): number {
  let at = begin;
  target[at++] = QUOTE;
  for (const byte of value) {
    if (byte === QUOTE) target[at++] = QUOTE;
    target[at++] = byte;
  }
  target[at++] = QUOTE;
  return at;
}
