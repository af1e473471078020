/** LINE's estimated size as people read it. */
import type { useTranslation } from '../i18n/provider.tsx';

/** @param size a number as text, which is grouped; `100 or fewer`; or `-` when there is not enough */
export const lineSize = (
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
