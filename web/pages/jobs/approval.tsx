/**
 * The dialog in which a person approves what the last run was stopped with: each size, each reason, and what will
 * happen.
 */
import { List, Stack, Text } from '@mantine/core';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { changeOf, seenOf } from '../../../src/domain/jobs/approvals.ts';
import type { JudgedAudience } from '../../../src/domain/runs/run.ts';
import { approveRun } from '../../api/approvals.ts';
import { useChange } from '../../api/change.ts';
import { Confirm } from '../../components/confirm.tsx';
import { useToast } from '../../components/toast.ts';
import { useTranslation } from '../../i18n/provider.tsx';

interface ApprovalDialogProps {
  /** As the person sees it. */
  readonly job: JobView;
  readonly onClose: () => void;
}

export function ApprovalDialog({ job, onClose }: ApprovalDialogProps) {
  const { t, translate } = useTranslation();
  const toast = useToast();
  const approve = useChange(approveRun(job.id), { onSuccess: () => toast.done(t('job.done.run_anyway')) });
  const { approval, revision } = job;
  if (!approval) return null;
  return (
    <Confirm
      opened
      onClose={onClose}
      title={t('job.action.run_anyway')}
      action={t('job.action.run_anyway')}
      onConfirm={() => approve.mutateAsync(seenOf(approval, revision))}
    >
      <Stack gap="md">
        {approval.audiences.map((audience) => (
          <Judged key={audience.delivery} audience={audience} />
        ))}
        <div>{translate(approval)}</div>
      </Stack>
    </Confirm>
  );
}

/** An audience before and after, with the reasons why it was stopped. */
function Judged({ audience }: { audience: JudgedAudience }) {
  const { translate, format } = useTranslation();
  const { audienceName, audienceId, before, after, reasons } = audience;
  const change = changeOf(audience);
  // A new audience holds nobody.
  const now = before === null ? 0 : before.size;
  return (
    <section aria-label={audienceName ?? audienceId ?? undefined}>
      <Text fz="sm" c="dimmed">
        {audienceName ?? audienceId}
      </Text>
      <Text fz="xl" fw={660} className="numbers" ta="left">
        {now === null ? '?' : format.number(now)} → {format.number(after)}
        {change !== undefined && (
          <Text span fz="md">
            {' '}
            ({format.change(change)})
          </Text>
        )}
      </Text>
      {reasons.length > 0 && (
        <List fz="sm" mt={4} withPadding={false}>
          {reasons.map((reason) => (
            <List.Item key={reason.code}>{translate(reason)}</List.Item>
          ))}
        </List>
      )}
    </section>
  );
}
