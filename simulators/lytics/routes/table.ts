/** The handler for each path. */
import type { Reply } from '../../shared/http.ts';
import type { EndpointName } from '../faults.ts';
import type { Call } from '../world.ts';
import { fieldInfo, listFieldNames, listFields, showSchema, tableFieldInfo } from './fields.ts';
import { scan, scanByRule } from './scan.ts';
import { listSegments, listSizes, showSegment, showSize } from './segments.ts';

export interface Route {
  readonly name: EndpointName;
  /** Its `:id` is the id or slug of an audience. */
  readonly path: string;
  readonly handle: (call: Call) => Reply;
  readonly methods: readonly string[];
}

const route = (
  name: EndpointName,
  path: string,
  handle: Route['handle'],
  methods: readonly string[] = ['GET'],
): Route => ({ name, path, handle, methods });

/** Older clients of Lytics request from v1 what v2 offers, too. */
export const routes: readonly Route[] = [
  route('segments', '/v2/segment', listSegments),
  route('segments', '/api/segment', listSegments),
  route('sizes', '/api/segment/sizes', listSizes),
  // One of these clients sends its rule in the body of a GET.
  route('scan', '/api/segment/scan', scanByRule, ['GET', 'POST']),
  route('segment', '/v2/segment/:id', showSegment),
  route('segment', '/api/segment/:id', showSegment),
  route('sizes', '/api/segment/:id/sizes', showSize),
  route('scan', '/api/segment/:id/scan', scan),
  route('fieldinfo', '/api/segment/:id/fieldinfo', fieldInfo),
  route('fields', '/v2/schema/user/field', listFields),
  route('fieldnames', '/v2/schema/user/fieldnames', listFieldNames),
  route('schema', '/api/schema/user', showSchema),
  route('fieldinfo', '/api/schema/user/fieldinfo', tableFieldInfo),
];
