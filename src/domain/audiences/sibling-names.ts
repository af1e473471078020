/** The names of sibling audiences, and their short texts. */

import type { IdentifierType, IfaFormat, IfaKind } from './requests.ts';

/**
 * The name of a sibling of the audience `name`: "VIP (phone)", and "VIP 2 (phone)" for the second of a type.
 * @param maxLength of the destination. A long name is cut to it
 */
export function suggestedName(name: string, type: IdentifierType, maxLength: number, number = 1): string {
  const ending = number === 1 ? ` (${type})` : ` ${number} (${type})`;
  let kept = '';
  // By characters, because half of one is not valid.
  for (const character of name.trim()) {
    if (kept.length + character.length + ending.length > maxLength) break;
    kept += character;
  }
  return `${kept.trimEnd()}${ending}`;
}

/** The first suggested name that no other audience has. @param taken the names of the others */
export function unusedName(
  first: string,
  type: IdentifierType,
  taken: readonly (string | null | undefined)[],
  maxLength: number,
): string {
  let number = 1;
  while (taken.includes(suggestedName(first, type, maxLength, number))) number++;
  return suggestedName(first, type, maxLength, number);
}

interface Sibling {
  readonly identifier_type: IdentifierType;
  readonly id_field: string;
  readonly audience_id: string | null;
  readonly audience_name: string | null;
  readonly default_country: string | null;
  readonly ifa_format: IfaFormat;
  readonly ifa_kind?: IfaKind | undefined;
  readonly shares?: boolean | undefined;
}

/** In the flag `--sibling`, in place of a name: that of the first identifier. */
export const SHARED = 'audience=first';

/** A further identifier as the flag `--sibling` takes it, with its options: "phone:mobile:VIP (phone) [JP]". */
export function siblingText(sibling: Sibling): string {
  const { identifier_type, id_field, audience_id, audience_name, default_country, ifa_format, ifa_kind } = sibling;
  const audience = sibling.shares ? SHARED : audience_id === null ? audience_name : `id=${audience_id}`;
  const option = default_country ?? ifa_kind ?? (ifa_format === 'raw' ? ifa_format : null);
  return [`${identifier_type}:${id_field}:${audience ?? ''}`, option && `[${option}]`].filter(Boolean).join(' ');
}
