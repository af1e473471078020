/** Which handler answers which method and path, with the names that faults and the request log use. */
import type { Reply } from '../../shared/reply.ts';
import type { EndpointName } from '../endpoints.ts';
import type { Call } from '../world.ts';
import { listAdAccounts } from './ad-accounts.ts';
import { createAudience } from './create.ts';
import { deleteAudiences, listAudiences, renameAudience } from './custom-audiences.ts';
import { createLinkRequest, listLinkRequests, moveLinkRequest } from './link-requests.ts';
import { estimateOverlap } from './overlap.ts';
import { upload } from './upload.ts';
import { listUploadJobs } from './upload-jobs.ts';

export interface Route {
  name: EndpointName;
  method: string;
  /** Path below `/api`; a segment `:name` takes anything. */
  path: string;
  body: 'none' | 'json' | 'multipart';
  handle: (call: Call) => Reply | Promise<Reply>;
}

const audiences = '/v3/adaccounts/:adAccountId/custom-audiences';
const links = '/v3/groups/:groupId/link-request';

/** The first that fits is taken, so fixed names stand before `:id`. */
const routes: readonly Route[] = [
  { name: 'list', method: 'GET', path: audiences, body: 'none', handle: listAudiences },
  { name: 'upload', method: 'POST', path: `${audiences}/upload`, body: 'multipart', handle: upload },
  {
    name: 'upload-jobs',
    method: 'GET',
    path: `${audiences}/:id/upload-job`,
    body: 'none',
    handle: listUploadJobs,
  },
  {
    name: 'overlap',
    method: 'POST',
    path: `${audiences}/overlapping-audiences`,
    body: 'json',
    handle: estimateOverlap,
  },
  { name: 'rename', method: 'POST', path: `${audiences}/:id`, body: 'json', handle: renameAudience },
  { name: 'create', method: 'POST', path: audiences, body: 'json', handle: createAudience },
  { name: 'delete', method: 'DELETE', path: `${audiences}/:ids`, body: 'none', handle: deleteAudiences },
  {
    name: 'ad-accounts',
    method: 'GET',
    path: '/v3/groups/:groupId/adaccounts',
    body: 'none',
    handle: listAdAccounts,
  },
  { name: 'link-requests', method: 'GET', path: links, body: 'none', handle: listLinkRequests },
  { name: 'link', method: 'POST', path: `${links}/adaccount`, body: 'json', handle: createLinkRequest },
  {
    name: 'cancel',
    method: 'POST',
    path: `${links}/:id/cancel`,
    body: 'none',
    handle: (call) => moveLinkRequest(call, 'cancel'),
  },
  {
    name: 'unlink',
    method: 'POST',
    path: `${links}/:id/unlink`,
    body: 'none',
    handle: (call) => moveLinkRequest(call, 'unlink'),
  },
];

/** The route of a request and the values of its segments; nothing when no endpoint is there. */
export function findRoute(
  method: string,
  path: string,
): { route: Route; params: Record<string, string> } | null {
  const segments = path.split('/');
  for (const route of routes) {
    const params = route.method === method ? matchPath(route.path.split('/'), segments) : null;
    if (params) return { route, params };
  }
  return null;
}

function matchPath(pattern: readonly string[], segments: readonly string[]): Record<string, string> | null {
  if (pattern.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const got = segments[index]!;
    if (!expected.startsWith(':')) {
      if (got !== expected) return null;
      continue;
    }
    const value = decode(got);
    if (value === null || value === '') return null;
    params[expected.slice(1)] = value;
  }
  return params;
}

function decode(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
