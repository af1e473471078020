/**
 * Runs text-vector.as.ts: takes vectors of texts from DuckDB, and returns blocks of the value stream of each column.
 */
import duckdb from '@duckdb/node-bindings';
import { instantiate } from './text-module.ts';

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly regions: (rows: number, nulls: number) => number;
  readonly join: (count: number) => number;
  readonly records: (rows: number, nulls: number, count: number, holds: number, to: number) => number;
  readonly length: WebAssembly.Global<'i64'>;
}

/** As many rows as a vector of DuckDB has. More go another way. */
const MAX_ROWS = 2048;
/** A vector whose texts are in more places is rare, and each place costs more than many texts. */
const MAX_REGIONS = 64;
/** A page of memory, and how many bits of a region count its pages. */
const PAGE = 1 << 12;
const COUNT_BITS = 20;

const ENTRIES = 1024;
const ENTRY = 16;
const VALID = ENTRIES + MAX_ROWS * ENTRY;
const REGIONS = VALID + MAX_ROWS / 8;
const COPIES = REGIONS + MAX_ROWS * 8;
/** The copied memory. */
const INPUT = COPIES + MAX_ROWS * 4;
const INPUT_SIZE = 4 << 20;
/** The records. */
const OUTPUT = INPUT + INPUT_SIZE;
const END = OUTPUT + (4 << 20);
/** Bytes are read and written 16 at a time, past the end. */
const SPARE = 16;
/** With so many bytes, a block is complete. */
const BLOCK_SIZE = 1 << 19;

/** The texts of several columns. All of them always have the same rows. */
export class TextVectors {
  /** How many rows were taken since `start`. */
  rows = 0;
  /** A vector did not fit, because its texts are long or in many places. Its rows and all later ones were not taken. */
  overflowed = false;
  readonly #columns: readonly TextColumn[];

  /**
   * @param holdsRecords for each column, whether a text already holds records of the value stream (without the last LF)
   */
  constructor(holdsRecords: readonly boolean[]) {
    this.#columns = holdsRecords.map((holds) => new TextColumn(holds));
  }

  /** Begins a new file. */
  start(): void {
    this.rows = 0;
    this.overflowed = false;
    for (const column of this.#columns) column.start();
  }

  /** Adds the rows of a chunk to the blocks. True when `blocks` should be called before the next chunk. */
  take(chunk: duckdb.DataChunk, rows: number): boolean {
    this.overflowed ||= !this.#columns.every((column, index) =>
      column.add(duckdb.data_chunk_get_vector(chunk, index), rows),
    );
    if (this.overflowed) return true;
    this.rows += rows;
    for (const column of this.#columns) column.keep();
    return this.#columns.some((column) => column.isFull);
  }

  /** The records so far, of each column. They are valid until the next chunk. */
  blocks(): Uint8Array[] {
    return this.#columns.map((column) => column.block());
  }
}

class TextColumn {
  readonly #holdsRecords: boolean;
  readonly #exports: Exports;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #regions: BigUint64Array;
  readonly #copies: Uint32Array;
  /** An address to read from. */
  readonly #address = new BigUint64Array(1);
  /** Where the records end that are kept. */
  #end = OUTPUT;
  /** Where those of the vector added last end. */
  #added = OUTPUT;

  constructor(holdsRecords: boolean) {
    this.#holdsRecords = holdsRecords;
    this.#exports = instantiate<Exports>('text-vector');
    const { memory } = this.#exports;
    memory.grow(Math.ceil((END + SPARE - memory.buffer.byteLength) / (1 << 16)));
    this.#bytes = new Uint8Array(memory.buffer);
    this.#regions = new BigUint64Array(memory.buffer, REGIONS, MAX_ROWS);
    this.#copies = new Uint32Array(memory.buffer, COPIES, MAX_ROWS);
  }

  get isFull(): boolean {
    return this.#end - OUTPUT >= BLOCK_SIZE;
  }

  start(): void {
    this.#end = OUTPUT;
  }

  /** Writes the records of a vector. They belong to the block after `keep`. False when they do not fit. */
  add(vector: duckdb.Vector, rows: number): boolean {
    if (rows > MAX_ROWS) return false;
    const { regions, records, length } = this.#exports;
    this.#put(duckdb.vector_get_data(vector, rows * ENTRY), ENTRIES);
    const valid = duckdb.vector_get_validity(vector, Math.ceil(rows / 64) * 8);
    if (valid) this.#put(valid, VALID);
    const nulls = valid ? 1 : 0;
    const count = this.#sorted(regions(rows, nulls));
    // A quoted text has at most twice its bytes, two quotes, and LF.
    const most = 2 * Number(length.value) + 3 * rows;
    if (this.#end + most > END || !this.#copy(count)) return false;
    this.#added = records(rows, nulls, count, this.#holdsRecords ? 1 : 0, this.#end);
    return true;
  }

  keep(): void {
    this.#end = this.#added;
  }

  block(): Uint8Array {
    const block = this.#bytes.subarray(OUTPUT, this.#end);
    this.#end = OUTPUT;
    return block;
  }

  /** Frees the copy that the library made: the garbage collector would let hundreds of them grow old. */
  #put(bytes: Uint8Array, to: number): void {
    this.#bytes.set(bytes, to);
    (bytes.buffer as ArrayBuffer).transfer(0);
  }

  /** Sorts and joins the regions, and returns their number. */
  #sorted(count: number): number {
    if (count <= 1) return count;
    this.#regions.subarray(0, count).sort();
    return this.#exports.join(count);
  }

  /** Copies the regions. False when they are too many or too large. */
  #copy(count: number): boolean {
    if (count < 0 || count > MAX_REGIONS) return false;
    let to = INPUT;
    for (let n = 0; n < count; n++) {
      const region = this.#regions[n]!;
      const size = (Number(BigInt.asUintN(COUNT_BITS, region)) + 1) * PAGE;
      if (to + size > OUTPUT) return false;
      this.#address[0] = (region >> BigInt(COUNT_BITS)) * BigInt(PAGE);
      this.#put(duckdb.get_data_from_pointer(this.#address.buffer as ArrayBuffer, 0, size), to);
      this.#copies[n] = to;
      to += size;
    }
    return true;
  }
}
