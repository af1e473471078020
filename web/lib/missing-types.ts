/** Identifier types of a job that a suppression list has no field for. */
import type { IdentifierType } from '../../src/domain/audiences/requests.ts';
import type { SuppressionList } from '../../src/domain/audiences/suppression-lists.ts';

interface Identified {
  readonly identifier_type: IdentifierType;
}

/** The identifier types of a job, each once. */
export const typesOf = ({
  identifier_type,
  siblings,
}: Identified & { readonly siblings: readonly Identified[] }): IdentifierType[] => [
  ...new Set([identifier_type, ...siblings.map((sibling) => sibling.identifier_type)]),
];

export const missingTypes = (
  { fields }: Pick<SuppressionList, 'fields'>,
  types: readonly IdentifierType[],
): IdentifierType[] => types.filter((type) => fields[type] === undefined);
