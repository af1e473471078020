/** Which handler answers which path. */
import type { Reply } from '../../shared/reply.ts';
import type { Version } from '../answers.ts';
import type { Call } from '../call.ts';
import type { EndpointName } from '../faults.ts';
import { fieldInfo } from './field-info.ts';
import { listFieldNames, listFields } from './fields.ts';
import { scan } from './scan.ts';
import { listSegments, showSegment } from './segments.ts';

export interface Route {
  readonly name: EndpointName;
  readonly version: Version;
  /** Its group, where it has one, is the id or slug of an audience. */
  readonly path: RegExp;
  readonly handle: (call: Call) => Reply;
}

const routes: readonly Route[] = [
  { name: 'segments', version: 'v2', path: /^\/v2\/segment$/, handle: listSegments },
  { name: 'segment', version: 'v2', path: /^\/v2\/segment\/([^/]+)$/, handle: showSegment },
  { name: 'fields', version: 'v2', path: /^\/v2\/schema\/user\/field$/, handle: listFields },
  { name: 'fieldnames', version: 'v2', path: /^\/v2\/schema\/user\/fieldnames$/, handle: listFieldNames },
  { name: 'scan', version: 'v1', path: /^\/api\/segment\/([^/]+)\/scan$/, handle: scan },
  { name: 'fieldinfo', version: 'v1', path: /^\/api\/segment\/([^/]+)\/fieldinfo$/, handle: fieldInfo },
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
