/**
 * A worksheet as text with tabs, so that it is read like any other table. The first row with content is the
 * header. Every row below it has as many fields. Row n of the text is the nth row below the header, including
 * empty rows. Empty rows at the end are left out.
 */
import type { CellVisitor, Row } from './cells.ts';
import { tooLarge } from './faults.ts';
import type { SharedStrings } from './shared-strings.ts';

/** The size of a block in bytes. */
const BLOCK = 1 << 16;
/** The limit of the output, in MB. A sheet within the limits can make thousands of MB from empty cells. */
const MOST_TEXT = 8_000;

export interface SheetParts {
  readonly name: string;
  readonly cells: CellVisitor;
  readonly strings: SharedStrings;
  /** Reads on in the sheet. Each step adds rows to `cells`. */
  readonly parsing: AsyncGenerator<void, void>;
}

export class SheetText {
  readonly #parts: SheetParts;
  /** The number of columns in the header. */
  #columns = 0;
  #lastRow = 0;
  #pending: string[] = [];
  #pendingLength = 0;
  #written = 0;
  /** For each column: the cells with numbers minus those with texts. */
  readonly #numbers: number[] = [];

  constructor(parts: SheetParts) {
    this.#parts = parts;
  }

  /** Whether a column has mostly numbers in the rows read so far. */
  isNumeric(column: number): boolean {
    return (this.#numbers[column] ?? 0) > 0;
  }

  async *blocks(): AsyncGenerator<Uint8Array, void> {
    const { cells, strings, parsing } = this.#parts;
    try {
      for await (const _ of parsing) {
        for (const row of cells.take()) {
          for (const { text } of row.cells) {
            if (typeof text === 'number' && !strings.has(text)) await strings.reach(text);
          }
          const fields = this.#fieldsOf(row);
          if (fields.length === 0) continue;
          for (let empty = this.#emptyBefore(row, fields); empty > 0; empty--) {
            if (this.#write([])) yield this.#flush();
          }
          this.#lastRow = row.number;
          if (this.#write(fields)) yield this.#flush();
        }
      }
      if (this.#pendingLength > 0) yield this.#flush();
    } finally {
      await parsing.return();
      await strings.close();
    }
  }

  /** The fields by column, without columns that the header does not have. Empty for a row without content. */
  #fieldsOf({ cells }: Row): string[] {
    const isHeader = this.#columns === 0;
    const fields: string[] = [];
    for (const cell of cells) {
      const { column, text, isNumber } = cell;
      if (!isHeader && column >= this.#columns) continue;
      const field = typeof text === 'number' ? this.#parts.strings.get(text) : text;
      if (field === '') continue;
      fields[column] = field;
      if (!isHeader) this.#numbers[column] = (this.#numbers[column] ?? 0) + (isNumber ? 1 : -1);
    }
    return fields;
  }

  /** How many empty rows are between the last row and this one. Rows above the header do not count. */
  #emptyBefore({ number }: Row, fields: readonly string[]): number {
    if (this.#columns > 0) return number - this.#lastRow - 1;
    this.#columns = fields.length;
    return 0;
  }

  /** @returns whether a block is full */
  #write(fields: readonly string[]): boolean {
    let row = quoted(fields[0]);
    for (let column = 1; column < this.#columns; column++) row += `\t${quoted(fields[column])}`;
    this.#pending.push(row, '\n');
    this.#pendingLength += row.length + 1;
    return this.#pendingLength >= BLOCK;
  }

  #flush(): Uint8Array {
    const block = Buffer.from(this.#pending.join(''));
    this.#pending = [];
    this.#pendingLength = 0;
    this.#written += block.length;
    if (this.#written > MOST_TEXT * 1_000_000) throw tooLarge(this.#parts.name, MOST_TEXT);
    return block;
  }
}

const quoted = (text = ''): string => (/["\t\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
