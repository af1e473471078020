/** Pages and sort orders of lists, for both list forms of the API. */
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

/** The query of every list: `page` from 1, `size`, and `name`, which matches a part of the name. */
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

/** Compares entries by a text or a number. */
export const by =
  <T>(key: (one: T) => string | number): Compare<T> =>
  (a, b) => {
    const [first, other] = [key(a), key(b)];
    return typeof first === 'number' ? first - Number(other) : collator.compare(first, String(other));
  };

/**
 * 1 for ascending, -1 for descending, in lower case as in LINE's reference or in upper case. Otherwise
 * undefined.
 */
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

/** The query of lists in the form `{paging, datas}`. Without `sort` the newest entries come first. */
export const sortedQuery = listQuery.extend({ sort: z.string().default('createdDate,desc') });

/**
 * The order for `sort=<field>(,asc|desc)`. Without a direction it is ascending.
 * @returns the comparison, and the name of the order in the API's paging
 * @throws {RefusalError} 400 INVALID_VALUE
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
