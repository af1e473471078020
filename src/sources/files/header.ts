/**
 * Decides whether a table has a header, and names its columns. In a file without a header the first row is a
 * member. As a header, this member would be lost, and its values would be shown and stored as names of
 * fields. So the columns of such a file get names by their position.
 */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { looksLikeMember } from '../mask.ts';

/** More columns mean a wrong delimiter, or bad intent. */
const MAX_COLUMNS = 10_000;
/** The longest name of a field in a job (src/domain/values/bounds.ts). */
const LONGEST_NAME = 300;

export interface Header {
  readonly names: readonly string[];
  /** There is no header: the first row is a member. */
  readonly isMissing: boolean;
}

/**
 * @param first the first row
 * @param others some rows after it
 * @param label the name of the file in messages
 * @param wanted a person's choice; @default detected
 * @throws {LineupError} `source_unsupported` for too many columns; `source_unreadable` when a member would be
 *   shown
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
      sentence`The first row of ${label} looks like a member, not like column names. Choose that it has no header, or write column names above it.`,
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

/** Whether a text may be the name of a field. A value of a member may not: names are shown and stored. */
export const isName = (text: string): boolean => text !== '' && text.length <= LONGEST_NAME && !looksLikeMember(text);

/** @throws {LineupError} `source_unsupported` */
export function assertColumns(count: number, label: string): void {
  if (count <= MAX_COLUMNS) return;
  throw new LineupError(
    'source_unsupported',
    sentence`${label} has ${count} columns, but Lineup reads at most ${MAX_COLUMNS}. Check its format and its delimiter.`,
  );
}

/**
 * A number may be a name, for example of a product in a pivot table. It is not one when the values below it
 * are numbers too, or when there are none.
 */
function isOfMember(cell: string, column: number, others: readonly (readonly string[])[]): boolean {
  const looks = looksLikeMember(cell);
  if (looks !== 'perhaps') return looks === 'surely';
  const below = others.map((row) => row[column]?.trim() ?? '').filter((value) => value !== '');
  return below.length === 0 || below.some((value) => looksLikeMember(value) === looks);
}

/** The notice for a file without a header. */
export const withoutHeader = (label: string) =>
  sentence`${label} seems to have no header, because its first row looks like a member. Lineup counts this row and names the columns by position: column 1, column 2, … Choose one of these, or write column names above the first row.`;

/** The notice for a file with names in each row, or in its metadata. */
export const withLeftOut = (label: string) =>
  sentence`${label} has fields whose names look like members or are too long. These fields are left out.`;
