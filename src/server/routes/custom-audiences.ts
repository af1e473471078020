/** LINE's side: the custom audiences of an ad account. */
import { z } from 'zod';
import { customAudienceId } from '../../contracts/bounds.ts';
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
} from '../../contracts/custom-audiences.ts';
import { pageOf, pageQuery } from '../../contracts/page.ts';
import { type App, type Deps, nothing, whileConnected } from './routes.ts';

const tags = ['Custom audiences'];
const read = { access: 'custom_audiences.read' } as const;
const write = { access: 'custom_audiences.write' } as const;
const byAudience = z.object({ id: customAudienceId });

export function customAudienceRoutes(app: App, deps: Deps): void {
  const { customAudiences } = deps.service;

  app.get(
    '/ad-accounts',
    {
      config: read,
      schema: {
        operationId: 'listAdAccounts',
        tags,
        summary: 'List the ad accounts of an authorization: of its group at LINE, and those that jobs have',
        querystring: adAccountRef.pick({ authorization_id: true }),
        response: { 200: adAccounts },
      },
    },
    (request, reply) => customAudiences.accounts(request.query.authorization_id, whileConnected(reply, deps)),
  );

  app.get(
    '/custom-audiences',
    {
      config: read,
      schema: {
        operationId: 'listCustomAudiences',
        tags,
        summary: 'List the custom audiences of an ad account, live from LINE',
        querystring: pageQuery.extend(customAudienceFilter.shape),
        response: { 200: pageOf(customAudience) },
      },
    },
    (request, reply) => customAudiences.list(request.query, whileConnected(reply, deps)),
  );

  app.get(
    '/custom-audiences/:id',
    {
      config: read,
      schema: {
        operationId: 'getCustomAudience',
        tags,
        summary: 'Show a custom audience',
        params: byAudience,
        querystring: adAccountRef,
        response: { 200: customAudience },
      },
    },
    (request, reply) => customAudiences.get(request.query, request.params.id, whileConnected(reply, deps)),
  );

  app.get(
    '/custom-audiences/:id/size',
    {
      config: read,
      schema: {
        operationId: 'getCustomAudienceSize',
        tags,
        summary: 'Tell how many members a custom audience holds, as the guard sees it',
        params: byAudience,
        querystring: adAccountRef,
        response: { 200: customAudienceSize },
      },
    },
    (request, reply) => customAudiences.size(request.query, request.params.id, whileConnected(reply, deps)),
  );

  app.patch(
    '/custom-audiences/:id',
    {
      config: write,
      schema: {
        operationId: 'renameCustomAudience',
        tags,
        summary: 'Rename a custom audience',
        params: byAudience,
        body: customAudienceChange,
        response: { 200: customAudience },
      },
    },
    ({ params, body: { name, ...account }, principal }) =>
      customAudiences.rename(account, params.id, name, principal),
  );

  app.delete(
    '/custom-audiences/:id',
    {
      config: write,
      schema: {
        operationId: 'deleteCustomAudience',
        tags,
        summary: 'Delete a custom audience; LINE carries it out afterwards',
        params: byAudience,
        querystring: adAccountRef,
        response: { 204: nothing },
      },
    },
    async ({ params, query, principal }, reply) => {
      await customAudiences.delete(query, params.id, principal);
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/custom-audiences/overlap',
    {
      // A question that is asked by POST.
      config: read,
      schema: {
        operationId: 'compareCustomAudiences',
        tags,
        summary: 'Tell how much of an audience is in up to four others',
        body: overlapRequest,
        response: { 200: overlap },
      },
    },
    (request, reply) => customAudiences.overlap(request.body, whileConnected(reply, deps)),
  );

  app.post(
    '/custom-audiences/lookalikes',
    {
      config: write,
      schema: {
        operationId: 'createLookalikeAudience',
        tags,
        summary: 'Make a lookalike audience',
        body: newLookalike,
        response: { 201: customAudience },
      },
    },
    async ({ body, principal }, reply) => {
      const made = await customAudiences.lookalike(body, principal);
      reply.code(201);
      return made;
    },
  );
}
