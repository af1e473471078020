/** The source of an export. */
import type { ReactNode } from 'react';
import type { ReadSource } from '../../sources/read-source.ts';
import { SourceChoice } from '../../sources/source-choice.tsx';
import { sampleOf } from './request.ts';
import type { ExportForm } from './use-export-form.ts';
import { ofSource, withoutFields } from './values.ts';

interface SourceFieldsProps {
  readonly form: ExportForm;
  readonly source: ReadSource;
  readonly addSource: ReactNode;
}

export function SourceFields({ form, source, addSource }: SourceFieldsProps) {
  const { values, change } = form;
  const { source_authorization_id } = values;
  const { segment_id, file_options, id_field, continuous_update } = values.configuration;
  return (
    <SourceChoice
      chosen={{ source_authorization_id, segment_id, file_options }}
      name={values.segment_name}
      source={source}
      inputs={{
        source: form.getInputProps('source_authorization_id'),
        audience: form.getInputProps('configuration.segment_id'),
        option: (name) => form.getInputProps(`configuration.file_options.${name}`),
      }}
      isScheduled={continuous_update}
      sample={source.fields.some(({ name }) => name === id_field) ? sampleOf(values) : null}
      addSource={addSource}
      onSource={(authorizationId) => change(ofSource(values, authorizationId, source.canHash(authorizationId)))}
      onAudience={(chosen, segment_name) =>
        source.hasFiles
          ? change({
              segment_name,
              configuration: { segment_id: chosen, file_options: {}, ...withoutFields(values) },
            })
          : change(
              { segment_name, configuration: { segment_id: chosen, ...withoutFields(values) } },
              'configuration.segment_id',
            )
      }
      onSheet={(chosen) => change({ configuration: { segment_id: chosen, ...withoutFields(values) } })}
      onOptions={(chosen) => change({ configuration: { file_options: chosen, ...withoutFields(values) } })}
      onPolicy={() => change({})}
    />
  );
}
