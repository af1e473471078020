/**
 * Runs json-field.as.ts: passes lines of JSON to it, and returns blocks of the value stream. Lines that it does
 * not settle are parsed here, each in its place.
 */
import { isUtf8 } from 'node:buffer';
import { memberRecords } from '../scans.ts';
import { parseMember, valuesOf } from './json-member.ts';
import { BrokenRowError } from './table.ts';
import { instantiate, TextMemory } from './text-module.ts';

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly extract: (input: number, end: number, output: number, name: number, nameSize: number) => number;
  readonly free: WebAssembly.Global;
  readonly written: WebAssembly.Global;
  readonly settled: WebAssembly.Global;
  readonly found: WebAssembly.Global;
}

const LF = 10;
/** UTF-8 never contains this byte, and never holds a name with half a surrogate pair. */
const NEVER = Buffer.of(0xff);

/** The values of one field of the objects in NDJSON. Blank lines are not rows. */
export class JsonFieldReader {
  readonly #field: string;
  /** Where its name is in the memory, in UTF-8. */
  readonly #name: number;
  readonly #nameSize: number;
  readonly #exports: Exports;
  readonly #memory: TextMemory;

  /** Of the lines that were parsed here. */
  #parsed = 0;
  #foundHere = false;

  constructor(field: string) {
    this.#field = field;
    this.#exports = instantiate<Exports>('json-field');
    const name = field.isWellFormed() ? Buffer.from(field) : NEVER;
    this.#name = this.#exports.free.value;
    this.#nameSize = name.length;
    this.#memory = new TextMemory(this.#exports.memory, this.#name + name.length, 1);
    this.#memory.bytes.set(name, this.#name);
  }

  /** How many rows were given so far. */
  get rows(): number {
    return this.#exports.settled.value + this.#parsed;
  }

  /** Whether any row had the field. */
  get seen(): boolean {
    return this.#exports.found.value === 1 || this.#foundHere;
  }

  /** Each block is valid until the next one is requested. @throws {BrokenRowError} */
  *push(block: Uint8Array): Generator<Uint8Array, void> {
    for (let at = 0; at < block.length; ) {
      const taken = this.#memory.take(block.subarray(at));
      if (taken === 0) throw new BrokenRowError('too_long', this.rows + 1);
      const lines = block.subarray(at, at + taken).lastIndexOf(LF) + 1;
      at += taken;
      if (lines === 0) continue;
      const end = this.#memory.end - taken + lines;
      yield* this.#read(end);
      this.#memory.drop(end);
    }
  }

  /** Gives the rest at the end of the text. @throws {BrokenRowError} */
  *end(): Generator<Uint8Array, void> {
    if (this.#memory.end > this.#memory.input) yield* this.push(Uint8Array.of(LF));
  }

  /** Reads the lines before `end`. A fault in a line is found before one in a later line. */
  *#read(end: number): Generator<Uint8Array, void> {
    const { bytes, input } = this.#memory;
    if (isUtf8(bytes.subarray(input, end))) {
      yield* this.#extract(end);
      return;
    }
    let line = input;
    for (;;) {
      const next = bytes.indexOf(LF, line) + 1;
      if (!isUtf8(bytes.subarray(line, next))) break;
      line = next;
    }
    yield* this.#extract(line);
    throw new BrokenRowError('encoding', this.rows + 1);
  }

  *#extract(end: number): Generator<Uint8Array, void> {
    const { bytes, input } = this.#memory;
    const output = this.#memory.output();
    const { extract, written } = this.#exports;
    let to = output;
    for (let line = input; line < end; ) {
      const unsettled = extract(line, end, to, this.#name, this.#nameSize);
      to = written.value;
      if (unsettled === end) break;
      line = bytes.indexOf(LF, unsettled) + 1;
      const records = this.#parse(bytes.toString('utf8', unsettled, line - 1));
      // There is only as much room for the output as the lines before it had.
      if (to + records.length - output > line - input) {
        yield Buffer.concat([bytes.subarray(output, to), records]);
        to = output;
      } else {
        bytes.set(records, to);
        to += records.length;
      }
    }
    if (to > output) yield bytes.subarray(output, to);
  }

  /** The records of one line. */
  #parse(line: string): Buffer {
    if (line.trim() === '') return Buffer.alloc(0);
    const member = parseMember(line);
    if (!member) throw new BrokenRowError('not_json', this.rows + 1);
    const values = valuesOf(member, this.#field);
    if (!values) throw new BrokenRowError('not_scalar', this.rows + 1, { field: this.#field });
    this.#parsed++;
    this.#foundHere ||= Object.hasOwn(member, this.#field);
    return Buffer.from(memberRecords(values));
  }
}
