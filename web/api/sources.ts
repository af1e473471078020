/** Sources: their audiences and fields, samples and previews. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { FileOptions } from '../../src/domain/files/file-options.ts';
import type { Noun } from './change.ts';
import { type BodyOf, call } from './client.ts';

type PreviewRequest = BodyOf<'POST /sources/preview'>;
type SampleRequest = BodyOf<'POST /sources/sample'>;

const noun = 'sources' satisfies Noun;

export const sourcesQuery = queryOptions({
  queryKey: [noun],
  queryFn: async ({ signal }) => (await call('GET /sources', { signal })).items,
});

/** @param authorization_id undefined for files */
export const sourceAudiencesQuery = (authorization_id: string | undefined, search: string) =>
  queryOptions({
    queryKey: [noun, authorization_id ?? null, 'audiences', search],
    queryFn: ({ signal }) => call('GET /sources/audiences', { query: { authorization_id, search, limit: 50 }, signal }),
    placeholderData: keepPreviousData,
  });

export const sourceFieldsQuery = (authorization_id: string | undefined, segment_id: string, options: FileOptions) =>
  queryOptions({
    queryKey: [noun, authorization_id ?? null, 'fields', segment_id, options],
    queryFn: ({ signal }) =>
      call('GET /sources/fields', { query: { authorization_id, segment_id, ...options }, signal }),
    enabled: segment_id !== '',
    staleTime: 60_000,
  });

/** @param request null when it is not known yet */
export const previewQuery = (request: PreviewRequest | null) =>
  queryOptions({
    queryKey: [noun, 'preview', request],
    queryFn: ({ signal }) => call('POST /sources/preview', { body: request as PreviewRequest, signal }),
    enabled: request !== null,
    staleTime: 60_000,
  });

export const sampleQuery = (request: SampleRequest) =>
  queryOptions({
    queryKey: [noun, 'sample', request],
    queryFn: ({ signal }) => call('POST /sources/sample', { body: request, signal }),
    staleTime: 60_000,
  });
