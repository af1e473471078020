/** Uploaded files to export. */
import { mutationOptions, queryOptions } from '@tanstack/react-query';
import type { UploadPolicy } from '../../src/contracts/uploads.ts';
import { type Noun, refreshing } from './change.ts';
import { call } from './client.ts';
import { refreshJobValidations } from './jobs.ts';

const noun = 'uploads' satisfies Noun;

export const uploadsQuery = queryOptions({
  queryKey: [noun],
  queryFn: ({ signal }) => call('GET /uploads', { signal }),
});

export const uploadQuery = (id: string) =>
  queryOptions({
    queryKey: [noun, id],
    queryFn: ({ signal }) => call('GET /uploads/:id', { params: { id }, signal }),
  });

export const changeUpload = (id: string) =>
  mutationOptions({
    mutationFn: (policy: UploadPolicy) => call('PATCH /uploads/:id', { params: { id }, body: { policy } }),
    onSuccess: (changed, _, __, { client }) => {
      client.setQueryData(uploadQuery(id).queryKey, changed);
      // The server checks new jobs against what becomes of the file, so its answers may have changed.
      return refreshJobValidations(client);
    },
  });

export const deleteUpload = mutationOptions({
  mutationFn: (id: string) => call('DELETE /uploads/:id', { params: { id } }),
  onSuccess: refreshing(noun),
});
