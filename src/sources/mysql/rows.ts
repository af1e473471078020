/**
 * Makes the value streams of source.ts from the rows of a text result in MySQL's protocol. A row is a packet: three
 * bytes of length, one number, and each value with its length before it. A payload of 2^24-1 bytes continues in the
 * next packet. Bytes are copied once, and no object is made for a row.
 */
import { LONGEST_ROW } from '../database/client.ts';
import { END, ERROR, HEADER, LONGEST_END, NULL } from './packets.ts';
import { SessionError } from './session-error.ts';

/** A packet of this length continues in the next one. */
const CONTINUED = 0xff_ff_ff;
/** A packet of more bytes is not kept until it is whole: its values are passed on in pieces. */
const SMALL = 1 << 16;

const TWO_BYTES = 0xfc;
const THREE_BYTES = 0xfd;
const EIGHT_BYTES = 0xfe;

const LF = 10;
const CR = 13;
const QUOTE = 34;

/** A part of the value stream of a column. */
export interface ColumnBlock {
  readonly column: number;
  readonly block: Uint8Array;
}

export class RowReader {
  /** How many rows have begun. */
  rows = 0;
  /** How many columns each row has. */
  readonly columns: number;
  /** The bytes from the packet on that ends the rows, successfully or with an error. Undefined before. */
  rest: Buffer | undefined;
  readonly #out: Buffer[];
  readonly #lengths: number[];
  /** The beginning of a packet whose rest has not arrived. */
  #cut: Buffer = Buffer.alloc(0);
  /** The row whose packet is too long to wait for. */
  #long: LongRow | undefined;

  constructor(columns: number) {
    this.columns = columns;
    this.#out = Array.from({ length: columns }, () => Buffer.alloc(0));
    this.#lengths = Array.from({ length: columns }, () => 0);
  }

  /**
   * The records of each column in these bytes. A record may be split between two calls. A block is valid until the next
   * call.
   * @throws {SessionError} for bytes that are no rows
   */
  push(chunk: Buffer): readonly ColumnBlock[] {
    const bytes = this.#cut.length > 0 ? Buffer.concat([this.#cut, chunk]) : chunk;
    this.#begin(bytes.length);
    const at = this.#read(bytes);
    this.#cut = this.rest === undefined ? Buffer.from(bytes.subarray(at)) : Buffer.alloc(0);
    return this.#lengths.flatMap((length, column) =>
      length === 0 ? [] : [{ column, block: this.#out[column]!.subarray(0, length) }],
    );
  }

  /** Room for all records: a value of n bytes came with at least one byte more, and becomes at most 2n + 3 bytes. */
  #begin(length: number): void {
    for (let column = 0; column < this.columns; column++) {
      this.#lengths[column] = 0;
      if (this.#out[column]!.length < 2 * length + 16) this.#out[column] = Buffer.allocUnsafe(2 * length + 16);
    }
  }

  /** @returns where the part begins that needs more bytes */
  #read(bytes: Buffer): number {
    let at = 0;
    for (;;) {
      if (this.#long) at = this.#readLong(this.#long, bytes, at);
      if (this.#long || bytes.length - at < HEADER) return at;
      const length = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
      if (length > SMALL) {
        this.rows += 1;
        this.#long = new LongRow();
        continue;
      }
      const first = bytes[at + HEADER];
      const end = at + HEADER + length;
      if (end > bytes.length) return at;
      if (length === 0) throw new SessionError('protocol');
      if (first === ERROR || (first === END && length < LONGEST_END)) {
        this.rest = Buffer.from(bytes.subarray(at));
        return at;
      }
      this.rows += 1;
      this.#readRow(bytes, at + HEADER, end);
      at = end;
    }
  }

  #readRow(bytes: Buffer, from: number, end: number): void {
    let at = from;
    for (let column = 0; column < this.columns; column++) {
      if (at >= end) throw new SessionError('protocol');
      let length = bytes[at]!;
      at += 1;
      if (length >= NULL) {
        if (length === NULL) length = 0;
        else if (length === TWO_BYTES && end - at >= 2) {
          length = bytes[at]! | (bytes[at + 1]! << 8);
          at += 2;
        } else if (length === THREE_BYTES && end - at >= 3) {
          length = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
          at += 3;
        } else throw new SessionError('protocol');
      }
      if (at + length > end) throw new SessionError('protocol');
      this.#lengths[column] = writeRecord(bytes, at, at + length, this.#out[column]!, this.#lengths[column]!);
      at += length;
    }
    if (at !== end) throw new SessionError('protocol');
  }

  /** @returns where the bytes after the row, or after those that have arrived, begin */
  #readLong(row: LongRow, bytes: Buffer, from: number): number {
    let at = from;
    for (;;) {
      if (row.missing === 0) {
        if (row.isLastPacket) {
          if (row.value > 0 || row.prefix > 0 || row.column !== this.columns) throw new SessionError('protocol');
          this.#long = undefined;
          return at;
        }
        if (bytes.length - at < HEADER) return at;
        row.beginPacket(bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16));
        at += HEADER;
        continue;
      }
      if (at === bytes.length) return at;
      if (row.column === this.columns) throw new SessionError('protocol');
      at = row.value > 0 ? this.#copyPart(row, bytes, at) : this.#readPrefix(row, bytes, at);
    }
  }

  /** One byte of the length of a value. */
  #readPrefix(row: LongRow, bytes: Buffer, at: number): number {
    const byte = bytes[at]!;
    row.missing -= 1;
    if (row.prefix === 0) {
      row.length = 0;
      row.shift = 0;
      row.prefix = byte === TWO_BYTES ? 2 : byte === THREE_BYTES ? 3 : byte === EIGHT_BYTES ? 8 : 0;
      if (byte === ERROR) throw new SessionError('protocol');
      if (row.prefix > 0) return at + 1;
      row.length = byte === NULL ? 0 : byte;
    } else {
      row.length += byte * 2 ** row.shift;
      row.shift += 8;
      row.prefix -= 1;
      if (row.length > LONGEST_ROW) throw new SessionError('too_much');
      if (row.prefix > 0) return at + 1;
    }
    row.value = row.length;
    this.#put(row.column, QUOTE);
    if (row.value === 0) this.#endValue(row);
    return at + 1;
  }

  #copyPart(row: LongRow, bytes: Buffer, from: number): number {
    const end = Math.min(bytes.length, from + Math.min(row.value, row.missing));
    const out = this.#out[row.column]!;
    this.#lengths[row.column] = writeQuoted(bytes, from, end, out, this.#lengths[row.column]!);
    row.value -= end - from;
    row.missing -= end - from;
    if (row.value === 0) this.#endValue(row);
    return end;
  }

  #endValue(row: LongRow): void {
    this.#put(row.column, QUOTE);
    this.#put(row.column, LF);
    row.column += 1;
  }

  #put(column: number, byte: number): void {
    this.#out[column]![this.#lengths[column]!] = byte;
    this.#lengths[column]! += 1;
  }
}

/** How far a long row has been read. */
class LongRow {
  column = 0;
  /** How many bytes of the current packet have not arrived. */
  missing = 0;
  isLastPacket = false;
  /** How many bytes of the length of the value have not arrived. */
  prefix = 0;
  length = 0;
  shift = 0;
  /** How many bytes of the value have not arrived. */
  value = 0;
  #bytes = 0;

  beginPacket(length: number): void {
    this.#bytes += length;
    if (this.#bytes > LONGEST_ROW) throw new SessionError('too_much');
    this.missing = length;
    this.isLastPacket = length < CONTINUED;
  }
}

/** Copies a value as a record, in quotes only where it needs them. @returns the end of the record in `out` */
function writeRecord(bytes: Buffer, from: number, end: number, out: Buffer, start: number): number {
  let to = start;
  let at = from;
  if (from === end || bytes[from] !== QUOTE) {
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === LF || byte === CR) break;
      out[to++] = byte;
    }
  }
  if (at < end) {
    out[start] = QUOTE;
    to = writeQuoted(bytes, from, end, out, start + 1);
    out[to++] = QUOTE;
  }
  out[to++] = LF;
  return to;
}

/** Copies bytes that stand in quotes. @returns the end of the copy in `out` */
function writeQuoted(bytes: Buffer, from: number, end: number, out: Buffer, start: number): number {
  let to = start;
  for (let at = from; at < end; at++) {
    const byte = bytes[at]!;
    out[to++] = byte;
    if (byte === QUOTE) out[to++] = QUOTE;
  }
  return to;
}
