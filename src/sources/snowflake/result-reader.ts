/**
 * Reads a partition of a result: JSON with rows of texts and nulls, `{"data": [["a",null],["b","c"]], …}` or only the
 * rows. It writes the value stream of each column as bytes. Only a value with an escape and a list become a text of
 * JavaScript.
 */
import { ColumnOutput } from './column-output.ts';
import { listRecords } from './list-values.ts';

/** The answer is not such JSON. It never contains the text. */
export class ResultError extends Error {
  override readonly name = 'ResultError';
}

export interface ResultColumn {
  /** Its values are JSON lists, and become marked records. */
  readonly list: boolean;
}

/** Around the rows stand the columns and the sizes of all partitions, some 80 bytes each. */
const MAX_AROUND = 16 << 20;
/** A value of Snowflake has at most 128 MB, and a row may have several. */
const LONGEST_ROW = 256 << 20;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE = 0x5d;
const LETTER_N = 0x6e;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const NULL = Buffer.from('null');
const DATA = Buffer.from('"data"');

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

type Part = 'before' | 'rows' | 'after';

export class ResultReader {
  /** How many rows were read, also those that were skipped. */
  rows = 0;
  /** To which column the block given last belongs: its index. */
  column = 0;
  readonly #columns: readonly ResultColumn[];
  readonly #skip: number;
  readonly #out: ColumnOutput[];
  #part: Part = 'before';
  /** What is not read yet: the beginning of a row, or of a text before the rows. */
  #rest: Buffer = Buffer.alloc(0);
  /** A row that is longer than the rest is looked at again only when the rest has doubled. */
  #waitFor = 0;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #needsComma = false;
  #around: Buffer[] = [];
  #aroundBytes = 0;
  #depth = 0;
  /** Whether the last text at depth 1 was the key of the rows. */
  #atData = false;

  /** @param skip this many rows give nothing, because an earlier reading has given them */
  constructor(columns: readonly ResultColumn[], skip = 0) {
    this.#columns = columns;
    this.#skip = skip;
    this.#out = columns.map(() => new ColumnOutput());
  }

  /**
   * Gives the values of the rows that are complete, a block for each column. Each block is valid until the next one is
   * requested.
   * @throws {ResultError}; {ListError} from list-values.ts
   */
  *push(block: Uint8Array): Generator<Uint8Array, void> {
    this.#waiting.push(Buffer.from(block.buffer, block.byteOffset, block.length));
    this.#waitingBytes += block.length;
    if (this.#rest.length + this.#waitingBytes < this.#waitFor) return;
    const bytes = Buffer.concat([this.#rest, ...this.#waiting]);
    this.#waiting = [];
    this.#waitingBytes = 0;
    let at = 0;
    if (this.#part === 'before') at = this.#readBefore(bytes);
    if (this.#part === 'rows') at = this.#readRows(bytes, at);
    if (this.#part === 'after') {
      this.#keepAround(bytes.subarray(at));
      at = bytes.length;
    }
    // A copy: the block may be used again by its owner.
    this.#rest = Buffer.from(bytes.subarray(at));
    if (this.#rest.length > LONGEST_ROW) throw new ResultError('a row is too long');
    this.#waitFor = this.#rest.length > 65_536 ? 2 * this.#rest.length : 0;
    yield* this.#given();
  }

  /**
   * The rest after the last block. Returns what stood around the rows, with `null` in their place.
   * @throws {ResultError} when the answer is not complete
   */
  *end(): Generator<Uint8Array, unknown> {
    if (this.#waitingBytes > 0) {
      this.#waitFor = 0;
      yield* this.push(new Uint8Array());
    }
    if (this.#part !== 'after' || this.#rest.length > 0) throw new ResultError('the answer is not complete');
    try {
      return JSON.parse(Buffer.concat(this.#around).toString());
    } catch {
      throw new ResultError('the answer is not JSON');
    }
  }

  *#given(): Generator<Uint8Array, void> {
    if (!this.#out.some(({ length }) => length > 0)) return;
    for (const [column, output] of this.#out.entries()) {
      this.column = column;
      yield output.take();
    }
  }

  /** Looks for the rows: an array, or the value of `data` in an object. */
  #readBefore(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        const end = endOfText(bytes, at);
        // A text is kept until it is complete.
        if (end === -1) break;
        this.#atData = this.#depth === 1 && bytes.subarray(at, end).equals(DATA);
        at = end;
        continue;
      }
      if (byte === OPEN && (this.#depth === 0 || (this.#depth === 1 && this.#atData))) {
        this.#keepAround(bytes.subarray(0, at));
        this.#keepAround(NULL);
        this.#part = 'rows';
        return at + 1;
      }
      if (byte === OPEN || byte === OPEN_BRACE) this.#depth += 1;
      if (byte === CLOSE || byte === CLOSE_BRACE) this.#depth -= 1;
      if (byte !== COLON && !isSpace(byte)) this.#atData = false;
      at += 1;
    }
    this.#keepAround(bytes.subarray(0, at));
    return at;
  }

  #readRows(bytes: Buffer, from: number): number {
    let at = from;
    for (;;) {
      let next = at;
      while (isSpace(bytes[next])) next += 1;
      if (next >= bytes.length) return at;
      const byte = bytes[next];
      if (byte === CLOSE) {
        this.#part = 'after';
        return next + 1;
      }
      if (this.#needsComma) {
        if (byte !== COMMA) throw new ResultError('a comma is missing');
        next += 1;
        while (isSpace(bytes[next])) next += 1;
        if (next >= bytes.length) return at;
      }
      if (bytes[next] !== OPEN) throw new ResultError('a row is not a list');
      const end = this.#readRow(bytes, next + 1);
      if (end === -1) return at;
      at = end;
      this.#needsComma = true;
    }
  }

  /** @returns the end of the row, or -1 when it is not complete; then nothing of it was given */
  #readRow(bytes: Buffer, from: number): number {
    const given = this.rows >= this.#skip;
    for (const output of this.#out) output.mark();
    const columns = this.#columns.length;
    let at = from;
    for (let column = 0; column < columns; column += 1) {
      while (isSpace(bytes[at])) at += 1;
      const end = given ? this.#readCell(bytes, at, column) : endOfCell(bytes, at);
      if (end === -1) return this.#undo();
      at = end;
      while (isSpace(bytes[at])) at += 1;
      if (at >= bytes.length) return this.#undo();
      if (bytes[at] !== (column === columns - 1 ? CLOSE : COMMA))
        throw new ResultError('a row has another number of columns');
      at += 1;
    }
    this.rows += 1;
    return at;
  }

  #undo(): -1 {
    for (const output of this.#out) output.undo();
    return -1;
  }

  /** @returns the end of the cell, or -1 when it is not complete */
  #readCell(bytes: Buffer, at: number, column: number): number {
    const output = this.#out[column]!;
    const { list } = this.#columns[column]!;
    if (bytes[at] !== QUOTE) {
      const end = endOfNull(bytes, at);
      if (end !== -1) output.text(list ? '+\n' : '\n');
      return end;
    }
    let end = at + 1;
    const { length } = bytes;
    for (; end < length; end += 1) {
      const byte = bytes[end]!;
      if (byte === QUOTE || byte === BACKSLASH) break;
      if (byte < 0x20) throw new ResultError('a text has a control character');
    }
    if (end >= length) return -1;
    if (bytes[end] === QUOTE && !list) {
      output.line(bytes, at + 1, end);
      return end + 1;
    }
    end = endOfText(bytes, at);
    if (end === -1) return -1;
    const text = parseText(bytes, at, end);
    output.text(list ? listRecords(text) : record(text));
    return end;
  }

  #keepAround(bytes: Buffer): void {
    this.#aroundBytes += bytes.length;
    if (this.#aroundBytes > MAX_AROUND) throw new ResultError('the description of the result is too long');
    this.#around.push(Buffer.from(bytes));
  }
}

/** A value with a line feed must be quoted, and one that begins with a quote, too. */
const record = (value: string): string =>
  value.includes('\n') || value.startsWith('"') ? `"${value.replaceAll('"', '""')}"\n` : `${value}\n`;

function parseText(bytes: Buffer, from: number, end: number): string {
  try {
    return JSON.parse(bytes.toString('utf8', from, end));
  } catch {
    throw new ResultError('a text is not valid');
  }
}

/** The position behind the text that begins at `from`, or -1 when it has no end yet. */
function endOfText(bytes: Buffer, from: number): number {
  for (let at = from + 1; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) return at + 1;
    if (byte === BACKSLASH) at += 1;
  }
  return -1;
}

function endOfNull(bytes: Buffer, at: number): number {
  if (at >= bytes.length) return -1;
  if (bytes[at] !== LETTER_N) throw new ResultError('a value is not a text');
  const found = bytes.subarray(at, at + NULL.length);
  if (!found.equals(NULL.subarray(0, found.length))) throw new ResultError('a value is not a text');
  return found.length === NULL.length ? at + NULL.length : -1;
}

const endOfCell = (bytes: Buffer, at: number): number =>
  bytes[at] === QUOTE ? endOfText(bytes, at) : endOfNull(bytes, at);
