/** Doing something with a job: sent, told in a word at the corner, and shown wherever the job is. */
import { useMutation } from '@tanstack/react-query';
import type { JobAction, JobView } from '../../../src/contracts/jobs.ts';
import { useChange } from '../../api/change.ts';
import { actOnJob } from '../../api/jobs.ts';
import { useToast } from '../../components/toast.ts';
import { useTranslation } from '../../i18n/provider.tsx';

export function useAct(job: JobView) {
  const { t } = useTranslation();
  const toast = useToast();
  const { mutateAsync: send } = useChange(actOnJob(job.id), {
    onSuccess: (_, action) => toast.done(t(`job.done.${action}`)),
  });
  return {
    send,
    act: useMutation({ mutationFn: (action: JobAction) => send(action), onError: toast.failed }),
  };
}
