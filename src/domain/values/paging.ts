/** Cursor paging of the HTTP API's long lists. */
import { z } from 'zod';
import { LineupError } from '../errors/errors.ts';
import { sentence } from '../text/sentence.ts';

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

export const invalidCursor = (): LineupError =>
  new LineupError('invalid_argument', sentence`The cursor is not valid. Start again without a cursor.`);

/** The query of a paged list. */
export const pageQuery = z.object({
  // Clients send a number; in a URL it is text.
  limit: z.coerce.number<number>().int().min(1).max(200).default(50),
  // The cursor of a list of files is a path.
  cursor: z.string().max(5_000).optional(),
});

/** A row that cannot be read whole is shown with what can be read of it, so that it does not hide the others. */
export const damaged = z
  .array(z.string())
  .readonly()
  .optional()
  .describe(
    'Which parts of it this version of Lineup cannot read, as keys joined by dots. A newer version has stored them, or they are damaged. Their values here are empty. Missing when all could be read.',
  );

/** The response of a list without pages. */
export const itemsOf = <Shape extends z.core.$ZodShape>(item: z.ZodObject<Shape>) =>
  z.object({ items: z.array(item.extend({ damaged })).readonly() });

/** The response of a paged list. */
export const pageOf = <Shape extends z.core.$ZodShape>(item: z.ZodObject<Shape>) =>
  itemsOf(item).extend({ next: z.string().nullable() });
