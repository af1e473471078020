/** The choices of how a file is read, and what comes of them in the columns. */
import { Code, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { FileReading, SampleRequest, SourceField } from '../../src/contracts/sources.ts';
import { fileDelimiters, fileEncodings } from '../../src/domain/files/file-names.ts';
import type { FileOptions } from '../../src/domain/files/file-options.ts';
import { sampleQuery } from '../api/sources.ts';
import { Select } from '../components/select.tsx';
import { useErrorText } from '../components/states.tsx';
import { headerChoices } from '../forms/choices.build.ts';
import type { InputProps } from '../forms/input-props.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { encodingName } from './file-text.ts';

export interface FileFormatProps {
  readonly options: FileOptions;
  /** Connects a choice to the form. */
  readonly option: (name: keyof FileOptions) => InputProps;
  /** Undefined while it is not read, and where it could not be. */
  readonly reading: FileReading | undefined;
  readonly fields: readonly SourceField[];
  /** Null where nothing may be looked at. */
  readonly sample: SampleRequest | null;
  readonly onChange: (options: FileOptions) => void;
}

interface ChoicesProps extends FileFormatProps {
  readonly isOpen: boolean;
}

export function FileFormatChoices(props: ChoicesProps) {
  const { options, option, reading, fields, sample, isOpen, onChange } = props;
  const { t, language } = useTranslation();
  const format = reading?.format;
  const isTable = format === undefined || format === 'csv' || format === 'tsv' || format === 'lines';
  const choose = (key: keyof FileOptions, value: string | null) => {
    const { [key]: _, ...others } = options;
    onChange(value === null || value === 'auto' ? others : { ...others, [key]: value });
  };
  const choice = (key: keyof FileOptions, label: string, data: { value: string; label: string }[]) => (
    <Select
      label={label}
      allowDeselect={false}
      data={[{ value: 'auto', label: t('form.file_format.auto') }, ...data]}
      {...option(key)}
      value={options[key] ?? 'auto'}
      onChange={(value) => choose(key, value)}
    />
  );
  return (
    <Group align="flex-start" gap="lg" mt="sm">
      <Stack gap="xs" style={{ flex: '1 1 220px' }}>
        {format !== 'xlsx' &&
          choice(
            'encoding',
            t('form.encoding'),
            fileEncodings.map((value) => ({ value, label: encodingName(value, language) })),
          )}
        {isTable &&
          choice(
            'delimiter',
            t('form.delimiter'),
            fileDelimiters.map((value) => ({ value, label: t(`delimiter.${value}`) })),
          )}
        {format !== 'ndjson' &&
          choice(
            'header',
            t('form.header'),
            headerChoices.map((value) => ({ value, label: t(`header.${value}`) })),
          )}
      </Stack>
      <Stack gap={4} style={{ flex: '1 1 220px', minWidth: 0 }}>
        {fields.length > 0 && (
          <>
            <Text fz="sm" fw={600}>
              {t('form.file_format.columns')}
            </Text>
            <Text fz="sm" style={{ overflowWrap: 'anywhere' }}>
              {namesOf(fields)}
            </Text>
          </>
        )}
        {sample && isOpen && <Values request={sample} />}
        <Text fz="xs" c="dimmed">
          {t('form.file_format.hint')}
        </Text>
      </Stack>
    </Group>
  );
}

/** As many as show whether they are right. */
const SHOWN = 12;
const namesOf = (fields: readonly SourceField[]): string =>
  fields
    .slice(0, SHOWN)
    .map(({ name }) => name)
    .join(' · ') + (fields.length > SHOWN ? ' …' : '');

/** The first values of the chosen column, masked. */
function Values({ request }: { request: SampleRequest }) {
  const { t } = useTranslation();
  const explain = useErrorText();
  const { data, error } = useQuery(sampleQuery(request));
  const told = error && explain(error);
  return (
    <>
      <Text fz="sm" fw={600} mt={6} style={{ overflowWrap: 'anywhere' }}>
        {t('form.file_format.sample', { field: request.id_field })}
      </Text>
      {data?.items.map(({ row, value }) => (
        <div key={row}>
          <Code fz={12}>{value || '–'}</Code>
        </div>
      ))}
      {told && (
        <Text fz="sm" c="var(--mantine-color-error)" role="alert">
          {told.detail}
        </Text>
      )}
    </>
  );
}
