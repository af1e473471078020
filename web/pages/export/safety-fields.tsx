/** What protects an audience: the guard, suppression lists, a hold-out group, hashing in the database, alert rules. */
import { Stack } from '@mantine/core';
import { alertRulesOf } from '../../../src/domain/alerts/alerts.ts';
import { useDestinationOf } from '../../api/providers.ts';
import { AlertFields } from '../../components/alert-fields.tsx';
import { PercentField } from '../../components/number-field.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import type { ReadSource } from '../../sources/read-source.ts';
import { HashFields } from './hash-fields.tsx';
import { HoldOutFields } from './hold-out-fields.tsx';
import { OptionSection } from './option-section.tsx';
import { SuppressionFields, type SuppressionLists } from './suppression-fields.tsx';
import type { ExportForm } from './use-export-form.ts';

export interface SafetyFieldsProps {
  readonly form: ExportForm;
  readonly source: ReadSource;
  readonly lists: SuppressionLists;
  /** Members leave by age, so that a smaller list only warns. */
  readonly byAge: boolean;
  /** Whether a smaller result can take anybody away, at once or later. */
  readonly shrinks: boolean;
}

export function SafetyFields({ form, source, lists, byAge, shrinks }: SafetyFieldsProps) {
  const { t } = useTranslation();
  const destination = useDestinationOf(form.values.authorization_id);
  return (
    <Stack gap="xl">
      {shrinks && (
        <PercentField
          label={t(byAge ? 'form.max_shrink.warns' : 'form.max_shrink')}
          description={t(byAge ? 'form.max_shrink.warns.hint' : 'form.max_shrink.hint')}
          min={0}
          max={100}
          {...form.getInputProps('configuration.max_shrink')}
          value={form.values.configuration.max_shrink}
        />
      )}
      {!lists.isLoading && <SuppressionFields form={form} lists={lists} />}
      <HoldOutFields form={form} />
      <HashFields form={form} source={source} />
      <OptionSection title={t('alerts.rules')} hint={t('alerts.rules.hint')} path="configuration.alerts">
        <AlertFields
          value={form.values.configuration.alerts}
          onChange={(alerts) => form.change({ configuration: { alerts } })}
          prefix="configuration.alerts."
          errors={form.errors}
          onVisit={form.visit}
          rules={alertRulesOf(destination?.leaving.by ?? 'replace', Boolean(destination?.life_days))}
          hasDefaults
        />
      </OptionSection>
    </Stack>
  );
}
