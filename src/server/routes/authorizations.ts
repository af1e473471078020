/** Stored credentials. Their configuration goes in and never comes out. */
import { z } from 'zod';
import { authorization, authorizationChange, newAuthorization } from '../../contracts/authorizations.ts';
import { adAccountId } from '../../contracts/bounds.ts';
import { toldShape } from '../../contracts/told.ts';
import { created, createOptions, idempotencyHeaders } from '../idempotency.ts';
import { type App, byId, type Deps, nothing, revision, whileConnected } from './routes.ts';

const tags = ['Authorizations'];
const read = { access: 'authorizations.read' } as const;
const write = { access: 'authorizations.write' } as const;

const verification = z.object({
  health: authorization.shape.health,
  checks: z
    .array(
      z.object({
        name: z.string(),
        ok: z.boolean().nullable(),
        ...toldShape,
      }),
    )
    .readonly(),
});

export function authorizationRoutes(app: App, deps: Deps): void {
  const { authorizations } = deps.service;

  app.get(
    '/authorizations',
    {
      config: read,
      schema: {
        operationId: 'listAuthorizations',
        tags,
        summary: 'List the authorizations',
        response: { 200: z.object({ items: z.array(authorization).readonly() }) },
      },
    },
    async () => ({ items: await authorizations.list() }),
  );

  app.post(
    '/authorizations',
    {
      config: write,
      schema: {
        operationId: 'createAuthorization',
        tags,
        summary: 'Save an authorization',
        headers: idempotencyHeaders,
        body: newAuthorization,
        response: { 201: authorization },
      },
    },
    async ({ body, headers, principal }, reply) =>
      created(reply, await authorizations.create(body, principal, createOptions(headers))),
  );

  app.get(
    '/authorizations/:id',
    {
      config: read,
      schema: {
        operationId: 'getAuthorization',
        tags,
        summary: 'Show an authorization',
        params: byId,
        response: { 200: authorization },
      },
    },
    ({ params }) => authorizations.get(params.id),
  );

  app.patch(
    '/authorizations/:id',
    {
      config: write,
      schema: {
        operationId: 'changeAuthorization',
        tags,
        summary: 'Edit an authorization, or replace its credentials',
        params: byId,
        body: authorizationChange.extend({ revision }),
        response: { 200: authorization },
      },
    },
    ({ params, body: { revision: seen, ...change }, principal }) =>
      authorizations.change(params.id, seen, change, principal),
  );

  app.delete(
    '/authorizations/:id',
    {
      config: write,
      schema: {
        operationId: 'deleteAuthorization',
        tags,
        summary: 'Delete an authorization that no job uses',
        params: byId,
        response: { 204: nothing },
      },
    },
    async ({ params, principal }, reply) => {
      await authorizations.delete(params.id, principal);
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/authorizations/:id/verify',
    {
      config: write,
      schema: {
        operationId: 'verifyAuthorization',
        tags,
        summary: 'Try the credentials; for LINE Ads, against an ad account',
        params: byId,
        body: z.strictObject({ adaccount_id: adAccountId.optional() }),
        response: { 200: verification },
      },
    },
    (request, reply) =>
      authorizations.verify(
        request.params.id,
        { adAccountId: request.body.adaccount_id },
        request.principal,
        whileConnected(reply, deps),
      ),
  );

  app.get(
    '/authorizations/:id/jobs',
    {
      config: read,
      schema: {
        operationId: 'listAuthorizationJobs',
        tags,
        summary: 'List the jobs that use an authorization',
        params: byId,
        response: {
          200: z.object({ items: z.array(z.object({ id: z.string(), name: z.string() })).readonly() }),
        },
      },
    },
    async ({ params }) => ({ items: await authorizations.usedBy(params.id) }),
  );
}
