/** Where members come from. */
import { z } from 'zod';
import { knownId, segmentId } from '../../contracts/bounds.ts';
import { fileOptions } from '../../contracts/file-options.ts';
import { pageOf, pageQuery } from '../../contracts/page.ts';
import {
  preview,
  previewRequest,
  sample,
  sampleRequest,
  source,
  sourceAudience,
  sourceFields,
} from '../../contracts/sources.ts';
import { type App, type Deps, whileConnected } from './routes.ts';

const tags = ['Sources'];
const read = { access: 'sources.read' } as const;

/** Left out: files. */
const ofSource = z.object({ authorization_id: knownId.optional() });

export function sourceRoutes(app: App, deps: Deps): void {
  const { sources } = deps.service;

  app.get(
    '/sources',
    {
      config: read,
      schema: {
        operationId: 'listSources',
        tags,
        summary: 'List the places that audiences can be read from',
        response: { 200: z.object({ items: z.array(source).readonly() }) },
      },
    },
    async () => ({ items: await sources.list() }),
  );

  app.get(
    '/sources/audiences',
    {
      config: read,
      schema: {
        operationId: 'listSourceAudiences',
        tags,
        summary: 'List the audiences of a source',
        querystring: pageQuery.extend({ ...ofSource.shape, search: z.string().max(200).optional() }),
        response: { 200: pageOf(sourceAudience).extend({ total: z.number().int().optional() }) },
      },
    },
    (request, reply) => {
      const { authorization_id = null, ...page } = request.query;
      return sources.audiences(authorization_id, page, whileConnected(reply, deps));
    },
  );

  app.get(
    '/sources/fields',
    {
      config: read,
      schema: {
        operationId: 'listSourceFields',
        tags,
        summary: 'List the fields of an audience’s members',
        querystring: ofSource.extend({ segment_id: segmentId, ...fileOptions.shape }),
        response: { 200: sourceFields },
      },
    },
    ({ query, principal }, reply) => {
      const { authorization_id = null, segment_id, ...options } = query;
      const signal = whileConnected(reply, deps);
      return sources.fields(principal.role, authorization_id, segment_id, signal, options);
    },
  );

  app.post(
    '/sources/sample',
    {
      config: { access: 'sources.preview' },
      schema: {
        operationId: 'sampleField',
        tags,
        summary: 'Show the first values of a field, masked',
        body: sampleRequest,
        response: { 200: sample },
      },
    },
    ({ body, principal }, reply) => sources.sample(principal.role, body, whileConnected(reply, deps)),
  );

  app.post(
    '/sources/preview',
    {
      config: { access: 'sources.preview' },
      schema: {
        operationId: 'previewExport',
        tags,
        summary: 'Count what an export would send and skip, with masked examples; nothing is sent',
        body: previewRequest,
        response: { 200: preview },
      },
    },
    ({ body, principal }, reply) => sources.preview(principal.role, body, whileConnected(reply, deps)),
  );
}
