/** The three ways to go on with a job that waits for a person. Sending comes last, and says how many. */
import { Button, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { type OpenApproval, seenOf } from '../../../src/domain/jobs/approvals.ts';
import { approveRun } from '../../api/approvals.ts';
import { useChange } from '../../api/change.ts';
import { Confirm } from '../../components/confirm.tsx';
import { useToast } from '../../components/toast.ts';
import { When } from '../../components/when.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';
import { useSourceAudienceName } from '../../sources/source-audience-name.ts';
import { useJobAction } from './actions.tsx';
import { Judged, keyOf } from './judged.tsx';

interface ApprovalWaysProps {
  readonly job: JobView;
  readonly approval: OpenApproval;
}

export function ApprovalWays({ job, approval }: ApprovalWaysProps) {
  const { t } = useTranslation();
  return (
    <ol className="ways" aria-label={t('approval.ways')}>
      <Look job={job} />
      <Wait job={job} />
      <Send job={job} approval={approval} />
    </ol>
  );
}

interface WayProps {
  readonly title: string;
  readonly children: ReactNode;
  readonly action?: ReactNode;
}

const Way = ({ title, children, action }: WayProps) => (
  <li>
    <div>
      <Title order={3}>{title}</Title>
      <Text fz="sm" component="div">
        {children}
      </Text>
    </div>
    {action}
  </li>
);

function Look({ job }: { job: JobView }) {
  const { t } = useTranslation();
  const { may } = useMe();
  const { configuration, source_authorization_id, source_label } = job;
  const audience = useSourceAudienceName(source_authorization_id, configuration.segment_id);
  const fields = [configuration.id_field, ...configuration.siblings.map(({ id_field }) => id_field)];
  return (
    <Way
      title={t('approval.look')}
      action={
        may('jobs.write') && (
          <Button
            variant="default"
            renderRoot={(props) => <Link to="/jobs/$id/edit" params={{ id: job.id }} {...props} />}
          >
            {t('approval.look.preview')}
          </Button>
        )
      }
    >
      {source_label ?? t('form.source.files')} · <span className="long-word">{audience}</span> ·{' '}
      {fields.join(t('list.comma'))}
      <Text fz="sm" c="dimmed">
        {t('approval.look.how')}
      </Text>
    </Way>
  );
}

function Wait({ job }: { job: JobView }) {
  const { t, translate, format } = useTranslation();
  const { may } = useMe();
  const { act } = useJobAction(job);
  const { next_run_at: at } = job;
  return (
    <Way
      title={t('approval.wait')}
      action={
        may('jobs.act') &&
        job.actions.includes('run_now') && (
          <Button variant="default" loading={act.isPending} onClick={() => act.mutate('run_now')}>
            {t('approval.wait.now')}
          </Button>
        )
      }
    >
      {at ? (
        <>
          {t('approval.wait.next', { time: format.dateTime(at) })} (<When at={at} />)
        </>
      ) : job.runs_when ? (
        translate(job.runs_when)
      ) : (
        t(job.configuration.trigger ? 'approval.wait.trigger' : 'approval.wait.noSchedule')
      )}
      <Text fz="sm" c="dimmed">
        {t('approval.wait.then')}
      </Text>
    </Way>
  );
}

function Send({ job, approval }: ApprovalWaysProps) {
  const { t, translate } = useTranslation();
  const { may } = useMe();
  const toast = useToast();
  /** The job as the person sees it, whatever becomes of it meanwhile. */
  const [asking, setAsking] = useState<ApprovalWaysProps | null>(null);
  const approve = useChange(approveRun(job.id), { onSuccess: () => toast.done(t('job.done.run_anyway')) });
  const label = useSendLabel();
  return (
    <Way
      title={t('approval.send.title')}
      action={
        may('jobs.act') && (
          <Button variant="default" onClick={({ detail }) => detail < 2 && setAsking({ job, approval })}>
            {label(approval)}
          </Button>
        )
      }
    >
      {may('jobs.act') ? t('approval.send.how') : t('approval.send.others')}
      {asking && (
        <Confirm
          opened
          onClose={() => setAsking(null)}
          title={label(asking.approval)}
          action={label(asking.approval)}
          onConfirm={() => approve.mutateAsync(seenOf(asking.approval, asking.job.revision))}
        >
          <Stack gap="md">
            {asking.approval.audiences.map((audience) => (
              <Judged key={keyOf(audience)} audience={audience} isSeveral={asking.approval.audiences.length > 1} />
            ))}
            <div>{translate(asking.approval)}</div>
          </Stack>
        </Confirm>
      )}
    </Way>
  );
}

/** "Send these 900 members": nobody approves what the button does not say. */
function useSendLabel(): (approval: OpenApproval) => string {
  const { t } = useTranslation();
  return ({ audiences }) => {
    const count = audiences.reduce((sum, { after }) => sum + after, 0);
    return audiences.length === 1
      ? t('approval.send', { count })
      : t('approval.send.several', { count, audiences: audiences.length });
  };
}
