/** The members of one part, until they are written: as CSV, or as NDJSON where a member may have several values. */
import type { ColumnReader } from './column-reader.ts';

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const X = 0x78;

/** No identifier is so long. A longer value keeps its place, and stays one that nobody can send. */
const LONGEST = 4_096;

/** How the files of a scan are written. In CSV a member is one row, so it cannot have several values. */
export type PartFormat = 'csv' | 'ndjson';

export const formatFor = (marked: readonly boolean[]): PartFormat => (marked.includes(true) ? 'ndjson' : 'csv');

/** Writes a member. */
interface RowWriter {
  /** What a byte may take at most, and what a value takes beside its bytes. */
  readonly most: { readonly byte: number; readonly value: number };
  /** What stands before the first member. */
  readonly head: Buffer;
  /** @returns where the next byte stands */
  write(target: Buffer, begin: number, columns: readonly ColumnReader[]): number;
}

export class PartRows {
  readonly #writer: RowWriter;
  #memory = Buffer.allocUnsafeSlow(1 << 12);
  #length = 0;
  members = 0;

  constructor(names: readonly string[], format: PartFormat) {
    this.#writer = format === 'csv' ? csvWriter(names) : jsonWriter(names);
    const { head } = this.#writer;
    this.#reserve(head.length);
    this.#length = head.copy(this.#memory);
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

  /** The member that the columns have now. */
  add(columns: readonly ColumnReader[]): void {
    this.members += 1;
    const { byte, value } = this.#writer.most;
    let most = 4;
    for (const column of columns) {
      most += value;
      for (let n = 0; n < column.count; n += 1) {
        most += byte * Math.min(column.to(n) - column.from(n), LONGEST) + value;
      }
    }
    this.#reserve(most);
    this.#length = this.#writer.write(this.#memory, this.#length, columns);
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

function csvWriter(names: readonly string[]): RowWriter {
  const head = names.map((name) => `"${name.replaceAll('"', '""')}"`).join(',');
  return {
    // Each byte may be a quote, which is doubled.
    most: { byte: 2, value: 4 },
    head: Buffer.from(`${head}\n`),
    write: (target, begin, columns) => {
      let at = begin;
      for (let n = 0; n < columns.length; n += 1) {
        if (n > 0) target[at++] = COMMA;
        at = writeCell(target, at, columns[n]!);
      }
      // An empty line would be no row.
      if (columns.length === 1 && at === begin) {
        target[at++] = QUOTE;
        target[at++] = QUOTE;
      }
      target[at++] = LF;
      return at;
    },
  };
}

/** @returns where the next byte stands */
function writeCell(target: Buffer, begin: number, column: ColumnReader): number {
  const { bytes } = column;
  const [from, to] = [column.from(0), column.to(0)];
  if (to - from > LONGEST) return writeTooLong(target, begin);
  if (column.isQuoted(0)) {
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

const writeTooLong = (target: Buffer, begin: number): number => {
  target.fill(X, begin, begin + LONGEST);
  return begin + LONGEST;
};

/** `{"email":["a","b"],"tel":"c"}`. Two identifiers may be in one field, which an object has once. */
function jsonWriter(names: readonly string[]): RowWriter {
  const keys = names.map((name, n) =>
    names.indexOf(name) < n ? undefined : Buffer.from(`${n === 0 ? '{' : ','}${JSON.stringify(name)}:`),
  );
  const longestKey = Math.max(...keys.map((key) => key?.length ?? 0));
  return {
    // A control character is six.
    most: { byte: 6, value: 4 + longestKey },
    head: Buffer.alloc(0),
    write: (target, begin, columns) => {
      let at = begin;
      for (let n = 0; n < columns.length; n += 1) {
        const key = keys[n];
        if (!key) continue;
        at += key.copy(target, at);
        at = writeValues(target, at, columns[n]!);
      }
      target[at++] = 0x7d;
      target[at++] = LF;
      return at;
    },
  };
}

function writeValues(target: Buffer, begin: number, column: ColumnReader): number {
  if (column.count === 1) return writeText(target, begin, column, 0);
  let at = begin;
  for (let n = 0; n < column.count; n += 1) {
    target[at++] = n === 0 ? 0x5b : COMMA;
    at = writeText(target, at, column, n);
  }
  target[at++] = 0x5d;
  return at;
}

function writeText(target: Buffer, begin: number, column: ColumnReader, n: number): number {
  const { bytes } = column;
  const [from, to, isQuoted] = [column.from(n), column.to(n), column.isQuoted(n)];
  let at = begin;
  target[at++] = QUOTE;
  if (to - from > LONGEST) at = writeTooLong(target, at);
  else {
    for (let m = from; m < to; m += 1) {
      const byte = bytes[m]!;
      if (byte < SPACE) {
        at += target.write(`\\u${byte.toString(16).padStart(4, '0')}`, at, 'latin1');
        continue;
      }
      if (byte === QUOTE || byte === BACKSLASH) target[at++] = BACKSLASH;
      target[at++] = byte;
      // Inside quotes, a quote stands doubled.
      if (byte === QUOTE && isQuoted) m += 1;
    }
  }
  target[at++] = QUOTE;
  return at;
}
