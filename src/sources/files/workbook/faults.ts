/** The sentences for faults of a workbook. They never contain the content of a cell. */
import { LineupError } from '../../../domain/errors/errors.ts';
import { type Sentence, sentence } from '../../../domain/text/sentence.ts';
import { listNames } from '../../find-field.ts';

export const WITH_PASSWORD = sentence`an Excel workbook with a password; save it without one`;
export const OLD_EXCEL = sentence`an old Excel workbook (.xls); save it as .xlsx`;
export const OLD_OFFICE = sentence`an old Office file (.xls, .doc), or an Excel workbook with a password; save it as .xlsx without one`;
export const BINARY_WORKBOOK = sentence`a binary Excel workbook (.xlsb); save it as .xlsx`;
export const OPEN_DOCUMENT = sentence`an OpenDocument spreadsheet; save it as .xlsx`;
export const NUMBERS = sentence`an Apple Numbers spreadsheet; export it as .xlsx`;
export const OTHER_OFFICE = sentence`a Word or PowerPoint file`;
export const OTHER_ARCHIVE = sentence`a ZIP archive without an Excel workbook; unpack it`;

export const notText = (name: string, text: Sentence): LineupError =>
  new LineupError('source_not_text', sentence`${name} is not a text file but ${text}.`);

export const unsound = (name: string, cause?: unknown): LineupError =>
  new LineupError(
    'source_unreadable',
    sentence`${name} cannot be read as an Excel workbook, because it is damaged or cut off. Copy or download the file again, or open it in Excel and save it again.`,
    { cause },
  );

/** @param most in MB, unpacked */
export const tooLarge = (name: string, most: number): LineupError =>
  new LineupError(
    'source_unsupported',
    sentence`${name} is too large for a workbook: a sheet, or the text of all sheets, is larger than ${most} MB when unpacked. Save the sheet as CSV UTF-8.`,
  );

/** @param most in MB, as it arrives */
export const tooLargeStream = (name: string, most: number): LineupError =>
  new LineupError(
    'source_unsupported',
    sentence`${name} is a workbook of more than ${most} MB. A workbook from a stream, a URL or a compressed file must fit into memory. Save it to a file first, or use CSV.`,
  );

export const outOfBounds = (name: string): LineupError =>
  new LineupError(
    'source_unsupported',
    sentence`${name} has more rows, columns or characters in a cell than Excel allows. Save the sheet as CSV UTF-8.`,
  );

export const noSheet = (name: string, sheet: string, sheets: readonly string[]): LineupError =>
  new LineupError(
    'source_unsupported',
    sheets.length === 0
      ? sentence`${name} has no sheet with cells.`
      : sentence`${name} has no sheet "${sheet}". It has ${listNames(sheets)}.`,
  );

export const noWorkbook = (name: string, sheet: string): LineupError =>
  new LineupError(
    'source_unsupported',
    sentence`${name} is not an Excel workbook (.xlsx), so it has no sheet "${sheet}".`,
  );
