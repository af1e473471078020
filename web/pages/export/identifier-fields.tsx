/** What is exported of each member: the type of the identifier, its field, and how a value is read. */
import { Radio, Select, Stack } from '@mantine/core';
import { identifierTypes, ifaFormats } from '../../../src/contracts/requests.ts';
import { useClearable } from '../../components/clearable.ts';
import { WarningNote } from '../../components/states.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { countryOptions } from './countries.ts';
import { IdentifierFieldSelect } from './identifier-field.tsx';
import type { ExportForm } from './use-export-form.ts';
import type { ReadSource } from './use-source-fields.ts';

export function IdentifierFields({ form, source }: { form: ExportForm; source: ReadSource }) {
  const { t, language } = useTranslation();
  const clearable = useClearable();
  const { segment_id, identifier_type, id_field, default_country } = form.values.configuration;
  const country = form.getInputProps('configuration.default_country');
  return (
    <>
      <Select
        label={t('form.identifier_type')}
        required
        allowDeselect={false}
        data={identifierTypes.map((value) => ({ value, label: t(`identifier.${value}`) }))}
        {...form.getInputProps('configuration.identifier_type')}
        value={identifier_type}
        onChange={(chosen) =>
          chosen &&
          form.change(
            { configuration: { identifier_type: chosen, id_field: '' } },
            'configuration.identifier_type',
          )
        }
      />
      <IdentifierFieldSelect
        fields={source.fields}
        failure={source.failure}
        disabled={segment_id === ''}
        {...form.getInputProps('configuration.id_field')}
        value={id_field}
      />
      {source.notice && <WarningNote text={source.notice} />}
      {identifier_type === 'phone' && (
        <Select
          label={t('form.default_country')}
          description={t('form.default_country.hint')}
          searchable
          {...clearable}
          data={countryOptions(language)}
          {...country}
          value={default_country || null}
          onChange={(value) => country.onChange(value ?? '')}
        />
      )}
      {identifier_type === 'ifa' && (
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
      )}
    </>
  );
}
