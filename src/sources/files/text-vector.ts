/** Runs text-vector.as.ts: takes vectors of texts from DuckDB, and returns blocks of the value stream. */
import duckdb from '@duckdb/node-bindings';
import { instantiate } from './text-module.ts';

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly regions: (rows: number, nulls: number) => number;
  readonly join: (count: number) => number;
  readonly records: (rows: number, nulls: number, count: number, to: number) => number;
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

export class TextVectors {
  /** How many rows were taken since `start`. */
  rows = 0;
  /** A vector did not fit, because its texts are long or in many places. It and all later ones were not taken. */
  overflowed = false;
  readonly #exports: Exports;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #regions: BigUint64Array;
  readonly #copies: Uint32Array;
  /** An address to read from. */
  readonly #address = new BigUint64Array(1);
  #end = OUTPUT;

  constructor() {
    this.#exports = instantiate<Exports>('text-vector');
    const { memory } = this.#exports;
    memory.grow(Math.ceil((END + SPARE - memory.buffer.byteLength) / (1 << 16)));
    this.#bytes = new Uint8Array(memory.buffer);
    this.#regions = new BigUint64Array(memory.buffer, REGIONS, MAX_ROWS);
    this.#copies = new Uint32Array(memory.buffer, COPIES, MAX_ROWS);
  }

  /** Begins a new file. */
  start(): void {
    this.rows = 0;
    this.overflowed = false;
    this.#end = OUTPUT;
  }

  /** Adds the rows of a vector to the block. True when `block` should be called before the next vector. */
  take(vector: duckdb.Vector, rows: number): boolean {
    this.overflowed ||= !this.#add(vector, rows);
    return this.overflowed || this.#end - OUTPUT >= BLOCK_SIZE;
  }

  /** The records so far. It is valid until the next vector. */
  block(): Uint8Array {
    const block = this.#bytes.subarray(OUTPUT, this.#end);
    this.#end = OUTPUT;
    return block;
  }

  #add(vector: duckdb.Vector, rows: number): boolean {
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
    this.#end = records(rows, nulls, count, this.#end);
    this.rows += rows;
    return true;
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
