/** What the form suggests for a further identifier. */

import type { SourceField } from '../../../../src/contracts/sources.ts';
import type { IdentifierType, IfaFormat } from '../../../../src/domain/audiences/requests.ts';
import { defaultDestination, typesOf } from '../../../../src/domain/destinations/index.ts';
import { matchesOf } from '../../../../src/domain/jobs/audiences.ts';
import { suggestedField } from '../../../sources/suggested-field.ts';
import type { SiblingContext, TypedSibling } from './values.ts';

/** The fields that another identifier has already. */
const usedFields = ({ configuration: { id_field, siblings } }: SiblingContext): string[] => [
  id_field,
  ...siblings.map((sibling) => sibling.id_field),
];

/** The field that suits a further identifier of a type best: one that no other has. Empty when none does. */
function fieldFor(values: SiblingContext, fields: readonly SourceField[], type: IdentifierType): string {
  const used = usedFields(values);
  return suggestedField(
    fields.filter(({ name }) => !used.includes(name)),
    type,
  );
}

/**
 * One more identifier: a type that is not used yet, at best one for which the source has a field.
 * @param country of the installation, if it is known: the default country of phone numbers
 * @param types those that the destination takes
 */
export function anotherSibling(
  values: SiblingContext,
  fields: readonly SourceField[],
  country: string | null = null,
  ifa_format: IfaFormat = 'sha256',
  types: readonly IdentifierType[] = typesOf(defaultDestination),
): TypedSibling {
  const { identifier_type: first, siblings } = values.configuration;
  const used = [first, ...siblings.map((sibling) => sibling.identifier_type)];
  const free = types.filter((type) => !used.includes(type));
  const suits = (type: IdentifierType) => fieldFor(values, fields, type) !== '';
  const identifier_type = free.find(suits) ?? free[0] ?? types.find(suits) ?? first;
  return {
    key: Math.max(-1, ...siblings.map(({ key }) => key)) + 1,
    identifier_type,
    id_field: fieldFor(values, fields, identifier_type),
    default_country: country ?? '',
    ifa_format,
    ifa_kind: '',
    audience_id: '',
    audience_label: '',
    audience_name: null,
    leaves: false,
    saved: null,
    shares: false,
  };
}

/** E-mail addresses, and phone numbers of the same members into the same list. */
export function bothInOne(
  values: SiblingContext,
  fields: readonly SourceField[],
  country: string | null,
): { readonly configuration: { identifier_type: 'email'; id_field: string; siblings: readonly TypedSibling[] } } {
  const { configuration } = values;
  const id_field = configuration.identifier_type === 'email' ? configuration.id_field : '';
  const email = { ...configuration, identifier_type: 'email' as const, id_field };
  const others = configuration.siblings.filter(({ shares }) => !shares);
  const among = { ...values, configuration: { ...email, siblings: others } };
  const phone: TypedSibling = {
    ...anotherSibling(among, fields, country),
    identifier_type: 'phone',
    id_field: fieldFor(among, fields, 'phone'),
    shares: true,
  };
  return { configuration: { identifier_type: 'email', id_field, siblings: [phone, ...others] } };
}

/** The first further identifier without a field that one suits, and this field; empty when there is none. */
export function openSibling(values: SiblingContext, fields: readonly SourceField[]): [index: number, field: string] {
  const { id_field, identifier_type, siblings } = values.configuration;
  // The first identifier chooses before the others.
  const mayChoose = id_field !== '' || suggestedField(fields, identifier_type) === '';
  const suits = siblings.map((sibling) =>
    mayChoose && sibling.id_field === '' ? fieldFor(values, fields, sibling.identifier_type) : '',
  );
  const index = suits.findIndex((field) => field !== '');
  return [index, suits[index] ?? ''];
}

/** The identifiers after a change, each with the saved one that it is, as the service decides it. */
export function matched(siblings: readonly TypedSibling[], { saved_siblings }: SiblingContext): TypedSibling[] {
  const before = saved_siblings.map((sibling, index) => ({ ...sibling, index }));
  const matches = matchesOf(
    before,
    siblings,
    (sibling) => sibling,
    ({ index }, { saved }) => index === saved,
  );
  return siblings.map((sibling, n) => {
    const saved = matches[n]?.index ?? null;
    return saved === sibling.saved
      ? sibling
      : { ...sibling, saved, audience_name: null, leaves: sibling.audience_id !== '' };
  });
}
