/** Pages of a list, as both list shapes of the API cut them. */
import { invalid } from '../refusal.ts';

export interface Page<T> {
  page: number;
  size: number;
  totalElements: number;
  hasNextPage: boolean;
  items: T[];
}

const largestPage = 1000;

/** The page that the query asks for: `page` from 1, `size` 100 unless told. @throws {Refusal} 400 INVALID_VALUE */
export function pageOf<T>(query: URLSearchParams, items: readonly T[]): Page<T> {
  const page = positive(query, 'page', 1, 1_000_000);
  const size = positive(query, 'size', 100, largestPage);
  const end = page * size;
  return {
    page,
    size,
    totalElements: items.length,
    hasNextPage: end < items.length,
    items: items.slice(end - size, end),
  };
}

function positive(query: URLSearchParams, name: string, otherwise: number, max: number): number {
  const given = query.get(name);
  if (given === null) return otherwise;
  const value = /^\d{1,7}$/.test(given) ? Number(given) : 0;
  if (value < 1 || value > max)
    throw invalid('INVALID_VALUE', name, `${name} must be a whole number from 1 to ${max}`);
  return value;
}
