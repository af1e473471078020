/** Identifier Field: of the audience's fields, with type and coverage. */
import { Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { SourceField } from '../../../src/contracts/sources.ts';
import { LongSelect } from '../../components/long-list.tsx';
import { useErrorText } from '../../components/states.tsx';
import { useTranslation } from '../../i18n/provider.tsx';

interface IdentifierFieldProps {
  readonly fields: readonly SourceField[];
  readonly failure: Error | null;
  readonly value: string;
  readonly disabled: boolean;
  readonly error?: ReactNode;
  readonly onChange: (name: string) => void;
}

export function IdentifierFieldSelect({ fields, failure, value, error, ...props }: IdentifierFieldProps) {
  const { t, format } = useTranslation();
  const explain = useErrorText();
  const known = value === '' || fields.some((field) => field.name === value);
  const told = failure && explain(failure);
  return (
    <LongSelect
      label={t('form.id_field')}
      {...props}
      required
      data={[...(known ? [] : [value]), ...fields.map((field) => field.name)]}
      value={value || null}
      onChange={(name) => name && props.onChange(name)}
      placeholder={props.disabled ? t('form.id_field.first') : undefined}
      nothingFoundMessage={t('form.id_field.none')}
      error={error ?? (told && `${told.title}${t('list.colon')}${told.detail}`)}
      renderOption={({ option }) => {
        const field = fields.find((one) => one.name === option.value);
        return (
          <Group justify="space-between" wrap="nowrap" w="100%">
            <Text fz="sm">{option.label}</Text>
            <Text fz="xs" c="dimmed">
              {field?.type}
              {field?.coverage != null && ` · ${format.percent(field.coverage)}`}
            </Text>
          </Group>
        );
      }}
    />
  );
}
