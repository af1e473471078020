/**
 * The values of the form of a suppression list. Their paths are those of the request; a choice that is open is an empty
 * text.
 */
import type { IdentifierType } from '../../../src/domain/audiences/requests.ts';
import type {
  ListAppliesTo,
  ListFields,
  NewSuppressionList,
  SuppressionList,
} from '../../../src/domain/audiences/suppression-lists.ts';
import type { FileOptions } from '../../../src/domain/files/file-options.ts';
import { percentOf, shareOf } from '../../lib/percent.ts';

export interface ListValues {
  readonly name: string;
  readonly description: string;
  /** Empty for files. */
  readonly source_authorization_id: string;
  readonly segment_id: string;
  readonly file_options: FileOptions;
  readonly fields: Readonly<Record<IdentifierType, string>>;
  readonly applies_to: ListAppliesTo;
  /** A percentage; an empty text for an empty field. */
  readonly max_shrink: number | '';
  /** The name of the chosen audience of the source. */
  readonly segment_name: string;
}

export const noFields = { email: '', phone: '', ifa: '', line_user_id: '' };

export const blankList: ListValues = {
  name: '',
  description: '',
  source_authorization_id: '',
  segment_id: '',
  file_options: {},
  fields: noFields,
  applies_to: 'all_jobs',
  max_shrink: 50,
  segment_name: '',
};

/** A saved list in the form. */
export const valuesOfList = (list: SuppressionList): ListValues => ({
  name: list.name,
  description: list.description,
  source_authorization_id: list.source_authorization_id ?? '',
  segment_id: list.segment_id,
  file_options: list.file_options ?? {},
  fields: { ...noFields, ...list.fields },
  applies_to: list.applies_to,
  max_shrink: percentOf(list.max_shrink),
  segment_name: list.segment_id,
});

export const fieldsOf = (fields: ListValues['fields']): ListFields =>
  Object.fromEntries(Object.entries(fields).filter(([, field]) => field !== ''));

/** The whole list, as the API takes it. */
export function listOf({ segment_name: _, file_options, ...values }: ListValues): NewSuppressionList {
  return {
    ...values,
    name: values.name.trim(),
    description: values.description.trim(),
    source_authorization_id: values.source_authorization_id || null,
    segment_id: values.segment_id.trim(),
    ...(Object.keys(file_options).length > 0 && { file_options }),
    fields: fieldsOf(values.fields),
    max_shrink: shareOf(values.max_shrink),
  };
}
