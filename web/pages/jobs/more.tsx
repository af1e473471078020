/** The menu of a job: edit, duplicate, move, restart, terminate, delete. */
import { ActionIcon, Button } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { isActive } from '../../../src/domain/runs/run-state.ts';
import { useChange } from '../../api/change.ts';
import { deleteJob } from '../../api/jobs.ts';
import { useSuccessorsOfJob } from '../../api/providers.ts';
import { Confirm } from '../../components/confirm.tsx';
import { MoreIcon } from '../../components/icons.tsx';
import { LaterMenu } from '../../components/later-menu.tsx';
import type { MenuItem } from '../../components/menu.tsx';
import { useToast } from '../../components/toast.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { later, useLater } from '../../lib/later.ts';
import { useMe } from '../../lib/me.ts';
import { useProviderText } from '../../lib/provider-text.ts';
import { useStillHere } from '../../lib/still-here.ts';
import { useJobAction } from './actions.tsx';

const tags = later(() => import('./edit-tags.tsx'));

export function JobMenu({ job }: { job: JobView }) {
  const { t, translate } = useTranslation();
  const { may } = useMe();
  const toast = useToast();
  const navigate = useNavigate();
  const isStillHere = useStillHere();
  const { send, act } = useJobAction(job);
  const [asking, setAsking] = useState<'terminate' | 'delete' | 'tags' | null>(null);
  const successors = useSuccessorsOfJob(job.type);
  const say = useProviderText();
  const close = () => setAsking(null);
  const dialog = useLater(tags, asking === 'tags');
  const deletion = useChange(deleteJob, {
    onSuccess: async () => {
      toast.done(t('job.done.delete', { name: job.name }));
      if (isStillHere()) await navigate({ to: '/jobs' });
    },
  });
  if (!may('jobs.write')) return null;
  const isEnded = job.status === 'killed';
  const isRunning = job.last_run !== null && isActive(job.last_run);
  const mayAct = (action: 'restart' | 'terminate') => may('jobs.act') && job.actions.includes(action);
  const items: readonly (MenuItem | false)[] = [
    !isEnded && { key: 'tags', label: t('job.tags.edit'), onClick: () => setAsking('tags') },
    {
      key: 'duplicate',
      label: t('action.duplicate'),
      to: { to: '/jobs/new', search: { copy: job.id } },
    },
    ...(job.part_of || job.configuration.split ? [] : successors).map((successor) => ({
      key: `move-${successor.id}`,
      label: t('job.move', { to: say(successor.label) }),
      to: { to: '/jobs/new', search: { move: job.id } } as const,
    })),
    mayAct('restart') && {
      key: 'restart',
      label: t('job.action.restart'),
      onClick: () => act.mutate('restart'),
    },
    mayAct('terminate') && {
      key: 'terminate',
      label: t('job.action.terminate'),
      onClick: () => setAsking('terminate'),
    },
    {
      key: 'delete',
      label: t('action.delete'),
      isDangerous: true,
      refusal: isRunning ? t('job.delete.running') : job.awaited_by && translate(job.awaited_by),
      onClick: () => setAsking('delete'),
    },
  ];
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
      <LaterMenu
        position="bottom-end"
        width={200}
        items={items.filter((item) => item !== false)}
        button={(props) => (
          <ActionIcon variant="default" size={36} aria-label={t('job.more')} {...props}>
            <MoreIcon />
          </ActionIcon>
        )}
      />
      <Confirm
        opened={asking === 'terminate'}
        onClose={close}
        title={t('job.action.terminate')}
        action={t('job.action.terminate')}
        onConfirm={() => send('terminate')}
      >
        {t('job.terminate.detail')}
        {job.awaited_by &&
          ` ${t('job.terminate.awaited', { names: job.awaited_by.jobs.map(({ name }) => name).join(t('list.comma')), count: job.awaited_by.count })}`}
      </Confirm>
      <Confirm
        opened={asking === 'delete'}
        onClose={close}
        title={t('action.delete.title', { name: job.name })}
        action={t('action.delete')}
        onConfirm={() => deletion.mutateAsync(job.id)}
      >
        {t('job.delete.detail')}
      </Confirm>
      {dialog && <dialog.EditTags job={job} onClose={close} />}
    </>
  );
}
