/** What can be done with a job now; what would be refused is not shown. */
import { ActionIcon, Button, Menu } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { JobAction, JobView } from '../../../src/contracts/jobs.ts';
import { post, remove } from '../../api/client.ts';
import { Confirm } from '../../components/confirm.tsx';
import { MoreIcon } from '../../components/icons.tsx';
import { useSay } from '../../components/say.ts';
import { useMe } from '../../components/signed-in.tsx';
import { useSpeech } from '../../i18n/provider.tsx';
import { DuplicateJob } from './duplicate.tsx';

/** Those that stand beside the name, where they are possible; at most the first two are shown so. */
const foremost: readonly JobAction[] = ['run_anyway', 'run_now', 'stop_run', 'resume', 'pause'];
/** Those that are asked about first. */
const grave: readonly JobAction[] = ['run_anyway', 'terminate'];

export function JobActions({ job }: { job: JobView }) {
  const { t } = useSpeech();
  const { may } = useMe();
  const say = useSay();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [asking, setAsking] = useState<JobAction | 'delete' | 'duplicate' | null>(null);
  const send = async (action: JobAction) => {
    const changed = await post<JobView>(`/jobs/${job.id}/actions/${action}`);
    queries.setQueryData(['jobs', job.id], changed);
    await queries.invalidateQueries({ queryKey: ['jobs'] });
    await queries.invalidateQueries({ queryKey: ['runs'] });
  };
  const act = useMutation({
    mutationFn: send,
    onError: say.failed,
  });
  const possible = may('jobs.act') ? job.actions : [];
  const shown = foremost.filter((action) => possible.includes(action)).slice(0, 2);
  const rest = possible.filter((action) => !shown.includes(action));
  const begin = (action: JobAction) => (grave.includes(action) ? setAsking(action) : act.mutate(action));
  const close = () => setAsking(null);
  if (!may('jobs.act') && !may('jobs.write')) return null;

  return (
    <>
      {shown.map((action, index) => (
        <Button
          key={action}
          variant={index === 0 ? 'filled' : 'default'}
          loading={act.isPending && act.variables === action}
          onClick={() => begin(action)}
        >
          {t(`job.action.${action}`)}
        </Button>
      ))}
      <Menu position="bottom-end" width={200}>
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label={t('job.more')}>
            <MoreIcon />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {rest.map((action) => (
            <Menu.Item key={action} onClick={() => begin(action)}>
              {t(`job.action.${action}`)}
            </Menu.Item>
          ))}
          {may('jobs.write') && (
            <>
              {rest.length > 0 && <Menu.Divider />}
              {job.status !== 'killed' && (
                <Menu.Item
                  renderRoot={(props) => <Link to="/jobs/$id/edit" params={{ id: job.id }} {...props} />}
                >
                  {t('action.edit')}
                </Menu.Item>
              )}
              <Menu.Item onClick={() => setAsking('duplicate')}>{t('action.duplicate')}</Menu.Item>
              <Menu.Item c="var(--mantine-color-error)" onClick={() => setAsking('delete')}>
                {t('action.delete')}
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <Confirm
        opened={asking === 'run_anyway'}
        onClose={close}
        title={t('job.action.run_anyway')}
        action={t('job.action.run_anyway')}
        onConfirm={() => send('run_anyway')}
      >
        {t('job.run_anyway.detail')}
      </Confirm>
      <Confirm
        opened={asking === 'terminate'}
        onClose={close}
        title={t('job.action.terminate')}
        action={t('job.action.terminate')}
        onConfirm={() => send('terminate')}
      >
        {t('job.terminate.detail')}
      </Confirm>
      <Confirm
        opened={asking === 'delete'}
        onClose={close}
        title={t('job.delete.title', { name: job.name })}
        action={t('action.delete')}
        onConfirm={async () => {
          await remove(`/jobs/${job.id}`);
          await navigate({ to: '/' });
          queries.removeQueries({ queryKey: ['jobs', job.id] });
          await queries.invalidateQueries({ queryKey: ['jobs'] });
        }}
      >
        {t('job.delete.detail')}
      </Confirm>
      {asking === 'duplicate' && <DuplicateJob job={job} onClose={close} />}
    </>
  );
}
