/** Runs column.as.ts: passes blocks of delimited text to it, and returns blocks of the value stream of each column. */
import { isUtf8 } from 'node:buffer';
import { BrokenRowError } from './table.ts';
import { instantiate, TextMemory } from './text-module.ts';

export interface ColumnOptions {
  /** The byte between fields. Undefined when each line is one value. */
  readonly delimiter: number | undefined;
  /** The byte that ends rows. With LF, a CR before it also belongs to the line end. */
  readonly lineEnd: number;
  /** Whether values may be quoted as in RFC 4180. */
  readonly quoted: boolean;
  /** How many columns each row has. */
  readonly columns: number;
  /** The columns to give. All are different. */
  readonly wanted: readonly WantedColumn[];
}

export interface WantedColumn {
  /** Counted from 0. */
  readonly column: number;
  /** Each of its fields holds records of the value stream, without the last LF. They are given as they are. */
  readonly holdsRecords?: boolean;
}

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly extract: (
    input: number,
    end: number,
    delimiter: number,
    terminator: number,
    quoted: number,
    count: number,
    columns: number,
  ) => number;
  readonly consumed: WebAssembly.Global;
  readonly rows: WebAssembly.Global;
  readonly found: WebAssembly.Global;
}

const RAGGED = 1;
const AFTER_QUOTE = 2;

/** UTF-8 never contains this byte. It serves as a delimiter that never occurs. */
const NEVER = 0xff;

/** The entries of the wanted columns, four numbers each: index, whether it holds records, end of the output, unused. */
const WANTED = 1024;
const ENTRY = 4;
const NO_COLUMN = -1;
/** There is room for no more entries. */
const MAX_WANTED = 31;

const INPUT = 2048;

export class ColumnReader {
  /** How many rows were given so far. */
  rows = 0;
  /** To which of the wanted columns the block given last belongs: its index among them. */
  column = 0;
  readonly #options: ColumnOptions;
  readonly #exports: Exports;
  readonly #memory: TextMemory;
  /** The wanted columns by their place in a row, as indexes in `wanted`. */
  readonly #inRow: readonly number[];

  constructor(options: ColumnOptions) {
    const { wanted, quoted } = options;
    if (wanted.length > MAX_WANTED) throw new RangeError(`more than ${MAX_WANTED} columns`);
    this.#options = options;
    this.#exports = instantiate<Exports>('column');
    // To quote a plain line makes at most five bytes out of two. A field of a table is not changed.
    this.#memory = new TextMemory(this.#exports.memory, INPUT, quoted ? 1 : 3, wanted.length);
    this.#inRow = [...wanted.keys()].sort((a, b) => wanted[a]!.column - wanted[b]!.column);
  }

  /**
   * Takes the next bytes, and gives the values of the rows that they complete, of one column after another. Each block
   * is valid until the next one is requested.
   * @throws {BrokenRowError}
   */
  *push(block: Uint8Array): Generator<Uint8Array, void> {
    for (let at = 0; at < block.length; ) {
      const taken = this.#memory.take(block.subarray(at));
      if (taken === 0) throw this.#unfinished('too_long');
      const added = block.subarray(at, at + taken);
      at += taken;
      // They complete no row. To look for one would read a long row from its beginning for each block of it.
      if (!added.includes(this.#options.lineEnd)) continue;
      for (const values of this.#extract()) if (values.length > 0) yield values;
    }
  }

  /**
   * Gives the last row, when no line end follows it.
   * @throws {BrokenRowError}
   */
  *end(): Generator<Uint8Array, void> {
    if (this.#memory.end === INPUT) return;
    yield* this.push(Uint8Array.of(this.#options.lineEnd));
    if (this.#memory.end > INPUT) throw this.#unfinished('open_quote');
  }

  *#extract(): Generator<Uint8Array, void> {
    const { bytes, end } = this.#memory;
    const outcome = this.#run(end);
    const consumed = this.#exports.consumed.value;
    // After a fault, all bytes are checked: a text in another encoding may look ragged, and its message
    // should name the encoding.
    if (!isUtf8(outcome === 0 ? bytes.subarray(INPUT, consumed) : this.#wholeCharacters())) {
      throw this.#encodingFault();
    }
    const rows = this.#exports.rows.value;
    if (outcome === RAGGED) {
      throw new BrokenRowError('ragged', this.rows + rows + 1, { found: this.#exports.found.value });
    }
    if (outcome === AFTER_QUOTE) throw new BrokenRowError('after_quote', this.rows + rows + 1);
    this.rows += rows;
    this.#memory.drop(consumed);
    const entries = this.#entries();
    for (const [n, column] of this.#inRow.entries()) {
      this.column = column;
      yield bytes.subarray(this.#memory.output(n), entries[n * ENTRY + 2]);
    }
  }

  #run(end: number): number {
    const { delimiter = NEVER, lineEnd, quoted, wanted, columns } = this.#options;
    const entries = this.#entries();
    for (const [n, index] of this.#inRow.entries()) {
      const { column, holdsRecords } = wanted[index]!;
      entries.set([column, holdsRecords ? 1 : 0, this.#memory.output(n)], n * ENTRY);
    }
    entries[wanted.length * ENTRY] = NO_COLUMN;
    return this.#exports.extract(INPUT, end, delimiter, lineEnd, quoted ? 1 : 0, wanted.length, columns);
  }

  #entries(): Int32Array {
    return new Int32Array(this.#exports.memory.buffer, WANTED, (this.#options.wanted.length + 1) * ENTRY);
  }

  /** Finds the first line that is not UTF-8, and counts the rows before it. */
  #encodingFault(): BrokenRowError {
    const { bytes, end } = this.#memory;
    let line = INPUT;
    for (;;) {
      const stop = bytes.indexOf(this.#options.lineEnd, line);
      if (stop === -1 || stop >= end || !isUtf8(bytes.subarray(line, stop))) break;
      line = stop + 1;
    }
    this.#run(line);
    return new BrokenRowError('encoding', this.rows + this.#exports.rows.value + 1);
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
  #unfinished(fault: BrokenRowError['fault']): BrokenRowError {
    return isUtf8(this.#wholeCharacters()) ? new BrokenRowError(fault, this.rows + 1) : this.#encodingFault();
  }
}
