/** Doing something with a job: sent, told in a word at the corner, and shown wherever the job is. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { JobAction, JobView } from '../../../src/contracts/jobs.ts';
import { post } from '../../api/client.ts';
import { useSay } from '../../components/say.ts';
import { useTranslation } from '../../i18n/provider.tsx';

export function useAct(job: JobView) {
  const { t } = useTranslation();
  const say = useSay();
  const queries = useQueryClient();
  const send = async (action: JobAction) => {
    const changed = await post<JobView>(`/jobs/${job.id}/actions/${action}`);
    queries.setQueryData(['jobs', job.id], changed);
    say.done(t(`job.done.${action}`));
    await queries.invalidateQueries({ queryKey: ['jobs'] });
    await queries.invalidateQueries({ queryKey: ['runs'] });
  };
  return { send, act: useMutation({ mutationFn: send, onError: say.failed }) };
}
