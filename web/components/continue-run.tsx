/** Sends the rest of a run that was stopped, on the page of the run. The page of its job has the same button. */
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { RunDetail } from '../../src/contracts/run-progress.ts';
import { useChange } from '../api/change.ts';
import { actOnJob, jobQuery } from '../api/jobs.ts';
import { hasEnded } from '../api/runs.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { useMe } from '../lib/me.ts';
import { useToast } from './toast.ts';

export function ContinueRun({ run }: { run: RunDetail }) {
  const { t } = useTranslation();
  const { may } = useMe();
  const toast = useToast();
  const { id, job_id: jobId } = run;
  const mayBe = jobId !== null && hasEnded(run) && run.status !== 'succeeded' && may('jobs.act');
  const { data: job } = useQuery({ ...jobQuery(jobId ?? ''), enabled: mayBe });
  const act = useChange(actOnJob(jobId ?? ''), {
    onSuccess: () => toast.done(t('job.done.continue')),
    onError: toast.failed,
  });
  // Another run of the job may have left the part since.
  const isPossible = mayBe && job?.incomplete_at_line?.run_id === id && job.actions.includes('continue');
  if (!isPossible) return null;
  return (
    <Button loading={act.isPending} onClick={() => act.mutate('continue')}>
      {t('job.action.continue')}
    </Button>
  );
}
