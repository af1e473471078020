/** Writes a column of Arrow as a value stream (source.ts). The bytes of texts are copied, without a string for each. */
import { type Column, isValid, textAt, type Values } from './columns.ts';

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const PLUS = 0x2b;
const DOT = 0x2e;

/** Writes records into memory that it uses again for the next column. */
export class RecordWriter {
  #out: Buffer = Buffer.allocUnsafe(1 << 16);
  #length = 0;

  /** The records of all members. They are valid until the next call. */
  write(column: Column): Uint8Array {
    this.#length = 0;
    const { values, starts, rows } = column;
    if (starts) this.#lists(values, starts, rows);
    else if (values.offsets && isPlain(values, values.offsets)) this.#plain(values, values.offsets);
    else for (let n = 0; n < values.length; n += 1) this.#value(values, n, 0);
    return this.#out.subarray(0, this.#length);
  }

  #lists(values: Values, starts: Int32Array, rows: number): void {
    for (let row = 0; row < rows; row += 1) {
      const end = starts[row + 1]!;
      let mark = PLUS;
      for (let n = starts[row]!; n < end; n += 1) {
        this.#value(values, n, mark);
        mark = DOT;
      }
      if (mark === PLUS) {
        this.#room(2);
        this.#out[this.#length++] = PLUS;
        this.#out[this.#length++] = LF;
      }
    }
  }

  /** Texts that need no quotes. Most columns are of this kind. */
  #plain(values: Values, offsets: Int32Array): void {
    const { bytes, length } = values;
    this.#room(offsets[length]! - offsets[0]! + length);
    const out = this.#out;
    let to = 0;
    let from = offsets[0]!;
    for (let n = 0; n < length; n += 1) {
      const end = offsets[n + 1]!;
      // A missing value should have no bytes, but Arrow does not promise it.
      if (isValid(values, n)) while (from < end) out[to++] = bytes[from++]!;
      from = end;
      out[to++] = LF;
    }
    this.#length = to;
  }

  /** @param mark 0 for a stream without marks */
  #value(values: Values, n: number, mark: number): void {
    const { offsets } = values;
    const bytes = offsets ? values.bytes : Buffer.from(textAt(values, n), 'latin1');
    const valid = isValid(values, n);
    const from = offsets && valid ? offsets[n]! : 0;
    const end = !valid ? 0 : offsets ? offsets[n + 1]! : bytes.length;
    const quoted = needsQuotes(bytes, from, end, mark !== 0);
    this.#room(2 * (end - from) + 4);
    const out = this.#out;
    let to = this.#length;
    if (quoted) out[to++] = QUOTE;
    if (mark !== 0) out[to++] = mark;
    for (let at = from; at < end; at += 1) {
      const byte = bytes[at]!;
      out[to++] = byte;
      if (quoted && byte === QUOTE) out[to++] = QUOTE;
    }
    if (quoted) out[to++] = QUOTE;
    out[to++] = LF;
    this.#length = to;
  }

  #room(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#out.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#out.length));
    this.#out.copy(larger, 0, 0, this.#length);
    this.#out = larger;
  }
}

/** Whether no value holds a character for which a record may need quotes. */
function isPlain({ bytes, length }: Values, offsets: Int32Array): boolean {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset + offsets[0]!, offsets[length]! - offsets[0]!);
  return !all.includes(LF) && !all.includes(QUOTE) && !all.includes(CR);
}

function needsQuotes(bytes: Uint8Array, from: number, end: number, marked: boolean): boolean {
  if (from === end) return false;
  if (!marked && bytes[from] === QUOTE) return true;
  for (let at = from; at < end; at += 1) if (bytes[at] === LF || bytes[at] === CR) return true;
  return false;
}
