/** Pages of lists whose rows are numbered, newest first or oldest first: the cursor is the last number seen. */
import { LineupError } from '../contracts/errors.ts';
import type { Page, PageRequest } from '../contracts/paging.ts';
import { sentence } from '../contracts/sentence.ts';

export async function numberedPage<T>(
  { limit, cursor }: PageRequest,
  read: (limit: number, from: number | undefined) => Promise<readonly T[]>,
  numberOf: (item: T) => number,
): Promise<Page<T>> {
  if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) {
    throw new LineupError('invalid_argument', sentence`The cursor is not valid: begin again without one.`);
  }
  const rows = await read(limit + 1, cursor === undefined ? undefined : Number(cursor));
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last ? String(numberOf(last)) : null };
}
