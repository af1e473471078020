/** The hold-out group: how many members stay out of the audience, and the name that selects them. */
import { Stack, Text, TextInput } from '@mantine/core';
import {
  largestShare,
  MAX_EXPERIMENT,
  smallestShare,
  suggestedExperiment,
} from '../../../src/domain/audiences/hold-out.ts';
import { PercentField } from '../../components/number-field.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { OptionSection } from './option-section.tsx';
import type { ExportForm } from './use-export-form.ts';

const paths = ['configuration.hold_out.share', 'configuration.hold_out.experiment'] as const;

export function HoldOutFields({ form }: { form: ExportForm }) {
  const { t } = useTranslation();
  const { hold_out, siblings } = form.values.configuration;
  const { share, experiment } = hold_out;
  const suggested = suggestedExperiment(form.values.name);
  const change = (typed: number | '') => {
    const isNamed = experiment !== '' && experiment !== suggested;
    const name = typed === '' ? '' : suggested;
    form.change(
      {
        configuration: {
          hold_out: { share: typed, experiment: isNamed ? experiment : name },
        },
      },
      paths[0],
    );
  };
  return (
    <OptionSection title={t('form.hold_out')} hint={t('form.hold_out.hint')} path="configuration.hold_out">
      <Stack gap="sm">
        <PercentField
          label={t('form.hold_out.share')}
          min={smallestShare}
          max={largestShare}
          {...form.getInputProps(paths[0])}
          value={share}
          onChange={change}
        />
        <TextInput
          label={t('form.hold_out.experiment')}
          description={t('form.hold_out.experiment.hint')}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          placeholder={suggested}
          {...form.getInputProps(paths[1])}
          required={share !== ''}
          maxLength={MAX_EXPERIMENT}
        />
        {share !== '' && siblings.length > 0 && (
          <Text fz="sm" role="status">
            {t('form.siblings.holdOut')}
          </Text>
        )}
      </Stack>
    </OptionSection>
  );
}
