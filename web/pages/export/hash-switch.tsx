import { Switch } from '@mantine/core';
import { useTranslation } from '../../i18n/provider.tsx';
import type { ExportForm } from './use-export-form.ts';

export function HashSwitch({ form }: { form: ExportForm }) {
  const { t } = useTranslation();
  const isSplit = form.values.configuration.split.isOn;
  const field = form.getInputProps('configuration.hash_in_database', { type: 'checkbox' });
  return (
    <Switch
      label={t('form.hash_in_database')}
      description={t(isSplit ? 'split.noHash' : 'form.hash_in_database.hint')}
      disabled={isSplit && !form.values.configuration.hash_in_database}
      {...field}
      aria-invalid={field.error ? true : undefined}
    />
  );
}
