/** Reads the rows of a worksheet from its XML: the column and the content of each cell. */
import { type NumberStyle, numberText, type Styles } from './number-text.ts';
import { StringItem } from './shared-strings.ts';
import { XmlError, type XmlVisitor } from './xml.ts';

/** The limits of Excel, and of every program that writes its files. */
export const MAX_ROWS = 1_048_576;
const MAX_COLUMNS = 16_384;

/** The value of a formula that was never calculated. It must not count as an empty value. */
const NOT_CALCULATED = '#NOT CALCULATED';

export interface Cell {
  /** Counts from 0. */
  readonly column: number;
  /** Its text, or the index of a shared string. */
  readonly text: string | number;
  /** A number without a format for leading zeros, so it may have lost some. */
  readonly isNumber: boolean;
}

export interface Row {
  /** Counts from 1. */
  readonly number: number;
  readonly cells: readonly Cell[];
}

/** A row, column or text is beyond the limits of a sheet. */
export class OutOfBoundsError extends Error {
  override readonly name = 'OutOfBoundsError';
}

export interface CellOptions {
  readonly styles: Styles;
  readonly from1904: boolean;
}

/** Collects rows. `take` gives the complete ones. */
export class CellVisitor implements XmlVisitor {
  readonly #options: CellOptions;
  readonly #item = new StringItem();
  #rows: Row[] = [];
  #isData = false;
  #row = 0;
  /** The column of the last cell, also of an empty one. */
  #column = -1;
  #cells: Cell[] = [];
  #cell: OpenCell | undefined;

  constructor(options: CellOptions) {
    this.#options = options;
  }

  drain(): readonly Row[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  open(tag: string, attributes: Readonly<Record<string, string>>): void {
    if (!this.#isData) {
      this.#isData = tag === 'sheetData';
      return;
    }
    if (this.#cell) {
      if (tag === 'f') this.#cell.isFormula = true;
      else if (tag === 'v' || tag === 'is') {
        this.#cell.isFilled = true;
        this.#item.begin();
        if (tag === 'v') this.#item.open('t');
      } else this.#item.open(tag);
    } else if (tag === 'row') this.#openRow(attributes.r);
    else if (tag === 'c') this.#openCell(attributes);
  }

  text(text: string): void {
    if (this.#cell) this.#item.append(text);
  }

  close(tag: string): void {
    if (tag === 'sheetData') this.#isData = false;
    else if (tag === 'row') this.#rows.push({ number: this.#row, cells: this.#cells });
    else if (tag === 'c') this.#closeCell();
    else this.#item.close(tag === 'v' ? 't' : tag);
  }

  #openRow(given: string | undefined): void {
    const number = given === undefined ? this.#row + 1 : Number(given);
    // The rows of a sheet are in order. An earlier row here would be counted wrong.
    if (!(Number.isInteger(number) && number > this.#row)) throw new XmlError('row');
    if (number > MAX_ROWS) throw new OutOfBoundsError();
    this.#row = number;
    this.#column = -1;
    this.#cells = [];
  }

  #openCell({ r, t = 'n', s }: Readonly<Record<string, string>>): void {
    this.#column = r === undefined ? this.#column + 1 : columnOf(r);
    if (this.#column >= MAX_COLUMNS) throw new OutOfBoundsError();
    const style = s === undefined ? undefined : this.#options.styles[Number(s)];
    this.#item.begin();
    this.#cell = { column: this.#column, type: t, style, isFormula: false, isFilled: false };
  }

  #closeCell(): void {
    const cell = this.#cell;
    if (!cell) return;
    this.#cell = undefined;
    const text = this.#item.end();
    if (text === undefined) throw new OutOfBoundsError();
    // Only a text can be empty after it was calculated.
    const isOpen = cell.isFormula && text === '' && cell.type !== 'str';
    const value = isOpen ? NOT_CALCULATED : cell.isFilled ? this.#valueOf(cell, text) : '';
    if (value === '') return;
    this.#cells.push({
      column: cell.column,
      text: value,
      isNumber: cell.type === 'n' && !cell.style && !isOpen,
    });
  }

  #valueOf({ type, style }: OpenCell, text: string): string | number {
    switch (type) {
      case 's':
        return sharedIndex(text);
      case 'b':
        return text.trim() === '1' ? 'TRUE' : 'FALSE';
      case 'n':
        return numberText(text, style, this.#options.from1904);
      default:
        // Results of formulas, inline texts, dates in ISO 8601, and errors (`#N/A`).
        return text;
    }
  }
}

interface OpenCell {
  readonly column: number;
  readonly type: string;
  readonly style: NumberStyle | undefined;
  isFormula: boolean;
  isFilled: boolean;
}

function sharedIndex(text: string): number {
  const index = /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : -1;
  if (index < 0) throw new XmlError('string');
  return index;
}

/** @param reference e.g. `AB12` */
function columnOf(reference: string): number {
  let column = 0;
  for (let at = 0; at < reference.length; at++) {
    // In upper case. A digit begins the number of the row.
    const letter = (reference.charCodeAt(at) & ~0x20) - 64;
    if (letter < 1 || letter > 26) break;
    column = column * 26 + letter;
    if (column > MAX_COLUMNS) throw new OutOfBoundsError();
  }
  if (column === 0) throw new XmlError('reference');
  return column - 1;
}
