/** Why a job has failed, waits or tries again: what to do, and what happens by itself, when. */
import { Alert, Anchor, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { WarningIcon } from '../../components/icons.tsx';
import { useMe } from '../../components/signed-in.tsx';
import { When } from '../../components/when.tsx';
import { useSpeech } from '../../i18n/provider.tsx';
import { useFailureWords } from '../../lib/failure-words.ts';

export function JobProblem({ job }: { job: JobView }) {
  const { t } = useSpeech();
  const { may } = useMe();
  const failureWords = useFailureWords();
  if (!job.error) return null;
  const { title, detail, todo } = failureWords(job.error);
  const stopped = job.condition === 'failed' || job.condition === 'needs_approval';
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
      {job.error.code === 'audience_not_found' && may('jobs.write') && (
        <Anchor
          fz="sm"
          renderRoot={(props) => <Link to="/jobs/$id/edit" params={{ id: job.id }} {...props} />}
        >
          {t('job.audienceGone.todo')}
        </Anchor>
      )}
      <Text fz="sm" c="dimmed" mt={4} component="div">
        <WhatNext job={job} />
      </Text>
    </Alert>
  );
}

function WhatNext({ job }: { job: JobView }) {
  const { t, format } = useSpeech();
  const at = job.next_run_at && (
    <>
      {format.dateTime(job.next_run_at)} (<When at={job.next_run_at} />)
    </>
  );
  switch (job.condition) {
    case 'retrying':
      return (
        <>
          {t('job.retry', { count: job.error_count })} {at}. {t('job.retry.todo')}
        </>
      );
    case 'waiting':
      return (
        <>
          {t('job.waiting.todo')}{' '}
          {at && (
            <>
              {t('job.waiting.next')} {at}.{' '}
            </>
          )}
          {job.error?.code === 'line_unauthorized' && (
            <Anchor
              fz="inherit"
              underline="always"
              renderRoot={(props) => (
                <Link to="/authorizations/$id" params={{ id: job.authorization_id }} {...props} />
              )}
            >
              {t('job.waiting.authorization')}
            </Anchor>
          )}
        </>
      );
    case 'needs_approval':
      return (
        <>
          {t(job.actions.includes('run_anyway') ? 'job.guard.todo' : 'job.empty.todo')} {t('job.guard.next')}
        </>
      );
    case 'failed':
      return t('job.failed.todo');
    default:
      return null;
  }
}
