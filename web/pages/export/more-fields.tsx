/** The fields of “More options”. */
import { Stack } from '@mantine/core';
import { AlertFields } from '../../components/alert-fields.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { later, useLater } from '../../lib/later.ts';
import { HashFields } from './hash-fields.tsx';
import { HoldOutFields } from './hold-out-fields.tsx';
import { OptionSection } from './option-section.tsx';
import type { SiblingFieldsProps } from './siblings/props.ts';
import { SuppressionFields, type SuppressionLists } from './suppression-fields.tsx';

/** The choice of another audience at LINE is large. */
const laterSiblings = later(() => import('./siblings/fields.tsx'));

interface MoreFieldsProps extends SiblingFieldsProps {
  readonly lists: SuppressionLists;
}

export function MoreFields({ lists, ...props }: MoreFieldsProps) {
  const { form } = props;
  const siblings = useLater(laterSiblings);
  const { t } = useTranslation();
  return (
    <Stack gap="xl" mt="md">
      <OptionSection
        title={t('form.siblings')}
        hint={t('form.siblings.hint')}
        path="configuration.siblings"
        error={form.errors['configuration.siblings']}
      >
        {siblings && <siblings.SiblingFields {...props} />}
      </OptionSection>
      <SuppressionFields form={form} lists={lists} />
      <HoldOutFields form={form} />
      <HashFields form={form} source={props.source} />
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
