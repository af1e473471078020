/**
 * Shown when LINE holds only a part of an audience: how much, since when, and how it becomes complete again. The
 * buttons for it are with the other actions of the job.
 */
import { Alert, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { runQuery } from '../../api/runs.ts';
import { WarningIcon } from '../../components/icons.tsx';
import { When } from '../../components/when.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';

export function IncompleteAudience({ job }: { job: JobView }) {
  const { t, format } = useTranslation();
  const { may } = useMe();
  const incomplete = job.incomplete_at_line;
  const { data: run } = useQuery({
    ...runQuery(incomplete?.run_id ?? ''),
    enabled: incomplete !== null && may('runs.read'),
  });
  if (!incomplete) return null;
  const ways = (['continue', 'run_now'] as const).filter(
    (action) => may('jobs.act') && (job.actions as readonly string[]).includes(action),
  );
  return (
    <Alert
      role="region"
      aria-label={t('job.incomplete')}
      variant="default"
      icon={<WarningIcon />}
      title={t('job.incomplete')}
      styles={{ icon: { color: 'var(--lineup-bad)' }, message: { color: 'inherit' } }}
    >
      <Text fz="sm" fw={550}>
        {t('job.incomplete.held', { sent: incomplete.sent, total: incomplete.total })}
      </Text>
      {run?.ended_at && (
        <Text fz="sm">
          {t('alerts.since', { time: format.dateTime(run.ended_at) })} (<When at={run.ended_at} />)
        </Text>
      )}
      {job.condition === 'running' && (
        <Text fz="sm" mt={4}>
          {t('job.incomplete.running')}
        </Text>
      )}
      {ways.map((action) => (
        <Text key={action} fz="sm" mt={4}>
          {t(`job.incomplete.${action}`)}
        </Text>
      ))}
    </Alert>
  );
}
