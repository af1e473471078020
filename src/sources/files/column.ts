/** Runs column.as.ts: passes blocks of delimited text to it, and returns blocks of the value stream. */
import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RowFault } from './table.ts';

export interface ColumnOptions {
  /** The byte between fields. Undefined when each line is one value. */
  readonly delimiter: number | undefined;
  /** The byte that ends rows. With LF, a CR before it also belongs to the line end. */
  readonly lineEnd: number;
  /** Whether values may be quoted as in RFC 4180. */
  readonly quoted: boolean;
  readonly column: number;
  readonly columns: number;
}

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly extract: (
    input: number,
    end: number,
    output: number,
    delimiter: number,
    terminator: number,
    quoted: number,
    column: number,
    columns: number,
  ) => number;
  readonly consumed: WebAssembly.Global;
  readonly written: WebAssembly.Global;
  readonly rows: WebAssembly.Global;
  readonly found: WebAssembly.Global;
}

const RAGGED = 1;
const AFTER_QUOTE = 2;

/** UTF-8 never contains this byte. It serves as a delimiter that never occurs. */
const NEVER = 0xff;

const INPUT = 1024;
/** Vectors are read and written as a whole, up to 16 bytes past the end. */
const SPARE = 16;
const PAGE = 1 << 16;

/** A block of 1 MiB, and the incomplete row from the block before. */
const FIRST_CAPACITY = (1 << 20) + (1 << 16);
/** A longer row is probably a quote that was never closed. */
const MAX_ROW = 64 << 20;

let compiled: WebAssembly.Module | undefined;

/** build/ is beside the sources. It is one folder further up when they are compiled to `dist/`. */
function compile(): WebAssembly.Module {
  const root = extname(fileURLToPath(import.meta.url)) === '.ts' ? '../../../' : '../../../../';
  compiled ??= new WebAssembly.Module(readFileSync(new URL(`${root}build/column.wasm`, import.meta.url)));
  return compiled;
}

export class ColumnReader {
  /** How many rows were given so far. */
  rows = 0;
  readonly #options: ColumnOptions;
  readonly #exports: Exports;
  #capacity: number;
  #bytes: Buffer;
  /** How many bytes at `INPUT` are not consumed yet. */
  #pending = 0;

  constructor(options: ColumnOptions) {
    this.#options = options;
    this.#capacity = FIRST_CAPACITY;
    this.#exports = new WebAssembly.Instance(compile()).exports as unknown as Exports;
    this.#bytes = this.#reserve();
  }

  /**
   * Takes the next bytes, and gives the values of the rows that they complete. Each block is valid until the
   * next one is requested.
   * @throws {RowFault}
   */
  *push(block: Uint8Array): Generator<Uint8Array, void> {
    for (let at = 0; at < block.length; ) {
      if (this.#pending === this.#capacity) this.#grow();
      const taken = Math.min(block.length - at, this.#capacity - this.#pending);
      this.#bytes.set(block.subarray(at, at + taken), INPUT + this.#pending);
      this.#pending += taken;
      at += taken;
      const values = this.#extract();
      if (values.length > 0) yield values;
    }
  }

  /**
   * Gives the last row, when no line end follows it.
   * @throws {RowFault}
   */
  *end(): Generator<Uint8Array, void> {
    if (this.#pending === 0) return;
    yield* this.push(Uint8Array.of(this.#options.lineEnd));
    if (this.#pending > 0) throw this.#unfinished('open_quote');
  }

  #extract(): Uint8Array {
    const end = INPUT + this.#pending;
    const output = this.#output();
    const outcome = this.#run(end);
    const consumed = this.#exports.consumed.value;
    // After a fault, all bytes are checked: a text in another encoding may look ragged, and its message
    // should name the encoding.
    if (
      outcome === 0 ? !isUtf8(this.#bytes.subarray(INPUT, consumed)) : !isUtf8(this.#wholeCharacters(end))
    ) {
      throw this.#encodingFault(end);
    }
    const rows = this.#exports.rows.value;
    if (outcome === RAGGED) throw new RowFault('ragged', this.rows + rows + 1, this.#exports.found.value);
    if (outcome === AFTER_QUOTE) throw new RowFault('after_quote', this.rows + rows + 1);
    const values = this.#bytes.subarray(output, this.#exports.written.value);
    this.rows += rows;
    this.#bytes.copyWithin(INPUT, consumed, end);
    this.#pending = end - consumed;
    return values;
  }

  #run(end: number): number {
    const { delimiter = NEVER, lineEnd, quoted, column, columns } = this.#options;
    return this.#exports.extract(
      INPUT,
      end,
      this.#output(),
      delimiter,
      lineEnd,
      quoted ? 1 : 0,
      column,
      columns,
    );
  }

  /** Finds the first line that is not UTF-8, and counts the rows before it. */
  #encodingFault(end: number): RowFault {
    let line = INPUT;
    for (;;) {
      const stop = this.#bytes.indexOf(this.#options.lineEnd, line);
      if (stop === -1 || stop >= end || !isUtf8(this.#bytes.subarray(line, stop))) break;
      line = stop + 1;
    }
    this.#run(line);
    return new RowFault('encoding', this.rows + this.#exports.rows.value + 1);
  }

  /** The bytes up to `end`, without a character that is cut off there. */
  #wholeCharacters(end: number): Buffer {
    let stop = end;
    while (stop > INPUT && end - stop < 3 && (this.#bytes[stop - 1]! & 0xc0) === 0x80) stop--;
    if (stop > INPUT && this.#bytes[stop - 1]! >= 0xc0) stop--;
    else stop = end;
    return this.#bytes.subarray(INPUT, stop);
  }

  /** The current row has no end. */
  #unfinished(fault: RowFault['fault']): RowFault {
    const end = INPUT + this.#pending;
    return isUtf8(this.#wholeCharacters(end)) ? new RowFault(fault, this.rows + 1) : this.#encodingFault(end);
  }

  #grow(): void {
    if (this.#capacity >= MAX_ROW) throw this.#unfinished('too_long');
    this.#capacity = Math.min(this.#capacity * 2, MAX_ROW);
    this.#bytes = this.#reserve();
  }

  /** Grows the module's memory to the capacity. */
  #reserve(): Buffer {
    const { memory } = this.#exports;
    memory.grow(Math.max(0, this.#pages() - memory.buffer.byteLength / PAGE));
    return Buffer.from(memory.buffer);
  }

  #output(): number {
    return INPUT + this.#capacity + SPARE;
  }

  /** To quote a plain line makes at most five bytes out of two. A field of a table only gains an LF. */
  #pages(): number {
    const output = this.#options.quoted ? this.#capacity + 1 : this.#capacity * 3;
    return Math.ceil((this.#output() + output + SPARE) / PAGE);
  }
}
