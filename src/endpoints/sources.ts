/** Sources of members, and uploaded files, which are one of them. */
import { z } from 'zod';
import {
  preview,
  previewRequest,
  sample,
  sampleRequest,
  source,
  sourceAudience,
  sourceFields,
} from '../contracts/sources.ts';
import { newUpload, upload, uploadPolicy } from '../contracts/uploads.ts';
import { fileOptions } from '../domain/files/file-options.ts';
import { knownId, segmentId } from '../domain/values/bounds.ts';
import { itemsOf, pageOf, pageQuery } from '../domain/values/paging.ts';
import { byId, created, endpoint, noContent, ok } from './endpoint.ts';

const read = { tag: 'Sources', access: 'sources.read' } as const;
const look = { tag: 'Sources', access: 'sources.preview' } as const;

/** Left out for files. */
const ofSource = z.object({ authorization_id: knownId.optional() });

export const sourceEndpoints = {
  'GET /sources': endpoint({
    ...read,
    operationId: 'listSources',
    summary: 'List sources of audiences',
    response: ok(itemsOf(source)),
  }),
  'GET /sources/audiences': endpoint({
    ...read,
    operationId: 'listSourceAudiences',
    summary: 'List audiences of a source',
    query: pageQuery.extend({ ...ofSource.shape, search: z.string().max(200).optional() }),
    response: ok(pageOf(sourceAudience).extend({ total: z.number().int().optional() })),
  }),
  'GET /sources/fields': endpoint({
    ...read,
    operationId: 'listSourceFields',
    summary: 'List fields of an audience’s members',
    query: ofSource.extend({ segment_id: segmentId, ...fileOptions.shape }),
    response: ok(sourceFields),
  }),
  'POST /sources/sample': endpoint({
    ...look,
    operationId: 'sampleField',
    summary: 'Get the first values of a field, masked',
    body: sampleRequest,
    response: ok(sample),
  }),
  'POST /sources/preview': endpoint({
    ...look,
    operationId: 'previewExport',
    summary: 'Preview an export: counts and masked examples, without sending anything',
    body: previewRequest,
    response: ok(preview),
  }),
};

const readUploads = { tag: 'Uploads', access: 'uploads.read' } as const;
const writeUploads = { tag: 'Uploads', access: 'uploads.write' } as const;

export const uploadEndpoints = {
  'GET /uploads': endpoint({
    ...readUploads,
    operationId: 'listUploads',
    summary: 'List uploaded files',
    response: ok(itemsOf(upload).extend({ max_bytes: z.number().int() })),
  }),
  'GET /uploads/:id': endpoint({
    ...readUploads,
    operationId: 'getUpload',
    summary: 'Get an uploaded file',
    params: byId,
    response: ok(upload),
  }),
  'POST /uploads': endpoint({
    ...writeUploads,
    operationId: 'createUpload',
    summary: 'Upload a file; the request body is its content',
    consumes: 'application/octet-stream',
    query: newUpload,
    response: created(upload),
  }),
  'PATCH /uploads/:id': endpoint({
    ...writeUploads,
    operationId: 'changeUpload',
    summary: 'Set the retention policy of an uploaded file',
    params: byId,
    body: z.strictObject({ policy: uploadPolicy }),
    response: ok(upload),
  }),
  'DELETE /uploads/:id': endpoint({
    ...writeUploads,
    operationId: 'deleteUpload',
    summary: 'Delete an unused uploaded file',
    params: byId,
    response: noContent,
  }),
};
