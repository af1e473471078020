/** The custom audiences of an ad account at LINE. */
import { z } from 'zod';
import {
  adAccountRef,
  adAccounts,
  customAudience,
  customAudienceChange,
  customAudienceFilter,
  customAudienceSize,
  newLookalike,
  overlap,
  overlapRequest,
  sharedAudience,
  sharedAudienceFilter,
  twins,
  twinsRequest,
} from '../contracts/custom-audiences.ts';
import { customAudienceId } from '../domain/values/bounds.ts';
import { pageOf, pageQuery } from '../domain/values/paging.ts';
import { created, endpoint, noContent, ok } from './endpoint.ts';

const read = { tag: 'Custom audiences', access: 'custom_audiences.read' } as const;
const write = { tag: 'Custom audiences', access: 'custom_audiences.write' } as const;
const byAudience = z.object({ id: customAudienceId });

export const customAudienceEndpoints = {
  'GET /ad-accounts': endpoint({
    ...read,
    operationId: 'listAdAccounts',
    summary: 'List ad accounts of an authorization: those that it can see, and those of jobs',
    query: adAccountRef.pick({ authorization_id: true }),
    response: ok(adAccounts),
  }),
  'GET /custom-audiences': endpoint({
    ...read,
    operationId: 'listCustomAudiences',
    summary: 'List custom audiences of an ad account, live from its destination',
    query: pageQuery.extend(customAudienceFilter.shape),
    leftOut: true,
    response: ok(pageOf(customAudience)),
  }),
  'GET /custom-audiences/:id': endpoint({
    ...read,
    operationId: 'getCustomAudience',
    summary: 'Get a custom audience',
    params: byAudience,
    query: adAccountRef,
    response: ok(customAudience),
  }),
  'GET /custom-audiences/:id/size': endpoint({
    ...read,
    operationId: 'getCustomAudienceSize',
    summary: 'Get the size of a custom audience that the guard uses',
    params: byAudience,
    query: adAccountRef,
    response: ok(customAudienceSize),
  }),
  'GET /shared-audiences': endpoint({
    ...read,
    operationId: 'listSharedAudiences',
    summary: 'List audiences that others share with the account of an authorization; they can only be read',
    query: pageQuery.extend(sharedAudienceFilter.shape),
    response: ok(pageOf(sharedAudience)),
  }),
  'PATCH /custom-audiences/:id': endpoint({
    ...write,
    operationId: 'renameCustomAudience',
    summary: 'Rename a custom audience',
    params: byAudience,
    body: customAudienceChange,
    response: ok(customAudience),
  }),
  'DELETE /custom-audiences/:id': endpoint({
    ...write,
    operationId: 'deleteCustomAudience',
    summary: 'Delete a custom audience; the destination completes the deletion later',
    params: byAudience,
    query: adAccountRef,
    response: noContent,
  }),
  // It changes nothing. The method is POST because the input can be long.
  'POST /custom-audiences/overlap': endpoint({
    ...read,
    operationId: 'compareCustomAudiences',
    summary: 'Compare the overlap of an audience with up to four others',
    body: overlapRequest,
    response: ok(overlap),
  }),
  // As above.
  'POST /custom-audiences/twins': endpoint({
    ...read,
    operationId: 'findTwinAudiences',
    summary: 'Find the same audiences in a destination that has taken them over, as LY Ads those of LINE Ads',
    body: twinsRequest,
    response: ok(twins),
  }),
  'POST /custom-audiences/lookalikes': endpoint({
    ...write,
    operationId: 'createLookalikeAudience',
    summary: 'Create a lookalike audience',
    body: newLookalike,
    response: created(customAudience),
  }),
};
