/** Describes the size of an audience, and how the size is known. */
import { isUpperBound, readEstimate } from '../../src/domain/audiences/size.ts';
import type { useTranslation } from '../i18n/provider.tsx';

interface Size {
  readonly size: number | null;
  readonly basis: 'last_replace' | 'last_run' | 'upload_jobs' | 'estimate' | 'unknown';
  readonly at: string | null;
}

export function describeAudienceSize(
  { size, basis, at }: Size,
  { t, format }: Pick<ReturnType<typeof useTranslation>, 't' | 'format'>,
): string {
  if (size === null || basis === 'unknown') return t('holds.unknown');
  if (basis === 'last_run') return t('holds.last_run', { size });
  if (basis === 'last_replace') return t('holds.last_replace', { size, date: at ? format.date(at) : '' });
  if (basis === 'upload_jobs') return t('holds.upload_jobs', { size });
  return isUpperBound(size) ? t('holds.few', { size }) : t('holds.estimate', { size });
}

/** Formats LINE's estimate, as LINE writes it. A text that LINE does not document stays as it is. */
export function formatLineSize(
  text: string,
  { t, format }: Pick<ReturnType<typeof useTranslation>, 't' | 'format'>,
): string {
  const estimate = readEstimate(text);
  if (!estimate) return text === '-' ? '–' : text;
  return estimate.isExact ? format.number(estimate.size) : t('size.few');
}
