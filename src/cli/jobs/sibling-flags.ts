/** The further identifiers of a job's configuration, and the flags that apply to all identifiers of their type. */

import type { IdentifierType } from '../../domain/audiences/requests.ts';
import { unusedName } from '../../domain/audiences/sibling-names.ts';
import { ifaFormatsOf } from '../../domain/destinations/index.ts';
import type { DestinationTraits } from '../../domain/destinations/traits.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import type { BodyOf } from '../api/client.ts';
import { type GivenSibling, parseSibling } from '../sibling-flag.ts';
import { type SplitFlags, splitOf } from './split-flags.ts';

type Configuration = BodyOf<'POST /jobs'>['configuration'];
type Sibling = NonNullable<Configuration['siblings']>[number];

interface Flags extends SplitFlags {
  audienceName?: string;
  identifierType?: IdentifierType;
  /** Empty: none. */
  sibling?: readonly GivenSibling[];
  defaultCountry?: string | null;
  ifaFormat?: Configuration['ifa_format'];
  ifaKind?: Configuration['ifa_kind'];
}

/** What decides about names and forms. */
type Traits = Pick<DestinationTraits, 'name' | 'identifiers'>;

/** What the flags do not give, they keep. */
type Edited = Partial<Pick<Configuration, 'audience_name' | 'identifier_type' | 'siblings' | 'split'>>;

/** Reads one `--sibling`, and adds it to those before it. @throws {LineupError} `invalid_argument` */
export function oneMoreSibling(value: string, before?: readonly GivenSibling[]): readonly GivenSibling[] {
  const isNone = value.trim() === 'none';
  if (before && (isNone || before.length === 0)) {
    throw new LineupError(
      'invalid_argument',
      '--sibling none cannot be used with another --sibling. Leave one of them out.',
    );
  }
  return isNone ? [] : [...(before ?? []), parseSibling(value)];
}

/** The keys of a configuration that concern several identifiers. Undefined for those that stay. */
export function siblingKeysOf(
  flags: Flags,
  edited: Edited,
  traits: Traits,
): Pick<Partial<Configuration>, 'siblings' | 'default_country' | 'ifa_format' | 'ifa_kind'> {
  const { defaultCountry, ifaKind } = flags;
  const type = flags.identifierType ?? edited.identifier_type;
  const siblings = flags.sibling ? siblingsOf(flags.sibling, flags, edited, traits) : (edited.siblings ?? []);
  const hasNewIfa =
    flags.identifierType === 'ifa' || flags.sibling?.some(({ identifierType }) => identifierType === 'ifa');
  const ifaFormat = flags.ifaFormat ?? (hasNewIfa ? onlyIfaFormat(traits) : undefined);
  const isOf = (wanted: IdentifierType) => (sibling: Sibling) => sibling.identifier_type === wanted;
  // When nothing has the type, the service reports the option at the first identifier.
  const concernsFirst = (wanted: IdentifierType) => type === wanted || !siblings.some(isOf(wanted));
  const isChanged =
    flags.sibling !== undefined ||
    (defaultCountry !== undefined && siblings.some(isOf('phone'))) ||
    ((ifaFormat ?? ifaKind) !== undefined && siblings.some(isOf('ifa')));
  return {
    siblings: isChanged
      ? siblings.map((sibling) => ({
          ...sibling,
          ...(defaultCountry !== undefined && isOf('phone')(sibling) && { default_country: defaultCountry }),
          ...(ifaFormat && isOf('ifa')(sibling) && { ifa_format: ifaFormat }),
          ...(ifaKind && isOf('ifa')(sibling) && { ifa_kind: ifaKind }),
        }))
      : undefined,
    default_country: concernsFirst('phone') ? defaultCountry : undefined,
    ifa_format: concernsFirst('ifa') ? ifaFormat : undefined,
    ifa_kind: concernsFirst('ifa') ? ifaKind : undefined,
  };
}

/** An identifier of the edited job keeps its audience when the flag names none. */
function siblingsOf(given: readonly GivenSibling[], flags: Flags, edited: Edited, traits: Traits): Sibling[] {
  const first = flags.audienceName ?? splitOf(flags, edited.split)?.name_template ?? edited.audience_name ?? undefined;
  const before = given.map(({ identifierType, field }) =>
    edited.siblings?.find((sibling) => sibling.identifier_type === identifierType && sibling.id_field === field),
  );
  const taken = [first, ...given.map((sibling, n) => sibling.audienceName ?? before[n]?.audience_name)];
  return given.map((wanted, n) => {
    const { identifierType: identifier_type, field: id_field, audienceId, audienceName, shares } = wanted;
    const kept = before[n];
    if (kept && audienceId === undefined && audienceName === undefined && !shares) return kept;
    const { shares: _, ...others } = kept ?? {};
    const sibling = { ...others, identifier_type, id_field };
    if (shares) return { ...sibling, audience_id: null, audience_name: null, shares };
    if (audienceId !== undefined) return { ...sibling, audience_id: audienceId, audience_name: null };
    const audience_name =
      audienceName ?? unusedName(nameOf(first, wanted), identifier_type, taken, traits.name.maxLength);
    taken.push(audience_name);
    return { ...sibling, audience_id: null, audience_name };
  });
}

/** Where a destination takes advertising ids in one form alone, nobody has to say it. */
function onlyIfaFormat(traits: Traits): Configuration['ifa_format'] {
  const [only, another] = ifaFormatsOf(traits);
  return another ? undefined : only;
}

/** The configuration of a copied job. Two jobs would overwrite the same audiences, so it creates its own. */
export function copiedConfiguration<C extends Configuration>(
  configuration: C,
  { name, audienceName = name }: { readonly name: string; readonly audienceName?: string | undefined },
  traits: Traits,
): C {
  // A template names them.
  if (configuration.split) return configuration;
  const taken = [audienceName];
  const siblings = configuration.siblings?.map((sibling): Sibling => {
    if (sibling.shares) return sibling;
    const audience_name = unusedName(audienceName, sibling.identifier_type, taken, traits.name.maxLength);
    taken.push(audience_name);
    return { ...sibling, audience_id: null, audience_name };
  });
  return { ...configuration, audience_id: null, audience_name: name, ...(siblings && { siblings }) };
}

/** @throws {LineupError} `invalid_argument` */
function nameOf(first: string | undefined, { identifierType, field }: GivenSibling): string {
  if (first !== undefined) return first;
  throw new LineupError(
    'invalid_argument',
    `--sibling ${identifierType}:${field} needs the name of its audience, because the first audience has no name here. Write --sibling "${identifierType}:${field}:NAME".`,
  );
}
