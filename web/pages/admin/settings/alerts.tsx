/** The alert rules of all jobs that do not have their own. */
import { Text } from '@mantine/core';
import type { Settings } from '../../../../src/contracts/settings.ts';
import { AlertFields } from '../../../components/alert-fields.tsx';
import { alertsRules } from '../../../forms/rules/installation.build.ts';
import { useApiForm } from '../../../forms/use-api-form.ts';
import { useTranslation } from '../../../i18n/provider.tsx';
import { SectionForm, useSaveSection } from './section.tsx';

const off = { action: 'off' as const };

export function AlertsSettings({ value }: { value: Settings['alerts'] }) {
  const { t } = useTranslation();
  const save = useSaveSection('alerts');
  const form = useApiForm({
    rules: alertsRules,
    initialValues: { rules: value },
    // What is missing stays, so a rule that was removed is named as off.
    body: ({ rules }) => ({ ...Object.fromEntries(Object.keys(value).map((name) => [name, off])), ...rules }),
    save,
  });
  return (
    <SectionForm title={t('alerts.rules')} form={form} save={save}>
      <Text fz="sm" c="dimmed">
        {t('alerts.rules.workspace')}
      </Text>
      <AlertFields
        value={form.values.rules}
        onChange={(rules) => form.setValues({ rules })}
        prefix=""
        errors={form.errors}
      />
    </SectionForm>
  );
}
