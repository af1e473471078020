/**
 * Divides the members of one scan by the values of a column. Nobody is lost or doubled: each member goes to the part of
 * each of its different values, and one without a value to none. The memory does not grow with the scan.
 */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { Scan } from '../../sources/source.ts';
import { ColumnReader } from './column-reader.ts';
import { formatFor, type PartFormat, PartRows } from './part-rows.ts';

/** Where the rows of a part go. */
export interface PartWriter {
  /** The bytes are valid until it resolves. */
  write(bytes: Uint8Array): Promise<void>;
}

export interface DivideOptions {
  /** Of the column, and then of the identifier fields. */
  readonly scan: Pick<Scan, 'blocks' | 'column' | 'finished' | 'marked'>;
  /** The names of the identifier fields. */
  readonly fields: readonly string[];
  /**
   * Called at once for each different value, trimmed. Its error ends the scan.
   * @param count of the values so far, with this one
   */
  readonly accept: (value: string, count: number) => void;
  /** Called once for each different value. */
  readonly open: (value: string, format: PartFormat) => Promise<PartWriter>;
  /** Called now and then. */
  readonly onRows?: ((rows: number, placed: number) => void) | undefined;
}

export interface Divided {
  /** The members of the scan. */
  readonly rows: number;
  /** Those without a value. */
  readonly without: number;
  /** The members of each part, by value. */
  readonly parts: ReadonlyMap<string, number>;
}

/** The most bytes of all parts that wait to be written, and of one. */
const MAX_WAITING = 8 << 20;
const FULL = 1 << 16;
/** A value may stand in many forms, with other spaces around it. */
const MAX_FORMS = 10_000;

interface Part {
  readonly rows: PartRows;
  readonly value: string;
  writer: PartWriter | undefined;
  /** The last member that was put into it. */
  last: number;
}

/** @throws {LineupError} as the scan, `accept` and `open` do; `source_unreadable` when the fields differ in members */
export async function divide({ scan, fields, accept, open, onRows }: DivideOptions): Promise<Divided> {
  const divider = new Divider(scan.marked, fields, accept);
  try {
    for await (const block of scan.blocks) {
      divider.add(scan.column(), block);
      while (divider.work()) await divider.write(open, 0);
      await divider.write(open, FULL);
      onRows?.(divider.rows, divider.placed);
    }
    await scan.finished;
    divider.end();
    while (divider.work()) await divider.write(open, 0);
    await divider.write(open, 0);
    if (!divider.isEmpty) {
      throw new LineupError(
        'source_unreadable',
        sentence`The fields of the source do not have the same members. Check the source.`,
      );
    }
    onRows?.(divider.rows, divider.placed);
    return divider.result;
  } finally {
    divider.clear();
  }
}

class Divider {
  readonly #fields: readonly string[];
  readonly #format: PartFormat;
  readonly #accept: DivideOptions['accept'];
  readonly #values: ColumnReader;
  readonly #identifiers: readonly ColumnReader[];
  readonly #all: readonly ColumnReader[];
  readonly #parts = new Map<string, Part>();
  /** By the bytes of the value; null for one that is empty. */
  readonly #forms = new Map<string, Part | null>();
  rows = 0;
  placed = 0;
  #without = 0;
  #waiting = 0;

  constructor(marked: readonly boolean[], fields: readonly string[], accept: DivideOptions['accept']) {
    this.#accept = accept;
    this.#fields = fields;
    this.#format = formatFor(marked.slice(1));
    this.#values = new ColumnReader(marked[0] === true);
    this.#identifiers = fields.map((_, n) => new ColumnReader(marked[n + 1] === true));
    this.#all = [this.#values, ...this.#identifiers];
  }

  get isEmpty(): boolean {
    return this.#all.every((column) => column.isEmpty);
  }

  get result(): Divided {
    const parts = [...this.#parts].map(([value, { rows }]) => [value, rows.members] as const);
    return { rows: this.rows, without: this.#without, parts: new Map(parts) };
  }

  add(column: number, block: Uint8Array): void {
    this.#all[column]!.add(block);
  }

  end(): void {
    for (const column of this.#all) column.end();
  }

  /** Takes the members that are there. @returns whether it stopped because enough waits to be written */
  work(): boolean {
    while (this.#all.every((column) => column.next())) {
      this.#place();
      for (const column of this.#all) column.take();
      if (this.#waiting > MAX_WAITING) return true;
    }
    return false;
  }

  /** Writes what waits for the parts that have at least so many bytes. */
  async write(open: DivideOptions['open'], least: number): Promise<void> {
    for (const part of this.#parts.values()) {
      const { rows, value } = part;
      part.writer ??= await open(value, this.#format);
      const { length } = rows;
      if (length === 0 || length < least) continue;
      await part.writer.write(rows.bytes);
      rows.clear();
      this.#waiting -= length;
    }
  }

  clear(): void {
    for (const column of this.#all) column.clear();
    for (const { rows } of this.#parts.values()) rows.clear();
  }

  #place(): void {
    this.rows += 1;
    let isPlaced = false;
    for (let n = 0; n < this.#values.count; n += 1) {
      const part = this.#partOf(n);
      // A list may have the same value twice.
      if (part === null || part.last === this.rows) continue;
      part.last = this.rows;
      const before = part.rows.length;
      part.rows.add(this.#identifiers);
      this.#waiting += part.rows.length - before;
      this.placed += 1;
      isPlaced = true;
    }
    if (!isPlaced) this.#without += 1;
  }

  #partOf(n: number): Part | null {
    const values = this.#values;
    const form = values.bytes.toString('latin1', values.from(n), values.to(n));
    const known = this.#forms.get(form);
    if (known !== undefined) return known;
    const text = values.bytes.toString('utf8', values.from(n), values.to(n));
    const value = (values.isQuoted(n) ? text.replaceAll('""', '"') : text).trim();
    const part = value === '' ? null : (this.#parts.get(value) ?? this.#newPart(value));
    if (this.#forms.size >= MAX_FORMS) this.#forms.clear();
    // In a quoted value, a quote stands doubled, so that the same bytes may be another value.
    if (!form.includes('"')) this.#forms.set(form, part);
    return part;
  }

  #newPart(value: string): Part {
    this.#accept(value, this.#parts.size + 1);
    const rows = new PartRows(this.#fields, this.#format);
    const part: Part = { rows, value, writer: undefined, last: 0 };
    this.#parts.set(value, part);
    this.#waiting += rows.length;
    return part;
  }
}
