/** Why a job has failed or waits for another try, and what to do. */
import { Alert, Text } from '@mantine/core';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { WarningIcon } from '../../components/icons.tsx';
import { When } from '../../components/when.tsx';
import { useSpeech } from '../../i18n/provider.tsx';

export function JobProblem({ job }: { job: JobView }) {
  const { t, tIfKnown } = useSpeech();
  if (!job.error) return null;
  const stopped = job.status === 'failed';
  return (
    <Alert
      role="alert"
      variant="default"
      icon={<WarningIcon />}
      title={tIfKnown(`error.${job.error.code}`, t('error.other'))}
      styles={{
        icon: { color: stopped ? 'var(--lineup-bad)' : 'var(--lineup-care)' },
        message: { color: 'inherit' },
      }}
    >
      <Text fz="sm">
        {job.error.message}
        {job.error.reason && !job.error.message.includes(job.error.reason) && ` (${job.error.reason})`}
      </Text>
      <Text fz="sm" c="dimmed" mt={4}>
        {job.actions.includes('run_anyway') && t('job.guard.todo')}
        {!job.actions.includes('run_anyway') && stopped && t('job.failed.todo')}
        {!stopped && job.next_run_at && (
          <>
            {t('job.retry', { count: job.error_count })} <When at={job.next_run_at} />
          </>
        )}
      </Text>
    </Alert>
  );
}
