/** Sources of members. */
import { z } from 'zod';
import { knownId, segmentId } from '../contracts/bounds.ts';
import { pageOf, pageQuery } from '../contracts/paging.ts';
import {
  fileOptions,
  preview,
  previewRequest,
  sample,
  sampleRequest,
  source,
  sourceAudience,
  sourceFields,
} from '../contracts/sources.ts';
import { endpoint, itemsOf, ok } from './endpoint.ts';

const read = { tag: 'Sources', access: 'sources.read' } as const;
const look = { tag: 'Sources', access: 'sources.preview' } as const;

/** Left out for files. */
const ofSource = z.object({ authorization_id: knownId.optional() });

export const sourceEndpoints = {
  'GET /sources': endpoint({
    ...read,
    operationId: 'listSources',
    summary: 'List the places that audiences can be read from',
    response: ok(itemsOf(source)),
  }),
  'GET /sources/audiences': endpoint({
    ...read,
    operationId: 'listSourceAudiences',
    summary: 'List the audiences of a source',
    query: pageQuery.extend({ ...ofSource.shape, search: z.string().max(200).optional() }),
    response: ok(pageOf(sourceAudience).extend({ total: z.number().int().optional() })),
  }),
  'GET /sources/fields': endpoint({
    ...read,
    operationId: 'listSourceFields',
    summary: 'List the fields of an audience’s members',
    query: ofSource.extend({ segment_id: segmentId, ...fileOptions.shape }),
    response: ok(sourceFields),
  }),
  'POST /sources/sample': endpoint({
    ...look,
    operationId: 'sampleField',
    summary: 'Show the first values of a field, masked',
    body: sampleRequest,
    response: ok(sample),
  }),
  'POST /sources/preview': endpoint({
    ...look,
    operationId: 'previewExport',
    summary: 'Count what an export would send and skip, with masked examples; nothing is sent',
    body: previewRequest,
    response: ok(preview),
  }),
};
