/** Pages and orders of a list, as both list shapes of the API have them. */
import { z } from 'zod';
import { invalid } from '../refusal.ts';

export interface Page<T> {
  page: number;
  size: number;
  totalElements: number;
  hasNextPage: boolean;
  items: T[];
}

const whole = (max: number, otherwise: number) => {
  const expected = `a whole number from 1 to ${max}`;
  const digits = z
    .string()
    .regex(/^\d{1,7}$/, expected)
    .transform(Number);
  return digits.pipe(z.int().min(1, expected).max(max, expected)).default(otherwise);
};

/** What every list takes: `page` from 1, `size`, and `name` for the entries whose name contains it. */
export const listQuery = z.object({
  page: whole(1_000_000, 1),
  size: whole(1000, 100),
  name: z.string().default(''),
});

/** The page that the query asks for. */
export function pageOf<T>({ page, size }: { page: number; size: number }, items: readonly T[]): Page<T> {
  const end = page * size;
  return {
    page,
    size,
    totalElements: items.length,
    hasNextPage: end < items.length,
    items: items.slice(end - size, end),
  };
}

export type Compare<T> = (a: T, b: T) => number;

const collator = new Intl.Collator('en');

/** Orders by a text or a number of each entry. */
export const by =
  <T>(key: (one: T) => string | number): Compare<T> =>
  (a, b) => {
    const [one, other] = [key(a), key(b)];
    return typeof one === 'number' ? one - Number(other) : collator.compare(one, String(other));
  };

/** 1 for ascending, -1 for descending, in lower case as LINE's reference has it or in upper case; else nothing. */
function directionOf(word: string): 1 | -1 | undefined {
  switch (word.toLowerCase()) {
    case 'asc':
      return 1;
    case 'desc':
      return -1;
    default:
      return undefined;
  }
}

/** What lists of the shape `{paging, datas}` take: the newest come first without `sort`. */
export const sortedQuery = listQuery.extend({ sort: z.string().default('createdDate,desc') });

/**
 * The order that `sort=<field>(,asc|desc)` asks for: ascending without a direction.
 *
 * @returns the comparison, and the order as the API's paging names it
 * @throws {Refusal} 400 INVALID_VALUE
 */
export function sortOf<T>(
  sort: string,
  orders: Readonly<Record<string, Compare<T>>>,
): { compare: Compare<T>; sorts: string[] } {
  const [field = '', word = 'asc', ...more] = sort.split(',');
  const order = Object.hasOwn(orders, field) ? orders[field] : undefined;
  const direction = directionOf(word);
  if (!order || direction === undefined || more.length > 0) {
    const fields = Object.keys(orders).join(', ');
    throw invalid('INVALID_VALUE', 'sort', `sort must be one of ${fields}, with ,asc or ,desc`);
  }
  return {
    compare: (a, b) => direction * order(a, b),
    sorts: [`${field},${direction === 1 ? 'ASC' : 'DESC'}`],
  };
}
