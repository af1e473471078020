/** The hold-out group: how many members stay out of the audience, and the name that selects them. */
import { Box, Input, Stack, Text, TextInput } from '@mantine/core';
import {
  largestShare,
  MAX_EXPERIMENT,
  smallestShare,
  suggestedExperiment,
} from '../../../src/contracts/hold-out.ts';
import { NumberField } from '../../components/number-field.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import type { ExportForm } from './use-export-form.ts';

const paths = ['configuration.hold_out.share', 'configuration.hold_out.experiment'] as const;

/** Whether the group has a value or an error. */
export const hasHoldOut = ({ values, errors }: ExportForm): boolean =>
  values.configuration.hold_out.share >= 0 ||
  values.configuration.hold_out.experiment !== '' ||
  paths.some((path) => Boolean(errors[path]));

export function HoldOutFields({ form }: { form: ExportForm }) {
  const { t } = useTranslation();
  const { share, experiment } = form.values.configuration.hold_out;
  const suggested = suggestedExperiment(form.values.name);
  const change = (typed: number | '') => {
    const isNamed = experiment !== '' && experiment !== suggested;
    const name = typed === '' ? '' : suggested;
    form.change(
      {
        configuration: {
          hold_out: { share: typed === '' ? -1 : typed, experiment: isNamed ? experiment : name },
        },
      },
      paths[0],
    );
  };
  return (
    <Box component="fieldset" m={0} p={0} bd={0} miw={0}>
      <Box component="legend" p={0}>
        <Input.Label labelElement="div">{t('form.hold_out')}</Input.Label>
      </Box>
      <Text fz="xs" c="dimmed" lh="sm">
        {t('form.hold_out.hint')}
      </Text>
      <Stack gap="sm" mt="xs">
        <NumberField
          label={t('form.hold_out.share')}
          unit="%"
          min={smallestShare}
          max={largestShare}
          styles={{ wrapper: { maxWidth: 120 } }}
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
          required={share >= 0}
          maxLength={MAX_EXPERIMENT}
        />
      </Stack>
    </Box>
  );
}
