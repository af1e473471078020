/**
 * What a chosen audience is called: the name of the uploaded file, or of the source's audience, for people who may see
 * it.
 */
import { useQuery } from '@tanstack/react-query';
import { uploadOfSegment } from '../../src/domain/files/file-names.ts';
import { sourceAudiencesQuery } from '../api/sources.ts';
import { uploadQuery } from '../api/uploads.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { useMe } from '../lib/me.ts';

/** @param source its authorization; null for files */
export function useSourceAudienceName(source: string | null, segmentId: string): string {
  const { t } = useTranslation();
  const { may } = useMe();
  const id = uploadOfSegment(segmentId);
  const isNamed = id !== undefined && may('uploads.read');
  const { data } = useQuery({ ...uploadQuery(id ?? ''), enabled: isNamed });
  const audiences = useQuery({
    ...sourceAudiencesQuery(source ?? undefined, ''),
    enabled: source !== null && may('sources.read'),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (id === undefined) return audiences.data?.items.find((audience) => audience.id === segmentId)?.name ?? segmentId;
  if (!data) return t('upload.file');
  return data.deleted_at === null ? data.name : t('upload.deleted', { name: data.name });
}
