/** Cursors of paged lists that are a number. */
import { invalidCursor, type Page, type PageRequest } from '../domain/values/paging.ts';

/**
 * A page of a list with numbered rows, newest first or oldest first. The cursor is the number of the last row of the
 * page before.
 * @throws {LineupError} `invalid_argument` for an invalid cursor
 */
export async function numberedPage<T>(
  { limit, cursor }: PageRequest,
  read: (limit: number, from: number | undefined) => Promise<readonly T[]>,
  numberOf: (item: T) => number,
): Promise<Page<T>> {
  if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) throw invalidCursor();
  const rows = await read(limit + 1, cursor === undefined ? undefined : Number(cursor));
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last ? String(numberOf(last)) : null };
}

/** The page number of a list whose cursor is that number, from 1. @throws {LineupError} as `numberedPage` */
export function pageNumber(cursor: string | undefined): number {
  if (cursor === undefined) return 1;
  if (!/^[1-9]\d{0,6}$/.test(cursor)) throw invalidCursor();
  return Number(cursor);
}
