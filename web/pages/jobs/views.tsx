/** The menu of saved views, at the head of the list of jobs. */
import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { FormDialog } from '../../components/form-dialog.tsx';
import { LaterMenu } from '../../components/later-menu.tsx';
import type { MenuItem } from '../../components/menu.tsx';
import { useToast } from '../../components/toast.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import type { JobsFilter } from '../../lib/jobs-filter.ts';
import { isSameView, lasting, MAX_VIEW_NAME, MAX_VIEWS } from '../../lib/saved-views.ts';
import { useSavedViews } from '../../lib/use-saved-views.ts';

export function Views({ search }: { search: JobsFilter }) {
  const { t } = useTranslation();
  const { views, save, remove } = useSavedViews();
  const toast = useToast();
  const [isNaming, setNaming] = useState(false);
  const here = views.find((view) => isSameView(view.search, search));
  const items: MenuItem[] = [
    { key: ' all', label: t('jobs.views.all'), to: { to: '/jobs', search: {} }, current: isSameView({}, search) },
    ...views.map((view) => ({
      key: view.name,
      label: view.name,
      to: { to: '/jobs' as const, search: view.search },
      current: view === here,
    })),
  ];
  if (!here && !isSameView({}, search) && views.length < MAX_VIEWS)
    items.push({ key: ' save', label: t('jobs.views.save'), onClick: () => setNaming(true), isSeparated: true });
  if (here)
    items.push({
      key: ' remove',
      label: t('jobs.views.remove', { name: here.name }),
      onClick: () => {
        remove(here.name);
        toast.done(t('jobs.views.removed', { name: here.name }));
      },
      isSeparated: true,
    });
  return (
    <>
      <LaterMenu
        position="bottom-end"
        items={items}
        button={(props) => (
          <Button variant="default" {...props}>
            {here?.name ?? t('jobs.views')} <span aria-hidden="true">&nbsp;▾</span>
          </Button>
        )}
      />
      {isNaming && (
        <NameView
          onClose={() => setNaming(false)}
          onName={(name) => {
            save({ name, search: lasting(search) });
            toast.done(t('jobs.views.saved', { name }));
            setNaming(false);
          }}
        />
      )}
    </>
  );
}

function NameView({ onClose, onName }: { onClose: () => void; onName: (name: string) => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  return (
    <FormDialog
      title={t('jobs.views.save')}
      isSaving={false}
      failure={null}
      onClose={onClose}
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim()) onName(name.trim());
      }}
    >
      <TextInput
        label={t('jobs.views.name')}
        description={t('jobs.views.hint')}
        data-autofocus
        required
        maxLength={MAX_VIEW_NAME}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
