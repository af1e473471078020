/** Opens a sheet of an Excel workbook as text with tabs, so that it is read like any other table. */
import { LineupError } from '../../../domain/errors/errors.ts';
import { Archive, type ArchiveAt } from './archive.ts';
import { chosenSheet, readBook, SMALL_PART } from './book.ts';
import { CellVisitor, OutOfBoundsError, type Row } from './cells.ts';
import { outOfBounds, tooLarge, tooLargeStream, unsound } from './faults.ts';
import { readStyles } from './number-text.ts';
import { SharedStrings } from './shared-strings.ts';
import { visitXml, XmlError } from './xml.ts';

/** The limit for an unpacked sheet, in MB: a million rows with about twenty columns. */
const MAX_SHEET = 4_000;
const MAX_STRINGS = 1_000;
/** The limit for a workbook that is read into memory, in MB. */
const MAX_IN_MEMORY = 128;

const MAX_SHEETS_SHOWN = 100;

export interface WorkbookText {
  /** The names of the visible sheets in their order, as many as a person can choose from. */
  readonly sheets: readonly string[];
  readonly blocks: AsyncGenerator<Uint8Array, void>;
  /** Whether a column, counted from 0, has mostly numbers in the rows read so far. */
  isNumeric(column: number): boolean;
  /** How much of the sheet was read, between 0 and 1. */
  progress(): number;
  close(): void;
}

/**
 * @param name for messages
 * @param wanted the sheet; @default the first visible one
 * @throws {LineupError} `source_not_text` for another kind of archive; `source_unreadable` for a damaged one;
 *   `source_unsupported` for a missing sheet, and beyond the limits
 */
export async function openWorkbook(
  at: ArchiveAt,
  name: string,
  wanted: string | undefined,
  signal: AbortSignal,
): Promise<WorkbookText> {
  const archive = await Archive.open(at, name, signal);
  try {
    const book = await readBook(archive, name);
    const sheet = chosenSheet(book, wanted, name);
    const part = (entry: string | undefined, most: number) => archive.read(entry ?? '', most);
    const styles = await readStyles(part(book.styles, SMALL_PART));
    const strings = new SharedStrings(part(book.strings, MAX_STRINGS), name);
    if (archive.sizeOf(sheet.part) === 0) throw unsound(name);
    const cells = new CellVisitor({ styles, from1904: book.from1904 });
    let read = 0;
    const counted = async function* () {
      for await (const block of part(sheet.part, MAX_SHEET)) {
        read += block.length;
        yield block;
      }
    };
    const text = new SheetText({ name, cells, strings, parsing: visitXml(counted(), cells) });
    const size = archive.sizeOf(sheet.part);
    return {
      blocks: withFaults(text.blocks(), name),
      sheets: book.sheets
        .filter(({ isHidden }) => !isHidden)
        .slice(0, MAX_SHEETS_SHOWN)
        .map((sheet) => sheet.name),
      isNumeric: (column) => text.isNumeric(column),
      progress: () => (size === 0 ? 1 : Math.min(1, read / size)),
      close: () => archive.close(),
    };
  } catch (error) {
    archive.close();
    throw explainWorkbookError(error, name);
  }
}

/**
 * Reads a whole workbook into memory, when its bytes come only once or are compressed: its directory is at
 * its end.
 */
export async function gather(blocks: AsyncIterable<Uint8Array>, name: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const block of blocks) {
    length += block.length;
    if (length > MAX_IN_MEMORY * 1_000_000) throw tooLargeStream(name, MAX_IN_MEMORY);
    parts.push(Buffer.from(block));
  }
  return Buffer.concat(parts);
}

async function* withFaults(blocks: AsyncGenerator<Uint8Array, void>, name: string): AsyncGenerator<Uint8Array, void> {
  try {
    yield* blocks;
  } catch (error) {
    throw explainWorkbookError(error, name);
  }
}

function explainWorkbookError(error: unknown, name: string): unknown {
  if (error instanceof LineupError) return error;
  if (error instanceof OutOfBoundsError) return outOfBounds(name);
  return error instanceof XmlError ? unsound(name, error) : error;
}

/** The size of a block in bytes. */
const BLOCK = 1 << 16;
/** The limit of the output, in MB. A sheet within the limits can make thousands of MB from empty cells. */
const MAX_TEXT = 8_000;

export interface SheetParts {
  readonly name: string;
  readonly cells: CellVisitor;
  readonly strings: SharedStrings;
  /** Reads on in the sheet. Each step adds rows to `cells`. */
  readonly parsing: AsyncGenerator<void, void>;
}

/**
 * A worksheet as text with tabs. The first row with content is the header. Every row below it has as many fields. Row n
 * of the text is the nth row below the header, including empty rows. Empty rows at the end are left out.
 */
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
        for (const row of cells.drain()) {
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
    if (this.#written > MAX_TEXT * 1_000_000) throw tooLarge(this.#parts.name, MAX_TEXT);
    return block;
  }
}

const quoted = (text = ''): string => (/["\t\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
