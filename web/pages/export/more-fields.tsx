/** The fields of “More options”. */
import { Stack } from '@mantine/core';
import { useTranslation } from '../../i18n/provider.tsx';
import { AlertFields } from './alert-fields.tsx';
import { HoldOutFields } from './hold-out-fields.tsx';
import { OptionSection } from './option-section.tsx';
import { SuppressionFields, type SuppressionLists } from './suppression-fields.tsx';
import type { ExportForm } from './use-export-form.ts';

interface MoreFieldsProps {
  readonly form: ExportForm;
  readonly lists: SuppressionLists;
}

export function MoreFields({ form, lists }: MoreFieldsProps) {
  const { t } = useTranslation();
  return (
    <Stack gap="xl" mt="md">
      <SuppressionFields form={form} lists={lists} />
      <HoldOutFields form={form} />
      <OptionSection title={t('alerts.rules')} hint={t('alerts.rules.hint')} path="configuration.alerts">
        <AlertFields
          value={form.values.configuration.alerts}
          onChange={(alerts) => form.change({ configuration: { alerts } })}
          prefix="configuration.alerts."
          errors={form.errors}
          onVisit={form.visit}
          hasDefaults
        />
      </OptionSection>
    </Stack>
  );
}
