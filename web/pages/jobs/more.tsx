/** The menu of a job: edit, duplicate, restart, terminate, delete. */
import { ActionIcon, Button, Menu } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { useChange } from '../../api/change.ts';
import { deleteJob } from '../../api/jobs.ts';
import { Confirm } from '../../components/confirm.tsx';
import { MoreIcon } from '../../components/icons.tsx';
import { useToast } from '../../components/toast.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { afterFirstLoad, later, preload, useLater } from '../../lib/later.ts';
import { useMe } from '../../lib/me.ts';
import { useStillHere } from '../../lib/still-here.ts';
import { useJobAction } from './actions.tsx';

const tags = later(() => import('./edit-tags.tsx'));

export function JobMenu({ job }: { job: JobView }) {
  const { t } = useTranslation();
  const { may } = useMe();
  const toast = useToast();
  const navigate = useNavigate();
  const isStillHere = useStillHere();
  const { send, act } = useJobAction(job);
  const [asking, setAsking] = useState<'terminate' | 'delete' | 'tags' | null>(null);
  const close = () => setAsking(null);
  const dialog = useLater(tags, asking === 'tags');
  useEffect(() => afterFirstLoad(() => preload(tags)), []);
  const deletion = useChange(deleteJob, {
    onSuccess: async () => {
      toast.done(t('job.done.delete', { name: job.name }));
      if (isStillHere()) await navigate({ to: '/' });
    },
  });
  if (!may('jobs.write')) return null;
  const isEnded = job.status === 'killed';
  const mayAct = (action: 'restart' | 'terminate') => may('jobs.act') && job.actions.includes(action);
  return (
    <>
      {!isEnded && (
        <Button
          variant="default"
          renderRoot={(props) => <Link to="/jobs/$id/edit" params={{ id: job.id }} {...props} />}
        >
          {t('action.edit')}
        </Button>
      )}
      <Menu position="bottom-end" width={200}>
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label={t('job.more')}>
            <MoreIcon />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {!isEnded && <Menu.Item onClick={() => setAsking('tags')}>{t('job.tags.edit')}</Menu.Item>}
          <Menu.Item renderRoot={(props) => <Link to="/jobs/new" search={{ copy: job.id }} {...props} />}>
            {t('action.duplicate')}
          </Menu.Item>
          {mayAct('restart') && (
            <Menu.Item onClick={() => act.mutate('restart')}>{t('job.action.restart')}</Menu.Item>
          )}
          {mayAct('terminate') && (
            <Menu.Item onClick={() => setAsking('terminate')}>{t('job.action.terminate')}</Menu.Item>
          )}
          <Menu.Item c="var(--mantine-color-error)" onClick={() => setAsking('delete')}>
            {t('action.delete')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
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
        onConfirm={() => deletion.mutateAsync(job.id)}
      >
        {t('job.delete.detail')}
      </Confirm>
      {dialog && <dialog.EditTags job={job} onClose={close} />}
    </>
  );
}
