/** The values of several fields of NDJSON: each field has a reader of its own, and all of them get the same blocks. */
import { JsonFieldReader } from './json-field.ts';
import { BrokenRowError, type ValueReader } from './table.ts';

export class JsonFieldsReader implements ValueReader {
  column = 0;
  readonly #readers: readonly JsonFieldReader[];

  constructor(fields: readonly string[]) {
    this.#readers = fields.map((field) => new JsonFieldReader(field));
  }

  get rows(): number {
    return this.#readers[0]?.rows ?? 0;
  }

  hasSeen(column: number): boolean {
    return this.#readers[column]?.seen === true;
  }

  push(block: Uint8Array): Generator<Uint8Array, void> {
    return this.#inTurn((reader) => reader.push(block));
  }

  end(): Generator<Uint8Array, void> {
    return this.#inTurn((reader) => reader.end());
  }

  /** A later field may have its fault in an earlier row. So the fault does not depend on where blocks end. */
  *#inTurn(read: (reader: JsonFieldReader) => Iterable<Uint8Array>): Generator<Uint8Array, void> {
    let first: BrokenRowError | undefined;
    for (const [column, reader] of this.#readers.entries()) {
      this.column = column;
      try {
        yield* read(reader);
      } catch (error) {
        if (!(error instanceof BrokenRowError)) throw error;
        if (first === undefined || error.row < first.row) first = error;
      }
    }
    if (first) throw first;
  }
}
