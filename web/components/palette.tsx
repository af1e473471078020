/** The command palette: any page, job, saved view or action by a few letters of its name. */
import { Combobox, TextInput, useCombobox } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useLocation, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { PlainAction } from '../../src/contracts/jobs.ts';
import { useChange } from '../api/change.ts';
import { actOnJob, jobNamesQuery, jobQuery, jobRowsQuery } from '../api/jobs.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { grouped } from '../lib/grouped.ts';
import { useMe } from '../lib/me.ts';
import { type Command, foundCommands } from '../lib/palette-commands.ts';
import { useSavedViews } from '../lib/use-saved-views.ts';
import { Dialog } from './dialog.tsx';
import { administration, work } from './navigation.ts';
import { useToast } from './toast.ts';

interface PaletteProps {
  readonly onClose: () => void;
  readonly onHelp: () => void;
}

export function Palette({ onClose, onHelp }: PaletteProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const all = useCommands(typed, onHelp);
  const found = foundCommands(all, typed);
  const list = useCombobox({ opened: true });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the first of the new ones
  useEffect(() => void list.selectFirstOption(), [typed, found.length]);
  const run = (key: string) => {
    const command = all.find((offered) => offered.key === key);
    onClose();
    command?.run();
  };
  return (
    <Dialog title={t('palette')} onClose={onClose}>
      <Combobox store={list} onOptionSubmit={run}>
        <Combobox.EventsTarget withExpandedAttribute>
          <TextInput
            data-autofocus
            role="combobox"
            aria-autocomplete="list"
            aria-label={t('palette.search')}
            placeholder={t('palette.search')}
            maxLength={100}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        </Combobox.EventsTarget>
        <Combobox.Options aria-label={t('palette')} className="palette-options" mt="xs">
          {found.length === 0 && <Combobox.Empty>{t('palette.none')}</Combobox.Empty>}
          {[...grouped(found, ({ group }) => group)].map(([group, commands]) => (
            <Combobox.Group key={group} label={t(`palette.group.${group}`)}>
              {commands.map(({ key, label, detail }) => (
                <Combobox.Option key={key} value={key}>
                  {label}
                  {detail && <span className="dimmed"> {detail}</span>}
                </Combobox.Option>
              ))}
            </Combobox.Group>
          ))}
        </Combobox.Options>
      </Combobox>
    </Dialog>
  );
}

/** The actions that need no look at more than the job's name. */
const ofJob: readonly PlainAction[] = ['continue', 'run_now', 'resume', 'pause'];

/** What the person may do, here and anywhere. */
function useCommands(typed: string, onHelp: () => void): readonly Command[] {
  const { t } = useTranslation();
  const { may } = useMe();
  const navigate = useNavigate();
  const { views } = useSavedViews();
  const maySee = may('jobs.read');
  const rows = useQuery({ ...jobRowsQuery, enabled: maySee });
  const isLarge = rows.data?.next != null;
  const names = useQuery({ ...jobNamesQuery(typed.trim()), enabled: isLarge && typed.trim() !== '' });
  const jobs = isLarge ? names.data : rows.data?.items;
  const newOnes = [
    may('jobs.write') && { key: 'new job', label: t('export.new'), run: () => void navigate({ to: '/jobs/new' }) },
    may('authorizations.write') && {
      key: 'new authorization',
      label: t('authorization.new'),
      run: () => void navigate({ to: '/authorizations/new' }),
    },
    { key: 'help', label: t('shortcuts'), run: onHelp },
  ].filter((command) => command !== false);
  return [
    ...useJobCommands(),
    ...newOnes.map((command) => ({ ...command, group: 'actions' as const })),
    ...[...work, ...administration]
      .filter(({ needs }) => may(needs))
      .map(({ to, label }) => ({
        key: to,
        group: 'pages' as const,
        label: t(label),
        run: () => void navigate({ to }),
      })),
    ...views.map(({ name, search }) => ({
      key: `view ${name}`,
      group: 'views' as const,
      label: name,
      run: () => void navigate({ to: '/jobs', search }),
    })),
    ...(jobs ?? []).map(({ id, name, tags }) => ({
      key: id,
      group: 'jobs' as const,
      label: name,
      detail: tags.join(t('list.comma')),
      run: () => void navigate({ to: '/jobs/$id', params: { id } }),
    })),
  ];
}

/** Of the job on the screen. */
function useJobCommands(): Command[] {
  const { t } = useTranslation();
  const { may } = useMe();
  const toast = useToast();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const id = /^\/jobs\/(job_\w+)$/.exec(pathname)?.[1] ?? '';
  const { data: job } = useQuery({ ...jobQuery(id), enabled: id !== '' });
  const { mutate } = useChange(actOnJob(id), {
    onSuccess: (_, action) => toast.done(t(`job.done.${action}`)),
    onError: toast.failed,
  });
  if (!job) return [];
  const possible = ofJob.filter((action) => may('jobs.act') && job.actions.includes(action));
  return [
    ...possible.map((action) => ({
      key: `act ${action}`,
      group: 'job' as const,
      label: t(`job.action.${action}`),
      detail: job.name,
      run: () => mutate(action),
    })),
    ...(may('jobs.write') && job.condition !== 'terminated'
      ? [
          {
            key: 'edit job',
            group: 'job' as const,
            label: t('action.edit'),
            detail: job.name,
            run: () => void navigate({ to: '/jobs/$id/edit', params: { id } }),
          },
        ]
      : []),
  ];
}
