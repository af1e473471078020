/**
 * A job that waits for a person: what its audiences would become, every reason, what has changed in the source, and
 * the three ways to go on.
 */
import { Anchor, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { JobView } from '../../../src/contracts/jobs.ts';
import type { OpenApproval } from '../../../src/domain/jobs/approvals.ts';
import { Status } from '../../components/status.tsx';
import { By } from '../../components/when.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { SourceChanges } from './approval-source.tsx';
import '../../styles/approval.css';
import { ApprovalWays } from './approval-ways.tsx';
import { Judged, keyOf } from './judged.tsx';

interface ApprovalCardProps {
  readonly job: JobView;
  readonly approval: OpenApproval;
}

export function ApprovalCard({ job, approval }: ApprovalCardProps) {
  const { t, format } = useTranslation();
  const { audiences } = approval;
  return (
    <section className="card approval" aria-labelledby="approval">
      <div>
        <Status tone="care">{t('job.condition.needs_approval')}</Status>
        <Title order={2} id="approval" mt={4}>
          {t('approval.title')}
        </Title>
        <Text fz="sm" c="dimmed">
          {t('approval.lead')}{' '}
          <Anchor
            fz="inherit"
            underline="always"
            renderRoot={(props) => <Link to="/runs/$id" params={{ id: approval.run_id }} {...props} />}
          >
            {t('approval.run', { time: format.dateTime(approval.judged_at) })}
          </Anchor>
        </Text>
      </div>
      {audiences.map((audience) => (
        <Judged key={keyOf(audience)} audience={audience} isSeveral={audiences.length > 1} />
      ))}
      <SourceChanges job={job} approval={approval} />
      <Text fz="sm" c="dimmed">
        {t('approval.updated')} <By who={job.updated_by} at={job.updated_at} />
      </Text>
      <ApprovalWays job={job} approval={approval} />
    </section>
  );
}
