/** The looks at the source of a job that waits for its data: what the last one has found, and when the next comes. */
import { Text } from '@mantine/core';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { useTranslation } from '../../i18n/provider.tsx';

export function Looks({ job: { trigger } }: { job: JobView }) {
  const { t, format } = useTranslation();
  const { looked_at: lookedAt, found, fired_at: firedAt, next_look_at: nextAt } = trigger ?? {};
  const parts = [
    lookedAt ? t('job.trigger.looked', { time: format.dateTime(lookedAt) }) : t('job.trigger.not_looked'),
    found === 'same' && t('job.trigger.same'),
    found === 'nothing' && t('job.trigger.nothing'),
    firedAt && t('job.trigger.came', { time: format.dateTime(firedAt) }),
    nextAt && t('job.trigger.next', { time: format.dateTime(nextAt) }),
  ];
  return (
    <Text c="dimmed" fz="sm">
      {parts.filter(Boolean).join(' ')}
    </Text>
  );
}
