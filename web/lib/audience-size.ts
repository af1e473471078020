/** Describes the size of an audience, and how the size is known. */
import { SMALLEST_SIZE } from '../../src/domain/values/line-limits.ts';
import type { useTranslation } from '../i18n/provider.tsx';

interface Size {
  readonly size: number | null;
  readonly basis: 'last_replace' | 'upload_jobs' | 'estimate' | 'unknown';
  readonly at: string | null;
}

export function describeAudienceSize(
  { size, basis, at }: Size,
  { t, format }: Pick<ReturnType<typeof useTranslation>, 't' | 'format'>,
): string {
  if (size === null || basis === 'unknown') return t('holds.unknown');
  if (basis === 'last_replace') return t('holds.last_replace', { size, date: at ? format.date(at) : '' });
  if (basis === 'upload_jobs') return t('holds.upload_jobs', { size });
  return size > SMALLEST_SIZE ? t('holds.estimate', { size }) : t('holds.few', { size });
}

/** Formats LINE's estimate. @param size a number as text; `100 or fewer`; or `-` when LINE has too little data */
export const formatLineSize = (
  size: string,
  { t, format }: Pick<ReturnType<typeof useTranslation>, 't' | 'format'>,
): string =>
  /^\d+$/.test(size)
    ? format.number(Number(size))
    : size === '100 or fewer'
      ? t('size.few')
      : size === '-'
        ? '–'
        : size;
