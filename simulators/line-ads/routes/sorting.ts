/** How lists are ordered: by a field of the entries, in lower case as LINE's reference has it or in upper case. */
import { invalid } from '../refusal.ts';

export type Compare<T> = (a: T, b: T) => number;

const collator = new Intl.Collator('en');

/** Orders by a text or a number of each entry. */
export const by =
  <T>(key: (one: T) => string | number): Compare<T> =>
  (a, b) => {
    const [one, other] = [key(a), key(b)];
    return typeof one === 'number' ? one - Number(other) : collator.compare(one, String(other));
  };

/** 1 for ascending, -1 for descending; nothing for any other word. */
export function directionOf(word: string): 1 | -1 | undefined {
  switch (word.toLowerCase()) {
    case 'asc':
      return 1;
    case 'desc':
      return -1;
    default:
      return undefined;
  }
}

/**
 * The order that `sort=<field>(,asc|desc)` asks for: ascending without a direction, the newest first without `sort`.
 *
 * @returns the comparison, and the order as the API's paging names it
 * @throws {Refusal} 400 INVALID_VALUE
 */
export function sortOf<T>(
  query: URLSearchParams,
  orders: Readonly<Record<string, Compare<T>>>,
): { compare: Compare<T>; sorts: string[] } {
  const [field = '', word = 'asc', ...more] = (query.get('sort') ?? 'createdDate,desc').split(',');
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
