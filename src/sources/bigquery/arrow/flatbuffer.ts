/** Reads tables of FlatBuffers, the format of the messages of Arrow. Every position is checked by the DataView. */

export class FlatTable {
  readonly #view: DataView;
  readonly #at: number;

  /** @throws {RangeError} in every call, for a position outside the bytes */
  constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = at;
  }

  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new FlatTable(view, view.getUint32(0, true));
  }

  /** Whether the table has a field. A missing one has the default of its format. */
  has(field: number): boolean {
    return this.#position(field) !== undefined;
  }

  byte(field: number): number {
    const at = this.#position(field);
    return at === undefined ? 0 : this.#view.getUint8(at);
  }

  int16(field: number): number {
    const at = this.#position(field);
    return at === undefined ? 0 : this.#view.getInt16(at, true);
  }

  int32(field: number): number {
    const at = this.#position(field);
    return at === undefined ? 0 : this.#view.getInt32(at, true);
  }

  /** @throws {RangeError} for a number that is no length of anything */
  int64(field: number): number {
    const at = this.#position(field);
    return at === undefined ? 0 : length64(this.#view, at);
  }

  table(field: number): FlatTable | undefined {
    const at = this.#position(field);
    return at === undefined ? undefined : new FlatTable(this.#view, at + this.#view.getUint32(at, true));
  }

  text(field: number): string {
    const at = this.#position(field);
    if (at === undefined) return '';
    const start = at + this.#view.getUint32(at, true);
    const length = this.#view.getUint32(start, true);
    const { buffer, byteOffset } = this.#view;
    return Buffer.from(buffer as ArrayBuffer, byteOffset + start + 4, length).toString();
  }

  tables(field: number): FlatTable[] {
    const { start, count } = this.#vector(field, 4);
    return Array.from({ length: count }, (_, index) => {
      const at = start + 4 * index;
      return new FlatTable(this.#view, at + this.#view.getUint32(at, true));
    });
  }

  /** A vector of structs of two 64-bit numbers, which is what a buffer and a node of Arrow are. */
  pairs(field: number): [number, number][] {
    const { start, count } = this.#vector(field, 16);
    return Array.from({ length: count }, (_, index) => [
      length64(this.#view, start + 16 * index),
      length64(this.#view, start + 16 * index + 8),
    ]);
  }

  #vector(field: number, width: number): { start: number; count: number } {
    const at = this.#position(field);
    if (at === undefined) return { start: 0, count: 0 };
    const start = at + this.#view.getUint32(at, true);
    const count = this.#view.getUint32(start, true);
    if (count * width > this.#view.byteLength) throw new RangeError('a vector is longer than the message');
    return { start: start + 4, count };
  }

  /** Undefined for a field that the table does not have. */
  #position(field: number): number | undefined {
    const vtable = this.#at - this.#view.getInt32(this.#at, true);
    const entry = 4 + 2 * field;
    if (entry >= this.#view.getUint16(vtable, true)) return undefined;
    const offset = this.#view.getUint16(vtable + entry, true);
    return offset === 0 ? undefined : this.#at + offset;
  }
}

function length64(view: DataView, at: number): number {
  const value = view.getUint32(at, true) + view.getInt32(at + 4, true) * 2 ** 32;
  if (value < 0 || !Number.isSafeInteger(value)) throw new RangeError('a length is not possible');
  return value;
}
