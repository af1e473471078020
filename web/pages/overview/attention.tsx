/** The jobs that deserve attention most: why, and the one action that helps. */
import { Button, Text } from '@mantine/core';
import { Link, type LinkProps } from '@tanstack/react-router';
import type { Attention } from '../../../src/contracts/overview.ts';
import { useChange } from '../../api/change.ts';
import { actOnJob } from '../../api/jobs.ts';
import { JobStatusMark } from '../../components/job-status.tsx';
import { useToast } from '../../components/toast.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { useFailureText } from '../../lib/failure-text.ts';
import { useMe } from '../../lib/me.ts';
import { Concerns, useAudienceNames } from './concerns.tsx';

export function AttentionList({ attention }: { attention: readonly Attention[] }) {
  const { t } = useTranslation();
  if (attention.length === 0) {
    return (
      <Text className="card" p="lg" fz="sm" c="dimmed">
        {t('overview.attention.none')}
      </Text>
    );
  }
  return (
    <ul className="card plain-list attention">
      {attention.map((audience) => (
        <li key={audience.job_id}>
          <div>
            <Link to="/jobs/$id" params={{ id: audience.job_id }} className="row-link">
              {audience.job_name}
            </Link>
            <Text fz="sm" component="div" className="marks">
              <JobStatusMark job={audience} />
              <Concerns concerns={audience.concerns} />
            </Text>
            <Why audience={audience} />
          </div>
          <Action audience={audience} />
        </li>
      ))}
    </ul>
  );
}

/** What the status does not say. */
function Why({ audience }: { audience: Attention }) {
  const { t } = useTranslation();
  const failureText = useFailureText();
  const names = useAudienceNames();
  const { error, incomplete_at_line: part, concerns } = audience;
  const words = [
    ...names(audience),
    error && failureText(error).detail,
    part && concerns.includes('incomplete') && t('job.incomplete.held', { sent: part.sent, total: part.total }),
  ].filter(Boolean);
  if (words.length === 0) return null;
  return (
    <Text fz="xs" c="dimmed" lineClamp={2}>
      {words.join(' · ')}
    </Text>
  );
}

/** A button when it is done with it, otherwise a link to the page where it is done. */
function Action({ audience }: { audience: Attention }) {
  const { may } = useMe();
  const { action } = audience;
  if (action === 'continue' || action === 'run_now' || action === 'resume') {
    return may('jobs.act') && <Act id={audience.job_id} action={action} />;
  }
  if (action === 'approve') return may('jobs.act') && <Go {...pageOf(audience)} label="overview.action.approve" />;
  if (action === 'replace_key') {
    return may('authorizations.write') && <Go {...pageOf(audience)} label="overview.action.replace_key" />;
  }
  if (action === 'edit') return may('jobs.write') && <Go {...pageOf(audience)} label="action.edit" />;
  return <Go {...pageOf(audience)} label="overview.action.look" />;
}

function pageOf({ action, job_id, authorization_id }: Attention): LinkProps {
  if (action === 'edit') return { to: '/jobs/$id/edit', params: { id: job_id } };
  if (action !== 'replace_key') return { to: '/jobs/$id', params: { id: job_id } };
  // The message names the one of two that it is about.
  if (authorization_id === null) return { to: '/authorizations' };
  return { to: '/authorizations/$id', params: { id: authorization_id } };
}

type Label = 'overview.action.approve' | 'overview.action.replace_key' | 'overview.action.look' | 'action.edit';

function Go({ label, ...to }: LinkProps & { label: Label }) {
  const { t } = useTranslation();
  return (
    <Button size="xs" variant="default" renderRoot={(props) => <Link {...to} {...props} />}>
      {t(label)}
    </Button>
  );
}

function Act({ id, action }: { id: string; action: 'continue' | 'run_now' | 'resume' }) {
  const { t } = useTranslation();
  const toast = useToast();
  const act = useChange(actOnJob(id), {
    onSuccess: () => toast.done(t(`job.done.${action}`)),
    onError: toast.failed,
  });
  return (
    <Button size="xs" variant="default" loading={act.isPending} onClick={() => act.mutate(action)}>
      {t(`job.action.${action}`)}
    </Button>
  );
}
