/** The source of an export. Its identifier field is chosen when one suits. */
import { useEffect } from 'react';
import { type ReadSource, useReadSource } from '../../sources/read-source.ts';
import { suggestedField } from '../../sources/suggested-field.ts';
import type { ExportForm } from './use-export-form.ts';

export function useSourceFields({ values, setFieldValue }: ExportForm): ReadSource {
  const { segment_id, file_options, identifier_type, id_field } = values.configuration;
  const { source_authorization_id } = values;
  const source = useReadSource({ source_authorization_id, segment_id, file_options });
  const suggestion = suggestedField(source.fields, identifier_type);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the form's function is another one every time
  useEffect(() => {
    if (id_field === '' && suggestion !== '') setFieldValue('configuration.id_field', suggestion);
  }, [id_field, suggestion]);
  return source;
}
