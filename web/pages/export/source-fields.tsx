/** The source, its audience, and how a file of it is read. */
import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { FileOptions } from '../../../src/contracts/sources.ts';
import { sourcesQuery } from '../../api/sources.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';
import { FileAudience } from './file-audience.tsx';
import { FileFormat } from './file-format.tsx';
import { sampleOf } from './request.ts';
import { SheetSelect } from './sheet-select.tsx';
import { SourceAudienceSelect } from './source-audience.tsx';
import type { ExportForm } from './use-export-form.ts';
import type { ReadSource } from './use-source-fields.ts';
import { ofSource } from './values.ts';

interface SourceFieldsProps {
  readonly form: ExportForm;
  readonly source: ReadSource;
  readonly addSource: ReactNode;
}

const FILES = 'files';

export function SourceFields({ form, source, addSource }: SourceFieldsProps) {
  const { t } = useTranslation();
  const { may } = useMe();
  const sources = useQuery(sourcesQuery);
  const { values, change } = form;
  const { segment_id, file_options, id_field, continuous_update } = values.configuration;
  const audience = form.getInputProps('configuration.segment_id');
  audience.error ??= source.unreadable;
  const option = (name: keyof FileOptions) => {
    const props = form.getInputProps(`configuration.file_options.${name}`);
    return { ...props, error: source.wrongOptions[name] ?? props.error };
  };
  return (
    <>
      {sources.data && sources.data.length > 1 && (
        <Select
          label={t('form.source')}
          allowDeselect={false}
          data={sources.data.map((one) => ({
            value: one.authorization_id ?? FILES,
            label: one.authorization_id === null ? t('form.source.files') : one.label,
          }))}
          {...form.getInputProps('source_authorization_id')}
          value={values.source_authorization_id || FILES}
          onChange={(value) => change(ofSource(value === FILES ? '' : (value ?? '')))}
        />
      )}
      {addSource}
      {source.isFile ? (
        <FileAudience
          {...audience}
          value={segment_id}
          isScheduled={continuous_update}
          onChange={(chosen, segment_name) =>
            change({ segment_name, configuration: { segment_id: chosen, id_field: '', file_options: {} } })
          }
          onPolicy={() => change({})}
        />
      ) : (
        <SourceAudienceSelect
          key={values.source_authorization_id}
          {...audience}
          source={values.source_authorization_id}
          value={segment_id}
          name={values.segment_name}
          onChange={(chosen, segment_name) =>
            change(
              { segment_name, configuration: { segment_id: chosen, id_field: '' } },
              'configuration.segment_id',
            )
          }
        />
      )}
      {source.isFile && segment_id !== '' && (
        <SheetSelect
          value={segment_id}
          sheets={source.file?.sheets ?? []}
          onChange={(chosen) => change({ configuration: { segment_id: chosen, id_field: '' } })}
        />
      )}
      {source.hasOptions && (
        <FileFormat
          options={file_options}
          option={option}
          reading={source.file}
          fields={source.fields}
          sample={
            may('sources.preview') && source.fields.some(({ name }) => name === id_field)
              ? sampleOf(values)
              : null
          }
          onChange={(chosen) => change({ configuration: { file_options: chosen, id_field: '' } })}
        />
      )}
    </>
  );
}
