/** Authorizations: stored credentials. The API never returns their configuration. */
import { z } from 'zod';
import {
  authorization,
  authorizationChange,
  newAuthorization,
  verification,
} from '../contracts/authorizations.ts';
import { adAccountId } from '../contracts/bounds.ts';
import { byId, created, endpoint, itemsOf, noContent, ok, revision } from './endpoint.ts';

const read = { tag: 'Authorizations', access: 'authorizations.read' } as const;
const write = { tag: 'Authorizations', access: 'authorizations.write' } as const;

export const authorizationEndpoints = {
  'GET /authorizations': endpoint({
    ...read,
    operationId: 'listAuthorizations',
    summary: 'List the authorizations',
    response: ok(itemsOf(authorization)),
  }),
  'POST /authorizations': endpoint({
    ...write,
    operationId: 'createAuthorization',
    summary: 'Save an authorization',
    idempotent: true,
    body: newAuthorization,
    response: created(authorization),
  }),
  'GET /authorizations/:id': endpoint({
    ...read,
    operationId: 'getAuthorization',
    summary: 'Show an authorization',
    params: byId,
    response: ok(authorization),
  }),
  'PATCH /authorizations/:id': endpoint({
    ...write,
    operationId: 'changeAuthorization',
    summary: 'Edit an authorization, or replace its credentials',
    params: byId,
    body: authorizationChange.extend({ revision }),
    response: ok(authorization),
  }),
  'DELETE /authorizations/:id': endpoint({
    ...write,
    operationId: 'deleteAuthorization',
    summary: 'Delete an authorization that no job uses',
    params: byId,
    response: noContent,
  }),
  'POST /authorizations/:id/verify': endpoint({
    ...write,
    operationId: 'verifyAuthorization',
    summary: 'Try the credentials; for LINE Ads, against an ad account',
    params: byId,
    body: z.strictObject({ adaccount_id: adAccountId.optional() }),
    response: ok(verification),
  }),
  'GET /authorizations/:id/jobs': endpoint({
    ...read,
    operationId: 'listAuthorizationJobs',
    summary: 'List the jobs that use an authorization',
    params: byId,
    response: ok(itemsOf(z.object({ id: z.string(), name: z.string() }))),
  }),
};
