/** Cursor paging, as every long list of the HTTP API does it. */
import { z } from 'zod';

/** A page of a list; whoever makes cursors is the only one to read them. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Give it as `cursor` for the page after; null on the last page. */
  readonly next: string | null;
}

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}

/** The query of a paged list. */
export const pageQuery = z.object({
  // As a number for clients; in an address it is text.
  limit: z.coerce.number<number>().int().min(1).max(200).default(50),
  // The last path of a list of files may be one.
  cursor: z.string().max(5_000).optional(),
});

/** The answer of a paged list. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item).readonly(), next: z.string().nullable() });
