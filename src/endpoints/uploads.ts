/** Uploaded files. */
import { z } from 'zod';
import { newUpload, upload, uploadPolicy } from '../contracts/uploads.ts';
import { byId, created, endpoint, noContent, ok } from './endpoint.ts';

const read = { tag: 'Uploads', access: 'uploads.read' } as const;
const write = { tag: 'Uploads', access: 'uploads.write' } as const;

export const uploadEndpoints = {
  'GET /uploads': endpoint({
    ...read,
    operationId: 'listUploads',
    summary: 'List the uploaded files that are there',
    response: ok(z.object({ items: z.array(upload).readonly(), max_bytes: z.number().int() })),
  }),
  'GET /uploads/:id': endpoint({
    ...read,
    operationId: 'getUpload',
    summary: 'Show an uploaded file',
    params: byId,
    response: ok(upload),
  }),
  'POST /uploads': endpoint({
    ...write,
    operationId: 'createUpload',
    summary: 'Upload a file: the body is its content',
    consumes: 'application/octet-stream',
    query: newUpload,
    response: created(upload),
  }),
  'PATCH /uploads/:id': endpoint({
    ...write,
    operationId: 'changeUpload',
    summary: 'Choose what becomes of an uploaded file',
    params: byId,
    body: z.strictObject({ policy: uploadPolicy }),
    response: ok(upload),
  }),
  'DELETE /uploads/:id': endpoint({
    ...write,
    operationId: 'deleteUpload',
    summary: 'Delete an uploaded file that no job uses',
    params: byId,
    response: noContent,
  }),
};
