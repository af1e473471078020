/** Cursor paging of the HTTP API's long lists. */
import { z } from 'zod';

/** A page of a list. Only the code that makes a cursor may interpret it. */
export interface Page<T> {
  readonly items: readonly T[];
  /** The `cursor` of the next page; null on the last page. */
  readonly next: string | null;
}

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}

/** The query of a paged list. */
export const pageQuery = z.object({
  // Clients send a number; in a URL it is text.
  limit: z.coerce.number<number>().int().min(1).max(200).default(50),
  // The cursor of a list of files is a path.
  cursor: z.string().max(5_000).optional(),
});

/** The response of a paged list. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item).readonly(), next: z.string().nullable() });
