/** The handler for each method and path, with the name for faults and the request log. */
import type { Reply } from '../../shared/http.ts';
import type { EndpointName } from '../faults.ts';
import type { Call } from '../world.ts';
import { listAdAccounts } from './ad-accounts.ts';
import { createAudience } from './create.ts';
import { deleteAudiences, estimateOverlap, listAudiences, listUploadJobs, renameAudience } from './custom-audiences.ts';
import { createLinkRequest, listLinkRequests, moveLinkRequest } from './link-requests.ts';
import { upload } from './upload.ts';

export interface Route {
  name: EndpointName;
  method: string;
  /** Path below `/api`. */
  path: string;
  body: 'none' | 'json' | 'multipart';
  handle: (call: Call) => Reply | Promise<Reply>;
}

const audiences = '/v3/adaccounts/:adAccountId/custom-audiences';
const links = '/v3/groups/:groupId/link-request';

const route = (
  name: EndpointName,
  method: string,
  path: string,
  body: Route['body'],
  handle: Route['handle'],
): Route => ({ name, method, path, body, handle });

export const routes: readonly Route[] = [
  route('list', 'GET', audiences, 'none', listAudiences),
  route('upload', 'POST', `${audiences}/upload`, 'multipart', upload),
  route('upload-jobs', 'GET', `${audiences}/:id/upload-job`, 'none', listUploadJobs),
  route('overlap', 'POST', `${audiences}/overlapping-audiences`, 'json', estimateOverlap),
  route('rename', 'POST', `${audiences}/:id`, 'json', renameAudience),
  route('create', 'POST', audiences, 'json', createAudience),
  route('delete', 'DELETE', `${audiences}/:ids`, 'none', deleteAudiences),
  route('ad-accounts', 'GET', '/v3/groups/:groupId/adaccounts', 'none', listAdAccounts),
  route('link-requests', 'GET', links, 'none', listLinkRequests),
  route('link', 'POST', `${links}/adaccount`, 'json', createLinkRequest),
  route('cancel', 'POST', `${links}/:id/cancel`, 'none', (call) => moveLinkRequest(call, 'cancel')),
  route('unlink', 'POST', `${links}/:id/unlink`, 'none', (call) => moveLinkRequest(call, 'unlink')),
];
