/** The columns of a batch of Arrow, and how each of them becomes a value stream (source.ts). */
import { ArrowError, type Batch } from './message.ts';
import type { ColumnType, Storage } from './types.ts';

/** Values without their lists. */
export interface Values {
  readonly length: number;
  /** Undefined when all of them are there. */
  readonly valid: Uint8Array | undefined;
  /** For texts: `offsets[n]` to `offsets[n + 1]` in `bytes`. */
  readonly offsets: Int32Array | undefined;
  readonly bytes: Uint8Array;
  readonly storage: Storage;
}

export interface Column {
  /** The number of members. */
  readonly rows: number;
  /** For a list: the elements of member `n` are `starts[n]` to `starts[n + 1]`. A missing list is an empty one. */
  readonly starts: Int32Array | undefined;
  readonly values: Values;
}

const widths: Readonly<Record<Exclude<Storage, 'text' | 'bool'>, number>> = {
  int64: 8,
  float64: 8,
  date: 4,
  timestamp: 8,
  datetime: 8,
  numeric: 16,
  bignumeric: 32,
};

/**
 * All columns of a batch. Afterwards every position in them is inside its buffer.
 * @throws {ArrowError} when the batch does not have the form of these types
 */
export function columnsOf(batch: Batch, types: readonly ColumnType[]): Column[] {
  let node = 0;
  let buffer = 0;
  const nextNode = () => {
    const found = batch.nodes[node];
    node += 1;
    if (!found) throw new ArrowError('a column is missing');
    return found;
  };
  const nextBuffer = () => {
    const found = batch.buffers[buffer];
    buffer += 1;
    if (!found) throw new ArrowError('a buffer is missing');
    return found;
  };
  const validOf = (length: number, nulls: number): Uint8Array | undefined => {
    const bits = nextBuffer();
    if (nulls === 0) return undefined;
    if (bits.length * 8 < length) throw new ArrowError('a buffer is too short');
    return bits;
  };
  const valuesOf = (storage: Storage): Values => {
    const { length, nulls } = nextNode();
    const valid = validOf(length, nulls);
    if (storage === 'text') {
      const offsets = positions(nextBuffer(), length);
      const bytes = nextBuffer();
      if ((offsets[length] ?? 0) > bytes.length) throw new ArrowError('a value ends behind its buffer');
      return { length, valid, offsets, bytes, storage };
    }
    const bytes = nextBuffer();
    const needed = storage === 'bool' ? Math.ceil(length / 8) : length * widths[storage];
    if (bytes.length < needed) throw new ArrowError('a buffer is too short');
    return { length, valid, offsets: undefined, bytes, storage };
  };
  const columns = types.map(({ storage, list }) => {
    let starts: Int32Array | undefined;
    if (list) {
      const { length, nulls } = nextNode();
      validOf(length, nulls);
      starts = positions(nextBuffer(), length);
      if (length !== batch.rows) throw new ArrowError('the columns differ in length');
    }
    const values = valuesOf(storage);
    if (starts ? (starts[batch.rows] ?? 0) > values.length : values.length !== batch.rows)
      throw new ArrowError('the columns differ in length');
    return { rows: batch.rows, starts, values };
  });
  if (node !== batch.nodes.length || buffer !== batch.buffers.length)
    throw new ArrowError('the batch has more columns');
  return columns;
}

/** Positions that never go back. An empty column may leave them out. */
function positions(bytes: Uint8Array, length: number): Int32Array {
  if (length === 0) return new Int32Array(1);
  const size = 4 * (length + 1);
  if (bytes.length < size) throw new ArrowError('a buffer is too short');
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes.subarray(0, size));
  const found = new Int32Array(aligned.buffer, aligned.byteOffset, length + 1);
  let last = 0;
  for (let n = 0; n <= length; n += 1) {
    const next = found[n]!;
    if (next < last) throw new ArrowError('positions go back');
    last = next;
  }
  return found;
}

export const isValid = ({ valid }: Values, n: number): boolean =>
  valid === undefined || ((valid[n >> 3]! >> (n & 7)) & 1) === 1;

/** One value as text. Empty when it is missing, or not a number. */
export function textAt(values: Values, n: number): string {
  if (!isValid(values, n)) return '';
  const { bytes, offsets, storage } = values;
  if (offsets) return Buffer.from(bytes.buffer, bytes.byteOffset).toString('utf8', offsets[n], offsets[n + 1]);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (storage) {
    case 'int64':
      return String(view.getBigInt64(8 * n, true));
    case 'float64': {
      const number = view.getFloat64(8 * n, true);
      return Number.isFinite(number) ? String(number) : '';
    }
    case 'bool':
      return ((bytes[n >> 3]! >> (n & 7)) & 1) === 1 ? 'true' : 'false';
    case 'date':
      return moment(view.getInt32(4 * n, true) * 86_400_000).slice(0, 10);
    case 'timestamp':
      return moment(Number(view.getBigInt64(8 * n, true) / 1000n));
    case 'datetime':
      return moment(Number(view.getBigInt64(8 * n, true) / 1000n)).replace('Z', '');
    case 'numeric':
      return decimal(view, 16 * n, 2, 9);
    default:
      return decimal(view, 32 * n, 4, 38);
  }
}

function moment(ms: number): string {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? '' : time.toISOString();
}

/** A decimal of some 64-bit words, the lowest first, without zeros at the end of its fraction. */
function decimal(view: DataView, at: number, words: number, scale: number): string {
  let value = view.getBigInt64(at + 8 * (words - 1), true);
  for (let word = words - 2; word >= 0; word -= 1) value = (value << 64n) | view.getBigUint64(at + 8 * word, true);
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  let end = digits.length;
  while (end > digits.length - scale && digits[end - 1] === '0') end -= 1;
  const fraction = digits.slice(digits.length - scale, end);
  return `${value < 0n ? '-' : ''}${digits.slice(0, -scale)}${fraction === '' ? '' : `.${fraction}`}`;
}
