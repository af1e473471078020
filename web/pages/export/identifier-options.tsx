/** How the values of a type are read or sent: the country of phone numbers, the format of advertising ids. */
import { Radio, Select, Stack } from '@mantine/core';
import { ifaFormats } from '../../../src/contracts/requests.ts';
import { useClearable } from '../../components/clearable.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { countryOptions } from './countries.ts';
import type { ExportForm } from './use-export-form.ts';

export function IdentifierOptions({ form }: { form: ExportForm }) {
  const { identifier_type } = form.values.configuration;
  if (identifier_type === 'phone') return <DefaultCountry form={form} />;
  return identifier_type === 'ifa' ? <IfaFormat form={form} /> : null;
}

function DefaultCountry({ form }: { form: ExportForm }) {
  const { t, language } = useTranslation();
  const field = form.getInputProps('configuration.default_country');
  return (
    <Select
      label={t('form.default_country')}
      description={t('form.default_country.hint')}
      searchable
      {...useClearable()}
      data={countryOptions(language)}
      {...field}
      value={form.values.configuration.default_country || null}
      onChange={(value) => field.onChange(value ?? '')}
    />
  );
}

function IfaFormat({ form }: { form: ExportForm }) {
  const { t } = useTranslation();
  return (
    <Radio.Group
      label={t('form.ifa_format')}
      description={t('form.ifa_format.hint')}
      {...form.getInputProps('configuration.ifa_format')}
    >
      <Stack gap={6} mt={8}>
        {ifaFormats.map((value) => (
          <Radio key={value} value={value} label={t(`form.ifa_format.${value}`)} />
        ))}
      </Stack>
    </Radio.Group>
  );
}
