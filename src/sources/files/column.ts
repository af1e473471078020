/** The host side of column.as.ts: feeds it blocks of delimited text, gives back blocks of the value stream. */
import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RowFault } from './table.ts';

export interface ColumnOptions {
  /** Byte between fields; undefined when a line is one value. */
  readonly delimiter: number | undefined;
  /** Byte that ends rows; with LF, a CR before it belongs to the end too. */
  readonly lineEnd: number;
  /** Whether values may be quoted as RFC 4180 says. */
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

/** No UTF-8 text holds this byte: it stands for a delimiter that never comes. */
const NEVER = 0xff;

const INPUT = 1024;
/** Vectors are read and written whole, up to 16 bytes past the end. */
const SPARE = 16;
const PAGE = 1 << 16;

/** A block of 1 MiB and the part of a row that the last one left. */
const FIRST_CAPACITY = (1 << 20) + (1 << 16);
/** A row beyond this is rather a quote that was never closed. */
const MAX_ROW = 64 << 20;

let compiled: WebAssembly.Module | undefined;

/** The module is beside the package's sources: one folder further up when those are compiled to `dist/`. */
function compile(): WebAssembly.Module {
  const root = extname(fileURLToPath(import.meta.url)) === '.ts' ? '../../../' : '../../../../';
  compiled ??= new WebAssembly.Module(readFileSync(new URL(`${root}build/column.wasm`, import.meta.url)));
  return compiled;
}

export class ColumnReader {
  /** Rows given so far. */
  rows = 0;
  readonly #options: ColumnOptions;
  readonly #exports: Exports;
  #capacity: number;
  #bytes: Buffer;
  /** Bytes at `INPUT` that are not consumed. */
  #pending = 0;

  constructor(options: ColumnOptions) {
    this.#options = options;
    this.#capacity = FIRST_CAPACITY;
    this.#exports = new WebAssembly.Instance(compile()).exports as unknown as Exports;
    this.#bytes = this.#reserve();
  }

  /**
   * Takes the next bytes; gives the values of the rows that they complete, valid until the next are asked for.
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
   * The last row, when no line end follows it.
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
    // At a fault all of the bytes are checked: a text in another encoding may look ragged, and should hear the cause.
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

  /** Finds the first line that is not UTF-8, and has the rows before it counted. */
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

  /** The bytes up to `end` without a character that is cut off there. */
  #wholeCharacters(end: number): Buffer {
    let stop = end;
    while (stop > INPUT && end - stop < 3 && (this.#bytes[stop - 1]! & 0xc0) === 0x80) stop--;
    if (stop > INPUT && this.#bytes[stop - 1]! >= 0xc0) stop--;
    else stop = end;
    return this.#bytes.subarray(INPUT, stop);
  }

  /** The row at hand does not end. */
  #unfinished(fault: RowFault['fault']): RowFault {
    const end = INPUT + this.#pending;
    return isUtf8(this.#wholeCharacters(end)) ? new RowFault(fault, this.rows + 1) : this.#encodingFault(end);
  }

  #grow(): void {
    if (this.#capacity >= MAX_ROW) throw this.#unfinished('too_long');
    this.#capacity = Math.min(this.#capacity * 2, MAX_ROW);
    this.#bytes = this.#reserve();
  }

  /** The module's memory, large enough for the capacity. */
  #reserve(): Buffer {
    const { memory } = this.#exports;
    memory.grow(Math.max(0, this.#pages() - memory.buffer.byteLength / PAGE));
    return Buffer.from(memory.buffer);
  }

  #output(): number {
    return INPUT + this.#capacity + SPARE;
  }

  /** Quoting a plain line makes at most five bytes of two; a field of a table only gains its LF. */
  #pages(): number {
    const output = this.#options.quoted ? this.#capacity + 1 : this.#capacity * 3;
    return Math.ceil((this.#output() + output + SPARE) / PAGE);
  }
}
