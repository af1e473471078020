/**
 * What the columns of a delimited text are called. A file without a header has a member in its first row: taken for names, that
 * member would be lost, and shown and stored as the name of a field. Such a file's columns are called by their place instead.
 */
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import { looksLikeMember } from '../mask.ts';

/** More is rather a wrong delimiter, or meant badly. */
const MAX_COLUMNS = 10_000;
/** As long as the name of a field may be in a job (src/contracts/bounds.ts). */
const LONGEST_NAME = 300;

export interface Header {
  readonly names: readonly string[];
  /** The first row is a member. */
  readonly isMissing: boolean;
}

/**
 * @param first the first row
 * @param others some rows after it
 * @param label what messages call the file
 * @param wanted what a person says of it; @default what it looks like
 * @throws {LineupError} `source_unsupported` for more columns than any table has; `source_unreadable` where a member would be shown
 */
export function readHeader(
  first: readonly string[],
  others: readonly (readonly string[])[],
  label: string,
  wanted?: 'yes' | 'no',
): Header {
  assertColumns(first.length, label);
  if (wanted === 'yes' && first.some((cell) => looksLikeMember(cell) === 'surely')) {
    throw new LineupError(
      'source_unreadable',
      sentence`The first row of ${label} looks like a member, not like the names of columns. Choose that it has no header, or write names above it.`,
    );
  }
  const isMissing =
    wanted === undefined ? first.some((cell, column) => isOfMember(cell, column, others)) : wanted === 'no';
  const nameOf = (cell: string, column: number): string => {
    const name = cell.trim();
    return isMissing || !isName(name) ? `column ${column + 1}` : name;
  };
  return { names: first.map(nameOf), isMissing };
}

/** Whether a text may stand as the name of a field: nobody is shown a member's value as one, and no job keeps it. */
export const isName = (text: string): boolean =>
  text !== '' && text.length <= LONGEST_NAME && !looksLikeMember(text);

/** @throws {LineupError} `source_unsupported` */
export function assertColumns(count: number, label: string): void {
  if (count <= MAX_COLUMNS) return;
  throw new LineupError(
    'source_unsupported',
    sentence`${label} has ${count} columns, and Lineup reads files of at most ${MAX_COLUMNS}. Is it of another format, or has it another delimiter?`,
  );
}

/** A number may be a name (of a product, in a pivot table), unless what stands below it is one as well, or nothing does. */
function isOfMember(cell: string, column: number, others: readonly (readonly string[])[]): boolean {
  const looks = looksLikeMember(cell);
  if (looks !== 'perhaps') return looks === 'surely';
  const below = others.map((row) => row[column]?.trim() ?? '').filter((value) => value !== '');
  return below.length === 0 || below.some((value) => looksLikeMember(value) === looks);
}

/** What a person is told of a file whose first row is a member. */
export const withoutHeader = (label: string) =>
  sentence`${label} seems to have no header, for its first row looks like a member. That row is counted, and the columns are called by their place: column 1, column 2, … Choose one of these, or write names above the first row.`;

/** The same of a file whose rows name their fields, or which has its names elsewhere. */
export const withLeftOut = (label: string) =>
  sentence`${label} has fields whose names look like members, or are longer than a name is. They are left out.`;
