/** The field that a form suggests for an identifier type: by its name, else by what its first values look like. */
import type { SourceField } from '../../src/contracts/sources.ts';
import { maySuit, suggestedCountry } from '../../src/domain/audiences/field-names.ts';
import type { IdentifierType } from '../../src/domain/audiences/requests.ts';

/** The fields with only the suggestions that a person can follow here. */
export const suggestingOnly = (fields: readonly SourceField[], types: readonly IdentifierType[]): SourceField[] =>
  fields.map((field) =>
    field.suggested_for === null || types.includes(field.suggested_for) ? field : { ...field, suggested_for: null },
  );

/** The field that suits a type best, empty when none does. */
export function suggestedField(fields: readonly SourceField[], type: IdentifierType): string {
  const best =
    fields.find((field) => field.name.toLowerCase() === type) ??
    fields.find((field) => field.suggested_for === type) ??
    fields.find((field) => field.suggested_for === null && maySuit(field.name, type));
  return best?.name ?? '';
}

/**
 * As the masks of the service show such values (src/sources/mask.ts). A mask of digits does not tell a phone number
 * from the number of a customer.
 */
const shapes: Partial<Record<IdentifierType, RegExp>> = {
  email: /^[^\s*]\*{3}@[^\s*]\*{3}/,
  ifa: /^[0-9a-f]{4}\*{4}-\*{4}-/i,
  line_user_id: /^U[0-9a-f]{3}\*{29}$/,
};

/** The first field all of whose values look like the type, empty when none does. @param samples masked, by field */
export function suggestedByValues(samples: ReadonlyMap<string, readonly string[]>, type: IdentifierType): string {
  const shape = shapes[type];
  for (const [name, values] of shape ? samples : []) {
    const filled = values.filter((value) => value !== '');
    if (filled.length > 0 && filled.every((value) => shape?.test(value))) return name;
  }
  return '';
}

export interface OtherType {
  readonly field: string;
  readonly type: IdentifierType;
  readonly country: string | null;
}

/**
 * What the fields suggest in place of the chosen type: the chosen field looks like another type, or none is there for
 * the chosen type, but one for another.
 */
export function suggestedOtherType(
  fields: readonly SourceField[],
  { identifier_type: type, id_field }: { readonly identifier_type: IdentifierType; readonly id_field: string },
): OtherType | null {
  const looked = id_field === '' ? fields.find(({ suggested_for }) => suggested_for !== null) : undefined;
  const field = looked ?? fields.find(({ name }) => name === id_field);
  const suggested = field?.suggested_for ?? null;
  if (!field || suggested === null || suggested === type) return null;
  if (id_field === '' && suggestedField(fields, type) !== '') return null;
  return { field: field.name, type: suggested, country: suggestedCountry(field.name) };
}
