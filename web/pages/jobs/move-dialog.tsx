/** Gives the selected jobs another authorization of the same kind. */
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { authorizationsQuery } from '../../api/authorizations.ts';
import type { Change } from '../../api/bulk.ts';
import { providersQuery } from '../../api/providers.ts';
import { FormDialog } from '../../components/form-dialog.tsx';
import { Select } from '../../components/select.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { grouped } from '../../lib/grouped.ts';

interface MoveDialogProps {
  readonly count: number;
  readonly onClose: () => void;
  readonly onChange: (change: Change) => void;
}

export function MoveDialog({ count, onClose, onChange }: MoveDialogProps) {
  const { t } = useTranslation();
  const { data: authorizations = [] } = useQuery(authorizationsQuery);
  const { data: providers = [] } = useQuery(providersQuery);
  const [chosen, choose] = useState<string | null>(null);
  const groups = grouped(authorizations, ({ provider }) => provider);
  return (
    <FormDialog
      title={t('jobs.bulk.move.title', { count })}
      action={t('jobs.bulk.move.go')}
      isSaving={false}
      failure={null}
      onClose={onClose}
      onSubmit={(event) => {
        event.preventDefault();
        if (chosen) onChange({ authorization_id: chosen });
      }}
    >
      <Select
        label={t('jobs.bulk.move.to')}
        data-autofocus
        required
        searchable
        data={[...groups].map(([provider, own]) => ({
          group: providers.find(({ id }) => id === provider)?.label ?? provider,
          items: own.map(({ id, label }) => ({ value: id, label })),
        }))}
        value={chosen}
        onChange={choose}
      />
      <Text fz="sm" c="dimmed">
        {t('jobs.bulk.move.hint')}
      </Text>
    </FormDialog>
  );
}
