/** The next times of a schedule, in its time zone. */
import { Text } from '@mantine/core';
import { Fragment, memo } from 'react';
import { useTranslation } from '../../i18n/provider.tsx';

interface NextRunsProps {
  readonly times: readonly string[];
  readonly timeZone: string;
}

/** Formats for a zone are slow to make, so it renders only when a time changes. */
export const NextRuns = memo(function NextRuns({ times, timeZone }: NextRunsProps) {
  const { t, format } = useTranslation();
  return (
    <Text fz="sm" c="dimmed" aria-live="polite">
      {t('form.nextRuns')}{' '}
      {times.map((at, index) => (
        <Fragment key={at}>
          {index > 0 && ' '}
          <span style={{ whiteSpace: 'nowrap' }}>
            {format.inZone(at, timeZone)}
            {index < times.length - 1 && ' ·'}
          </span>
        </Fragment>
      ))}
    </Text>
  );
});
