/** Which handler answers which path. */
import type { Reply } from '../../shared/reply.ts';
import type { Call } from '../call.ts';
import type { EndpointName } from '../faults.ts';
import { fieldInfo, tableFieldInfo } from './field-info.ts';
import { listFieldNames, listFields, showSchema } from './fields.ts';
import { scan, scanByRule } from './scan.ts';
import { listSegments, listSizes, showSegment, showSize } from './segments.ts';

export interface Route {
  readonly name: EndpointName;
  /** Its group, where it has one, is the id or slug of an audience. */
  readonly path: RegExp;
  readonly methods: readonly string[];
  readonly handle: (call: Call) => Reply;
}

const route = (
  name: EndpointName,
  path: RegExp,
  handle: Route['handle'],
  methods: readonly string[] = ['GET'],
): Route => ({ name, path, methods, handle });

/** The first that fits counts. What v2 has the older clients of Lytics ask of v1. */
const routes: readonly Route[] = [
  route('segments', /^\/(?:v2|api)\/segment$/, listSegments),
  route('sizes', /^\/api\/segment\/sizes$/, listSizes),
  // One of those clients sends its rule in the body of a GET.
  route('scan', /^\/api\/segment\/scan$/, scanByRule, ['GET', 'POST']),
  route('segment', /^\/(?:v2|api)\/segment\/([^/]+)$/, showSegment),
  route('sizes', /^\/api\/segment\/([^/]+)\/sizes$/, showSize),
  route('scan', /^\/api\/segment\/([^/]+)\/scan$/, scan),
  route('fieldinfo', /^\/api\/segment\/([^/]+)\/fieldinfo$/, fieldInfo),
  route('fields', /^\/v2\/schema\/user\/field$/, listFields),
  route('fieldnames', /^\/v2\/schema\/user\/fieldnames$/, listFieldNames),
  route('schema', /^\/api\/schema\/user$/, showSchema),
  route('fieldinfo', /^\/api\/schema\/user\/fieldinfo$/, tableFieldInfo),
];

/** The route of a path, whatever the method, and the audience that it names. */
export function findRoute(path: string): { readonly route: Route; readonly id: string } | undefined {
  for (const route of routes) {
    const match = route.path.exec(path);
    if (match) return { route, id: decode(match[1] ?? '') };
  }
  return undefined;
}

/** What cannot be decoded names nothing. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
