/** Further identifiers of the members in the export form: as a person types them, and as the API takes them. */

import type { JobView } from '../../../../src/contracts/jobs.ts';
import type { IdentifierType, IfaFormat, IfaKind } from '../../../../src/domain/audiences/requests.ts';
import { unusedName } from '../../../../src/domain/audiences/sibling-names.ts';
import type { JobConfiguration } from '../../../../src/domain/jobs/configuration.ts';

/** A further identifier as it is saved, with its audience. */
export interface SavedSibling {
  readonly identifier_type: IdentifierType;
  readonly id_field: string;
  readonly adaccount_id: string;
  /** Null before a run has made the audience. */
  readonly audience_id: string | null;
  /** Null for an audience that was chosen by its id. */
  readonly audience_name: string | null;
}

export interface KeptAudience extends SavedSibling {
  readonly audience_id: string;
}

/** `keep`: the audience that it has at LINE · `new`: one that the next run makes · `existing`: another one at LINE. */
type SiblingAudience = 'keep' | 'new' | 'existing';

export interface TypedSibling {
  /** Tells it apart from the others of the form. */
  readonly key: number;
  readonly identifier_type: IdentifierType;
  /** Empty for the field that suits the type. */
  readonly id_field: string;
  /** Empty without one. */
  readonly default_country: string;
  readonly ifa_format: IfaFormat;
  /** Empty while nobody has chosen. */
  readonly ifa_kind: IfaKind | '';
  /** The audience that was chosen at LINE; empty for none. */
  readonly audience_id: string;
  /** The name of the chosen audience. */
  readonly audience_label: string;
  /** Null while nobody has typed one. */
  readonly audience_name: string | null;
  /** Whether an existing audience is wanted in place of the one that it has. */
  readonly leaves: boolean;
  /** Which of the saved ones it is; null for a new one. */
  readonly saved: number | null;
  /** Whether it fills the audience of the first identifier. */
  readonly shares: boolean;
}

/** The values of the form that decide about further identifiers. */
export interface SiblingContext {
  /** Of a saved job. */
  readonly saved_siblings: readonly SavedSibling[];
  /** Of an audience, as the destination has it. */
  readonly max_name_length: number;
  readonly configuration: {
    readonly adaccount_id: string;
    readonly identifier_type: IdentifierType;
    readonly id_field: string;
    readonly siblings: readonly TypedSibling[];
  };
}

type WithSiblings = Pick<JobView, 'configuration' | 'sibling_audience_ids'>;

/** The further identifiers of a saved job. */
export const savedSiblings = ({ configuration, sibling_audience_ids }: WithSiblings): SavedSibling[] =>
  configuration.siblings.map(({ identifier_type, id_field, audience_id, audience_name }, index) => ({
    identifier_type,
    id_field,
    adaccount_id: configuration.adaccount_id,
    audience_id: sibling_audience_ids[index] ?? audience_id,
    audience_name,
  }));

/** The same in the form. */
export const typedSiblings = (job: WithSiblings): TypedSibling[] => {
  const saved = savedSiblings(job);
  return job.configuration.siblings.map((sibling, key) => {
    const { identifier_type, id_field, default_country, ifa_format, ifa_kind, audience_name, shares = false } = sibling;
    return {
      key,
      identifier_type,
      id_field,
      default_country: default_country ?? '',
      ifa_format,
      ifa_kind: ifa_kind ?? '',
      audience_id: '',
      audience_label: '',
      audience_name: saved[key]?.audience_id === null ? audience_name : null,
      leaves: false,
      saved: key,
      shares,
    };
  });
};

/** Of a copy: it makes an audience of its own. */
export const withoutAudience = (sibling: TypedSibling): TypedSibling => ({
  ...sibling,
  audience_name: null,
  saved: null,
});

/** Whether a destination takes e-mail addresses and phone numbers in one list, and whether the form asks for it. */
export function sharedWith({ configuration }: SiblingContext, sharing: readonly IdentifierType[]) {
  const isPossible = sharing.includes('email') && sharing.includes('phone');
  const isChosen =
    isPossible &&
    configuration.identifier_type === 'email' &&
    configuration.siblings.some(({ shares, identifier_type }) => shares && identifier_type === 'phone');
  return { isPossible, isChosen };
}

/** As it is saved. */
export const savedOf = ({ saved }: TypedSibling, { saved_siblings }: SiblingContext): SavedSibling | undefined =>
  saved === null ? undefined : saved_siblings[saved];

/** The audience that it has at LINE and may keep: the type of an audience and its ad account cannot change. */
export function keptAudience(sibling: TypedSibling, values: SiblingContext): KeptAudience | null {
  const saved = savedOf(sibling, values);
  const { adaccount_id } = values.configuration;
  if (!saved || saved.audience_id === null) return null;
  const fits = saved.identifier_type === sibling.identifier_type && saved.adaccount_id === adaccount_id.trim();
  return fits ? { ...saved, audience_id: saved.audience_id } : null;
}

/** What becomes of its audience. */
export function audienceOf(sibling: TypedSibling, values: SiblingContext): SiblingAudience {
  if (keptAudience(sibling, values)) return sibling.leaves ? 'existing' : 'keep';
  return sibling.audience_id === '' ? 'new' : 'existing';
}

/**
 * The name that is suggested for the audience of a further identifier: "VIP (phone)", or "VIP 2 (phone)" when another
 * audience has this name. @param first the name of the first audience
 */
export function suggestedNameOf(sibling: TypedSibling, values: SiblingContext, first: string): string {
  if (first.trim() === '') return '';
  const { siblings } = values.configuration;
  const at = siblings.indexOf(sibling);
  // A name that is suggested too makes way for those before it.
  const others = siblings.filter((other, n) => n < at || !isSuggested(other, values));
  const taken = others.map((other) => siblingAudienceKeys(other, values, first).audience_name);
  return unusedName(first, sibling.identifier_type, [first.trim(), ...taken], values.max_name_length);
}

const isSuggested = (sibling: TypedSibling, values: SiblingContext): boolean =>
  !sibling.shares && audienceOf(sibling, values) === 'new' && sibling.audience_name === null;

/** As the API takes it; only what applies. @param first the name of the first audience */
export function siblingInput(
  sibling: TypedSibling,
  values: SiblingContext,
  first: string,
): JobConfiguration['siblings'][number] {
  const { identifier_type, id_field, default_country, ifa_format, ifa_kind } = sibling;
  return {
    ...siblingAudienceKeys(sibling, values, first),
    identifier_type,
    id_field,
    default_country: identifier_type === 'phone' ? default_country || null : null,
    ifa_format: identifier_type === 'ifa' ? ifa_format : 'sha256',
    ...(identifier_type === 'ifa' && ifa_kind !== '' && { ifa_kind }),
    ...(sibling.shares && { shares: true }),
  };
}

function siblingAudienceKeys(sibling: TypedSibling, values: SiblingContext, first: string) {
  const { audience_id, audience_name: typed, shares } = sibling;
  if (shares) return { audience_id: null, audience_name: null };
  switch (audienceOf(sibling, values)) {
    case 'keep': {
      const kept = keptAudience(sibling, values);
      if (typed !== null) return { audience_id: null, audience_name: typed.trim() || null };
      const name = kept?.audience_name ?? null;
      return { audience_id: name === null ? (kept?.audience_id ?? null) : null, audience_name: name };
    }
    case 'existing':
      return { audience_id: audience_id || null, audience_name: null };
    case 'new':
      return {
        audience_id: null,
        audience_name: (typed ?? suggestedNameOf(sibling, values, first)).trim() || null,
      };
  }
}
