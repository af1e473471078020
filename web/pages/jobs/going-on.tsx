/** The run of a job that is in progress. */
import { Anchor, Group, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { RunProgressLine } from '../../components/run-progress.tsx';
import { useTranslation } from '../../i18n/provider.tsx';

export function GoingOn({ job }: { job: JobView }) {
  const { t } = useTranslation();
  const { last_run: run, progress } = job;
  if (job.condition !== 'running' || !run) return null;
  return (
    <section className="card going-on" aria-label={t('job.goingOn')}>
      <Group justify="space-between" gap="2px 16px">
        <Text fz="sm" fw={600}>
          {t('job.goingOn')}
        </Text>
        <Anchor fz="sm" renderRoot={(props) => <Link to="/runs/$id" params={{ id: run.id }} {...props} />}>
          {t('job.goingOn.open')}
        </Anchor>
      </Group>
      <RunProgressLine run={run} progress={progress} name={job.name} />
      {run.unique !== null && (
        <Text fz="sm" className="digits">
          {t('run.sent', { sent: run.uploaded ?? 0, total: run.unique })}
        </Text>
      )}
    </section>
  );
}
