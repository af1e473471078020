/** Finds the endpoint of a request. */
import { type Route, routes } from './table.ts';

export interface Found {
  readonly route: Route;
  /** The values of the `:name` segments, decoded. */
  readonly params: Readonly<Record<string, string>>;
}

/** The routes by their method and the number of their segments, each with its segments. */
const candidates = new Map<string, { route: Route; segments: readonly string[] }[]>();
for (const route of routes) {
  const segments = route.path.split('/');
  const key = `${route.method} ${segments.length}`;
  candidates.set(key, [...(candidates.get(key) ?? []), { route, segments }]);
}

/**
 * The first route of the table that fits. A path belongs to no endpoint if it cannot be decoded, or if a value is
 * empty.
 * @param path below the base path, without the query
 */
export function findRoute(method: string, path: string): Found | undefined {
  const given = path.split('/');
  const list = candidates.get(`${method} ${given.length}`);
  if (!list) return undefined;
  const decoded = path.includes('%') ? decode(given) : given;
  for (const { route, segments } of list) {
    const params: Record<string, string> = {};
    const fits = segments.every((segment, index) => {
      const value = decoded[index]!;
      if (!segment.startsWith(':')) return segment === value;
      params[segment.slice(1)] = value;
      return value !== '';
    });
    if (fits) return { route, params };
  }
  return undefined;
}

/** An empty list when a segment cannot be decoded. It fits no route. */
function decode(segments: readonly string[]): string[] {
  try {
    return segments.map(decodeURIComponent);
  } catch {
    return [];
  }
}
