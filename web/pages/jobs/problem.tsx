/** Why a job has failed or waits for another try, and what to do. */
import { Alert, Text } from '@mantine/core';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { WarningIcon } from '../../components/icons.tsx';
import { When } from '../../components/when.tsx';
import { useSpeech } from '../../i18n/provider.tsx';
import { useFailureWords } from '../../lib/failure-words.ts';

export function JobProblem({ job }: { job: JobView }) {
  const { t } = useSpeech();
  const failureWords = useFailureWords();
  if (!job.error) return null;
  const { title, detail, todo } = failureWords(job.error);
  const stopped = job.status === 'failed';
  return (
    <Alert
      role="alert"
      variant="default"
      icon={<WarningIcon />}
      title={title}
      styles={{
        icon: { color: stopped ? 'var(--lineup-bad)' : 'var(--lineup-care)' },
        message: { color: 'inherit' },
      }}
    >
      <Text fz="sm">{detail}</Text>
      {todo && (
        <Text fz="sm" mt={4}>
          {todo}
        </Text>
      )}
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
