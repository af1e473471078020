/** Why a job has failed, waits or retries: what to do, and what happens by itself and when. */
import { Anchor, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { FailureNote } from '../../components/failure-note.tsx';
import { hasNextRun, NextRun } from '../../components/next-run.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';

export function JobProblem({ job }: { job: JobView }) {
  const { t } = useTranslation();
  const { may } = useMe();
  // What can be approved has a card of its own.
  if (!job.error || job.approval) return null;
  return (
    <FailureNote error={job.error} tone={job.condition === 'failed' ? 'bad' : 'care'}>
      {job.error.code === 'audience_not_found' && may('jobs.write') && (
        <Anchor fz="sm" renderRoot={(props) => <Link to="/jobs/$id/edit" params={{ id: job.id }} {...props} />}>
          {t('job.audienceGone.todo')}
        </Anchor>
      )}
      <Text fz="sm" c="dimmed" mt={4} component="div">
        <WhatNext job={job} />
      </Text>
    </FailureNote>
  );
}

/** For errors that no retry before the next slot corrects. */
const todos: Readonly<
  Record<
    string,
    'job.empty.todo' | 'job.few.todo' | 'job.many.todo' | 'job.list.todo' | 'warning.not_hashed_in_database.todo'
  >
> = {
  nothing_to_send: 'job.empty.todo',
  too_few_rows: 'job.few.todo',
  too_many_audiences: 'job.many.todo',
  suppression_list_empty: 'job.list.todo',
  suppression_list_shrinks: 'job.list.todo',
  suppression_list_unjudged: 'warning.not_hashed_in_database.todo',
};

function WhatNext({ job }: { job: JobView }) {
  const { t } = useTranslation();
  const at = hasNextRun(job) && <NextRun job={job} />;
  const again = (key: 'job.waiting.slot' | 'job.guard.again') => (
    <>
      {job.runs_when ? `${t('jobs.nextRun')}${t('list.colon')}` : t(key)} {at}
    </>
  );
  const todo = todos[job.error?.code ?? ''];
  switch (job.condition) {
    case 'retrying':
      return todo ? (
        <>
          <div>{t(todo)}</div>
          {at && again('job.guard.again')}
        </>
      ) : (
        <>
          <div>
            {t('job.retry', { count: job.error_count })} {at}
          </div>
          {t('job.retry.todo')}
        </>
      );
    case 'waiting':
      if (job.waits_for === null) {
        return again('job.waiting.slot');
      }
      return (
        <>
          <div>{t('job.waiting.todo')}</div>
          {at && (
            <div>
              {t('job.waiting.next')} {at}
            </div>
          )}
          <RefusedAuthorization job={job} />
        </>
      );
    case 'needs_approval':
      return (
        <>
          <div>{t('job.guard.anew')}</div>
          {at && again('job.guard.again')}
        </>
      );
    case 'failed':
      return t(todo ?? 'job.failed.todo');
    default:
      return null;
  }
}

/** A link to the credentials that LINE or the source does not accept. */
function RefusedAuthorization({ job }: { job: JobView }) {
  const { t } = useTranslation();
  const id = job.error?.code === 'source_unauthorized' ? job.source_authorization_id : job.authorization_id;
  if (job.waits_for !== 'key' || id === null) return null;
  // The message names the one of the two that it is about.
  const isNamed =
    (job.error?.code === 'credentials_lost' || job.error?.code === 'secret_unavailable') &&
    job.source_authorization_id !== null;
  return (
    <Anchor
      fz="inherit"
      underline="always"
      renderRoot={(props) =>
        isNamed ? (
          <Link to="/authorizations" {...props} />
        ) : (
          <Link to="/authorizations/$id" params={{ id }} {...props} />
        )
      }
    >
      {t(isNamed ? 'nav.authorizations' : 'job.waiting.authorization')}
    </Anchor>
  );
}
