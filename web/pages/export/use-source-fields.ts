/** The source of an export. Its identifier field is chosen when one suits. */
import { useQueries } from '@tanstack/react-query';
import { useEffect } from 'react';
import { sampleQuery } from '../../api/sources.ts';
import { useMe } from '../../lib/me.ts';
import { type ReadSource, useReadSource } from '../../sources/read-source.ts';
import { suggestedByValues, suggestedField } from '../../sources/suggested-field.ts';
import { sampleOf } from './request.ts';
import type { ExportForm } from './use-export-form.ts';
import type { ExportValues } from './values.ts';

export function useSourceFields({ values, setFieldValue }: ExportForm): ReadSource {
  const { segment_id, file_options, identifier_type, id_field } = values.configuration;
  const { source_authorization_id } = values;
  const source = useReadSource({ source_authorization_id, segment_id, file_options });
  const named = suggestedField(source.fields, identifier_type);
  const byValues = useSuggestionByValues(values, source, id_field === '' && named === '');
  const suggestion = named || byValues;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the form's function is another one every time
  useEffect(() => {
    if (id_field === '' && suggestion !== '') setFieldValue('configuration.id_field', suggestion);
  }, [id_field, suggestion]);
  return source;
}

/** So many fields of a file are looked at when no name says what it holds, as in a file without a header. */
const LOOKED_AT = 8;

/** The field of a file whose first values look like the chosen type, empty when none does. */
function useSuggestionByValues(values: ExportValues, source: ReadSource, isWanted: boolean): string {
  const { may } = useMe();
  const fields = isWanted && source.hasFiles && may('sources.preview') ? source.fields.slice(0, LOOKED_AT) : [];
  const samples = useQueries({
    queries: fields.map(({ name }) => sampleQuery({ ...sampleOf(values), id_field: name })),
    combine: (found) => found.map(({ data }) => data?.items.map(({ value }) => value ?? '') ?? []),
  });
  return suggestedByValues(
    new Map(fields.map(({ name }, index) => [name, samples[index] ?? []])),
    values.configuration.identifier_type,
  );
}
