/** How the values of a type are read or sent: the country of phone numbers, the format of advertising ids. */
import { Radio, Stack } from '@mantine/core';
import { useMemo } from 'react';
import { ifaFormats, ifaKinds } from '../../../src/domain/audiences/requests.ts';
import type { DestinationView } from '../../api/providers.ts';
import { Select } from '../../components/select.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { countryOptions } from './countries.ts';
import type { TypedSibling } from './siblings/values.ts';
import type { ExportForm } from './use-export-form.ts';

interface IdentifierOptionsProps {
  readonly form: ExportForm;
  /** @default that of the first identifier */
  readonly path?: 'configuration' | `configuration.siblings.${number}`;
  readonly values: Pick<TypedSibling, 'identifier_type' | 'default_country' | 'ifa_kind'>;
  /** Undefined until it is known. */
  readonly destination: DestinationView | null | undefined;
}

export function IdentifierOptions({ form, path = 'configuration', values, destination }: IdentifierOptionsProps) {
  if (values.identifier_type === 'phone') {
    const field = form.getInputProps(`${path}.default_country`);
    return <DefaultCountry field={field} value={values.default_country} />;
  }
  if (values.identifier_type !== 'ifa') return null;
  const { sent = [], kinds = [] } = destination?.identifiers.find(({ type }) => type === 'ifa') ?? {};
  return (
    <>
      {sent.length !== 1 && <IfaFormat field={form.getInputProps(`${path}.ifa_format`)} />}
      {kinds.length > 0 && <IfaKindChoice field={form.getInputProps(`${path}.ifa_kind`)} value={values.ifa_kind} />}
    </>
  );
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

/** A field with both kinds needs two exports. */
function IfaKindChoice({ field, value }: { field: Field; value: string }) {
  const { t } = useTranslation();
  return (
    <Radio.Group label={t('form.ifa_kind')} description={t('form.ifa_kind.hint')} required {...field} value={value}>
      <Stack gap={6} mt={8}>
        {ifaKinds.map((kind) => (
          <Radio key={kind} value={kind} label={t(`form.ifa_kind.${kind}`)} />
        ))}
      </Stack>
    </Radio.Group>
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
