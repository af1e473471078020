/** Shown when LINE holds only a part of an audience: how much, since when, and how it becomes complete again. */
import { Alert, Button, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { runQuery } from '../../api/runs.ts';
import { WarningIcon } from '../../components/icons.tsx';
import { When } from '../../components/when.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';
import { useJobAction } from './actions.tsx';

export function IncompleteAudience({ job }: { job: JobView }) {
  const { t, format } = useTranslation();
  const { may } = useMe();
  const { act } = useJobAction(job);
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
      {ways.length > 0 && (
        <Group gap="xs" mt="sm">
          {ways.map((action, index) => (
            <Button
              key={action}
              size="sm"
              variant={index === 0 ? 'filled' : 'default'}
              loading={act.isPending && act.variables === action}
              disabled={act.isPending}
              onClick={() => act.mutate(action)}
            >
              {t(`job.action.${action}`)}
            </Button>
          ))}
        </Group>
      )}
    </Alert>
  );
}
