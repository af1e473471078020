/**
 * A field of an audience that holds identifiers, with what its name suggests: the Identifier Field of an export, or one
 * of a list.
 */
import { Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { SourceField } from '../../src/contracts/sources.ts';
import { LongSelect } from '../components/long-list.tsx';
import { useErrorLine } from '../components/states.tsx';
import { useTranslation } from '../i18n/provider.tsx';

interface IdentifierFieldProps {
  /** @default "Identifier Field" */
  readonly label?: string;
  /** It may be left empty. @default false */
  readonly isOptional?: boolean;
  readonly fields: readonly SourceField[];
  readonly failure: Error | null;
  readonly value: string;
  readonly disabled: boolean;
  readonly error?: ReactNode;
  readonly onChange: (name: string) => void;
}

export function IdentifierFieldSelect(given: IdentifierFieldProps) {
  const { fields, failure, value, error, label, isOptional = false, ...props } = given;
  const { t, format } = useTranslation();
  const errorLine = useErrorLine();
  const known = value === '' || fields.some((field) => field.name === value);
  return (
    <LongSelect
      label={label ?? t('form.id_field')}
      {...props}
      required={!isOptional}
      clearable={isOptional}
      data={[...(known ? [] : [value]), ...fields.map((field) => field.name)]}
      value={value || null}
      onChange={(name) => (name || isOptional) && props.onChange(name ?? '')}
      placeholder={props.disabled ? t('form.id_field.first') : undefined}
      nothingFoundMessage={t('form.id_field.none')}
      error={error ?? errorLine(failure)}
      renderOption={({ option }) => {
        const field = fields.find((offered) => offered.name === option.value);
        return (
          <Group justify="space-between" wrap="nowrap" w="100%">
            <Text fz="sm">{option.label}</Text>
            <Text fz="xs" c="dimmed">
              {field?.suggested_for && t(`identifier.${field.suggested_for}`)}
              {field?.coverage != null && ` · ${format.percent(field.coverage)}`}
            </Text>
          </Group>
        );
      }}
    />
  );
}
