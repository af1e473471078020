/** Cursor paging over (time, id), newest first: stable while rows are added, unlike page numbers. */
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';

export interface PageRequest {
  readonly limit: number;
  /** Where the page before ended; the `next` of its answer. */
  readonly cursor?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Null on the last page. */
  readonly next: string | null;
}

export interface Position {
  readonly at: Date;
  readonly id: string;
}

/** Of years that a database knows, too. */
const FORM = /^([12]\d{3}-[\d:.T-]+Z) ([\w-]+)$/;

/** @throws {LineupError} `invalid_argument` for a cursor that is none of ours */
export function positionOf(cursor: string | undefined): Position | undefined {
  if (cursor === undefined) return undefined;
  const [, time = '', id = ''] = FORM.exec(Buffer.from(cursor, 'base64url').toString('utf8')) ?? [];
  const at = new Date(time);
  if (Number.isNaN(at.getTime()))
    throw new LineupError('invalid_argument', sentence`The cursor is not valid: begin again without one.`);
  return { at, id };
}

/** Makes a page of rows that were read with one more than the limit. */
export function pageOf<Row, T>(
  rows: readonly Row[],
  limit: number,
  position: (row: Row) => Position,
  show: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last ? cursorAt(position(last)) : null;
  return { items: shown.map(show), next };
}

const cursorAt = ({ at, id }: Position): string =>
  Buffer.from(`${at.toISOString()} ${id}`).toString('base64url');
