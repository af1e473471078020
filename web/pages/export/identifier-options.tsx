/** How the values of a type are read or sent: the country of phone numbers, the format of advertising ids. */
import { Radio, Stack } from '@mantine/core';
import { useMemo } from 'react';
import { ifaFormats } from '../../../src/domain/audiences/requests.ts';
import { Select } from '../../components/select.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { countryOptions } from './countries.ts';
import type { TypedSibling } from './siblings/values.ts';
import type { ExportForm } from './use-export-form.ts';

interface IdentifierOptionsProps {
  readonly form: ExportForm;
  /** @default that of the first identifier */
  readonly path?: 'configuration' | `configuration.siblings.${number}`;
  readonly values: Pick<TypedSibling, 'identifier_type' | 'default_country'>;
}

export function IdentifierOptions({ form, path = 'configuration', values }: IdentifierOptionsProps) {
  if (values.identifier_type === 'phone') {
    const field = form.getInputProps(`${path}.default_country`);
    return <DefaultCountry field={field} value={values.default_country} />;
  }
  return values.identifier_type === 'ifa' ? <IfaFormat field={form.getInputProps(`${path}.ifa_format`)} /> : null;
}

type Field = ReturnType<ExportForm['getInputProps']>;

/** There is no default country: every number has its country code. */
const COMPLETE = 'complete';

function DefaultCountry({ field, value }: { field: Field; value: string }) {
  const { t, language } = useTranslation();
  const options = useMemo(
    () => [{ value: COMPLETE, label: t('form.default_country.complete') }, ...countryOptions(language)],
    [t, language],
  );
  return (
    <Select
      label={t('form.default_country')}
      description={t('form.default_country.hint')}
      searchable
      allowDeselect={false}
      data={options}
      {...field}
      value={value || COMPLETE}
      onChange={(chosen) => field.onChange(chosen === COMPLETE ? '' : (chosen ?? ''))}
    />
  );
}

function IfaFormat({ field }: { field: Field }) {
  const { t } = useTranslation();
  return (
    <Radio.Group label={t('form.ifa_format')} description={t('form.ifa_format.hint')} {...field}>
      <Stack gap={6} mt={8}>
        {ifaFormats.map((value) => (
          <Radio key={value} value={value} label={t(`form.ifa_format.${value}`)} />
        ))}
      </Stack>
    </Radio.Group>
  );
}
