/** Opens a sheet of an Excel workbook as text with tabs. */
import { LineupError } from '../../../contracts/errors.ts';
import { Archive, type ArchiveAt } from './archive.ts';
import { chosenSheet, readBook, SMALL_PART } from './book.ts';
import { CellVisitor, OutOfBounds } from './cells.ts';
import { outOfBounds, tooLargeStream, unsound } from './faults.ts';
import { readStyles } from './number-text.ts';
import { SharedStrings } from './shared-strings.ts';
import { SheetText } from './sheet-text.ts';
import { visitXml, XmlFault } from './xml.ts';

/** The limit for an unpacked sheet, in MB: a million rows with about twenty columns. */
const MOST_SHEET = 4_000;
const MOST_STRINGS = 1_000;
/** The limit for a workbook that is read into memory, in MB. */
const MOST_IN_MEMORY = 128;

const MOST_SHEETS_SHOWN = 100;

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
    const strings = new SharedStrings(part(book.strings, MOST_STRINGS), name);
    if (archive.sizeOf(sheet.part) === 0) throw unsound(name);
    const cells = new CellVisitor({ styles, from1904: book.from1904 });
    let read = 0;
    const counted = async function* () {
      for await (const block of part(sheet.part, MOST_SHEET)) {
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
        .slice(0, MOST_SHEETS_SHOWN)
        .map((one) => one.name),
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
    if (length > MOST_IN_MEMORY * 1_000_000) throw tooLargeStream(name, MOST_IN_MEMORY);
    parts.push(Buffer.from(block));
  }
  return Buffer.concat(parts);
}

async function* withFaults(
  blocks: AsyncGenerator<Uint8Array, void>,
  name: string,
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* blocks;
  } catch (error) {
    throw explainWorkbookError(error, name);
  }
}

function explainWorkbookError(error: unknown, name: string): unknown {
  if (error instanceof LineupError) return error;
  if (error instanceof OutOfBounds) return outOfBounds(name);
  return error instanceof XmlFault ? unsound(name, error) : error;
}
