/** Finds the endpoint of a request. */
import { type Route, routes } from './table.ts';

export interface Found {
  readonly route: Route;
  /** Of the audience in the path. */
  readonly id: string | undefined;
}

const patterns = routes.map((route) => ({
  route,
  // regex-bounded: it has no repetition but that of up to 19 digits
  form: new RegExp(`^${route.path.replace(':id', '(\\d{1,19})')}$`),
}));

/** @param path without the query */
export function findRoute(method: string, path: string): Found | undefined {
  for (const { route, form } of patterns) {
    const match = route.method === method ? form.exec(path) : null;
    if (match) return { route, id: match[1] };
  }
  return undefined;
}
