/** Runs column.as.ts: passes blocks of delimited text to it, and returns blocks of the value stream. */
import { isUtf8 } from 'node:buffer';
import { RowFault } from './table.ts';
import { instantiate, TextMemory } from './text-module.ts';

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

export class ColumnReader {
  /** How many rows were given so far. */
  rows = 0;
  readonly #options: ColumnOptions;
  readonly #exports: Exports;
  readonly #memory: TextMemory;

  constructor(options: ColumnOptions) {
    this.#options = options;
    this.#exports = instantiate<Exports>('column');
    // To quote a plain line makes at most five bytes out of two. A field of a table is not changed.
    this.#memory = new TextMemory(this.#exports.memory, INPUT, options.quoted ? 1 : 3);
  }

  /**
   * Takes the next bytes, and gives the values of the rows that they complete. Each block is valid until the
   * next one is requested.
   * @throws {RowFault}
   */
  *push(block: Uint8Array): Generator<Uint8Array, void> {
    for (let at = 0; at < block.length; ) {
      const taken = this.#memory.take(block.subarray(at));
      if (taken === 0) throw this.#unfinished('too_long');
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
    if (this.#memory.end === INPUT) return;
    yield* this.push(Uint8Array.of(this.#options.lineEnd));
    if (this.#memory.end > INPUT) throw this.#unfinished('open_quote');
  }

  #extract(): Uint8Array {
    const { bytes, end, output } = this.#memory;
    const outcome = this.#run(end);
    const consumed = this.#exports.consumed.value;
    // After a fault, all bytes are checked: a text in another encoding may look ragged, and its message
    // should name the encoding.
    if (!isUtf8(outcome === 0 ? bytes.subarray(INPUT, consumed) : this.#wholeCharacters())) {
      throw this.#encodingFault();
    }
    const rows = this.#exports.rows.value;
    if (outcome === RAGGED) throw new RowFault('ragged', this.rows + rows + 1, this.#exports.found.value);
    if (outcome === AFTER_QUOTE) throw new RowFault('after_quote', this.rows + rows + 1);
    const values = bytes.subarray(output, this.#exports.written.value);
    this.rows += rows;
    this.#memory.drop(consumed);
    return values;
  }

  #run(end: number): number {
    const { delimiter = NEVER, lineEnd, quoted, column, columns } = this.#options;
    return this.#exports.extract(
      INPUT,
      end,
      this.#memory.output,
      delimiter,
      lineEnd,
      quoted ? 1 : 0,
      column,
      columns,
    );
  }

  /** Finds the first line that is not UTF-8, and counts the rows before it. */
  #encodingFault(): RowFault {
    const { bytes, end } = this.#memory;
    let line = INPUT;
    for (;;) {
      const stop = bytes.indexOf(this.#options.lineEnd, line);
      if (stop === -1 || stop >= end || !isUtf8(bytes.subarray(line, stop))) break;
      line = stop + 1;
    }
    this.#run(line);
    return new RowFault('encoding', this.rows + this.#exports.rows.value + 1);
  }

  /** The input without a character that is cut off at its end. */
  #wholeCharacters(): Buffer {
    const { bytes, end } = this.#memory;
    let stop = end;
    while (stop > INPUT && end - stop < 3 && (bytes[stop - 1]! & 0xc0) === 0x80) stop--;
    if (stop > INPUT && bytes[stop - 1]! >= 0xc0) stop--;
    else stop = end;
    return bytes.subarray(INPUT, stop);
  }

  /** The current row has no end. */
  #unfinished(fault: RowFault['fault']): RowFault {
    return isUtf8(this.#wholeCharacters()) ? new RowFault(fault, this.rows + 1) : this.#encodingFault();
  }
}
