/**
 * What the flags of `export` and `prepare` ask for: how they go together, and what is missing. This file loads no Zod.
 */

import {
  type ExportRequest,
  identifierTypes,
  MAX_LISTS,
  MAX_SIBLINGS,
  type ScanRequest,
  type SiblingExport,
  type SiblingScan,
} from '../domain/audiences/requests.ts';
import { SHARED, unusedName } from '../domain/audiences/sibling-names.ts';
import { defaultDestination, mayShare } from '../domain/destinations/index.ts';
import { LineupError } from '../domain/errors/errors.ts';
import type { ExportFlags, ScanFlags } from './options.ts';
import { withPhoneCountry } from './phone-country.ts';
import type { GivenSibling } from './sibling-flag.ts';

const DEFAULT_MAX_SHRINK = 0.5;

const bad = (message: string): LineupError => new LineupError('invalid_argument', message);

/** @throws {LineupError} `invalid_argument` naming every flag that is missing or does not go with the others */
export function scanRequest(flags: ScanFlags, alsoMissing: string[] = []): ScanRequest {
  const { source, field, identifierType } = flags;
  const missing = [
    ...(source ? [] : ['--source']),
    ...(field ? [] : ['--field']),
    ...(identifierType ? [] : ['--identifier-type']),
    ...alsoMissing,
  ];
  if (missing.length > 0 || !source || !field || !identifierType) {
    throw bad(`${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing.`);
  }
  const {
    sibling: siblings = [],
    defaultCountry,
    presumedCountry,
    suppress,
    suppressField,
    holdOut,
    experiment: name,
    ...others
  } = flags;
  const types = [identifierType, ...siblings.map((sibling) => sibling.identifierType)];
  if (defaultCountry && !types.includes('phone')) {
    throw bad('--default-country works only with identifiers of the type phone.');
  }
  if (flags.ifaFormat === 'raw' && !types.includes('ifa')) {
    throw bad('--ifa-format raw works only with identifiers of the type ifa.');
  }
  if (flags.hashInDatabase && flags.ifaFormat === 'raw') {
    throw bad('--hash-in-database does not work with --ifa-format raw, because raw ids are not hashed.');
  }
  assertDifferent(field, siblings);
  const fields = suppressFields(suppressField ?? [], [{ identifierType, field }, ...siblings]);
  return {
    ...others,
    source,
    field,
    identifierType,
    ...(defaultCountry && { defaultCountry }),
    ...(!defaultCountry && presumedCountry && types.includes('phone') && { presumedCountry }),
    ...(siblings.length > 0 && { siblings }),
    ...(suppress && { suppress: suppressSources(suppress, fields, source) }),
    ...heldOut(holdOut, name),
  };
}

/** The flags after the choice of a country for phone numbers. @param country of this machine, if it is known */
export const withCountry = <Flags extends ScanFlags>(flags: Flags, country: string | undefined): Flags => ({
  ...withPhoneCountry(
    flags,
    [flags.identifierType, ...(flags.sibling ?? []).map((sibling) => sibling.identifierType)],
    country,
  ),
  presumedCountry: country,
});

/** What `prepare` reads: no audience. @throws {LineupError} `invalid_argument` */
export function preparationRequest(flags: ScanFlags, alsoMissing: string[]): ScanRequest {
  const named = flags.sibling?.find((sibling) => sibling.audienceId ?? sibling.audienceName ?? sibling.shares);
  if (named) {
    throw bad(`prepare fills no audience. Write --sibling ${named.identifierType}:${named.field}.`);
  }
  return scanRequest(flags, alsoMissing);
}

/** @throws {LineupError} `invalid_argument` */
function assertDifferent(field: string, siblings: readonly GivenSibling[]): void {
  if (siblings.length > MAX_SIBLINGS) {
    throw bad(`--sibling may be given ${MAX_SIBLINGS} times, but was given ${siblings.length} times.`);
  }
  const fields = [field, ...siblings.map((sibling) => sibling.field)];
  const twice = fields.find((name, n) => fields.indexOf(name) !== n);
  if (twice !== undefined) throw bad(`The field "${twice}" is used twice. Give each identifier its own field.`);
}

type SuppressFields = Pick<NonNullable<ScanRequest['suppress']>[number], 'field' | 'fields'>;

/**
 * @param given a name for the first identifier, and `type=name` for those of a type
 * @throws {LineupError} `invalid_argument`: a field that is not read as it was meant would let people into an audience
 */
function suppressFields(
  given: readonly string[],
  [first, ...siblings]: readonly [SiblingScan, ...SiblingScan[]],
): SuppressFields {
  let field: string | undefined;
  const fields: Partial<Record<ScanRequest['identifierType'], string | null>> = {};
  for (const pair of given) {
    const [type, name] = pair.split(/=(.*)/s);
    const identifierType = identifierTypes.find((known) => known === type);
    if (identifierType && name !== undefined) {
      if (identifierType in fields) throw bad(`--suppress-field is given twice for ${identifierType}.`);
      if (![first, ...siblings].some((scan) => scan.identifierType === identifierType)) {
        throw bad(`--suppress-field ${pair} is for no identifier: none has the type ${identifierType}.`);
      }
      fields[identifierType] = name === '' ? null : name;
    } else {
      if (field !== undefined) {
        throw bad('--suppress-field is given twice. For a sibling, write its type: --suppress-field phone=tel.');
      }
      field = pair;
    }
  }
  const { [first.identifierType]: ofFirst = first.field } = fields;
  if (field === undefined && ofFirst === null) {
    throw bad(
      `--suppress-field ${first.identifierType}= would leave nobody out of the first audience. Give the column of its identifier.`,
    );
  }
  return { field: field ?? ofFirst ?? first.field, ...(Object.keys(fields).length > 0 && { fields }) };
}

/** @throws {LineupError} `invalid_argument` */
function suppressSources(
  sources: readonly string[],
  fields: SuppressFields,
  audience: string,
): NonNullable<ScanRequest['suppress']> {
  if (sources.length > MAX_LISTS) {
    throw bad(`--suppress may be given ${MAX_LISTS} times, but was given ${sources.length} times.`);
  }
  return sources.map((source, n) => {
    if (source === '-') {
      throw bad('--suppress cannot read standard input. Write the list to a file, and give its path.');
    }
    if (source === audience) {
      throw bad(`--suppress ${source} is the source itself, so it would leave everybody out.`);
    }
    if (sources.indexOf(source) !== n) throw bad(`--suppress ${source} is given twice.`);
    return { source, ...fields, maxShrink: DEFAULT_MAX_SHRINK };
  });
}

function heldOut(share: number | undefined, name: string | undefined): Pick<ScanRequest, 'holdOut'> {
  if (share === undefined && name === undefined) return {};
  if (share === undefined) throw bad('--experiment works only with --hold-out, the share to keep out.');
  if (name === undefined) throw bad('--hold-out needs --experiment, the name that selects who is kept out.');
  return { holdOut: { share, experiment: name } };
}

/** @throws {LineupError} `invalid_argument` */
export function exportRequest(flags: ExportFlags): ExportRequest {
  const { adAccount, audienceId, audienceName: name } = flags;
  if (audienceId && name) {
    throw bad(
      '--audience-id and --audience-name cannot be used together. The first fills an existing audience, the second creates one.',
    );
  }
  const missing = [
    ...(adAccount ? [] : ['--ad-account']),
    ...(audienceId || name ? [] : ['--audience-id or --audience-name']),
  ];
  const { suppressMaxShrink = DEFAULT_MAX_SHRINK, ...others } = flags;
  const { suppress, ...request } = scanRequest(others, missing);
  const siblings = flags.sibling && withAudiences(flags.sibling, name);
  const shared = siblings?.find(({ shares, identifierType: type }) => {
    return shares && !mayShare(defaultDestination, request.identifierType, type);
  });
  if (shared) {
    throw bad(
      `--sibling ${shared.identifierType}:${shared.field}:${SHARED}: ${defaultDestination.label} does not take identifiers of the types ${request.identifierType} and ${shared.identifierType} in one audience. Give this identifier an audience of its own.`,
    );
  }
  if (siblings) assertOtherAudiences([{ audienceId, audienceName: name }, ...siblings.filter(({ shares }) => !shares)]);
  return {
    ...request,
    ...(siblings && { siblings }),
    ...(suppress && { suppress: suppress.map((list) => ({ ...list, maxShrink: suppressMaxShrink })) }),
    adAccountId: adAccount ?? '',
    audienceId,
    audienceName: name,
    mode: flags.mode,
    maxShrink: flags.maxShrink ?? DEFAULT_MAX_SHRINK,
    dryRun: flags.dryRun ?? false,
  };
}

/** @param first the name of the first audience @throws {LineupError} `invalid_argument` */
function withAudiences(siblings: readonly GivenSibling[], first: string | undefined): SiblingExport[] {
  const taken = [first, ...siblings.map((sibling) => sibling.audienceName)];
  return siblings.map((sibling) => {
    if (sibling.audienceId ?? sibling.audienceName ?? sibling.shares) return sibling;
    const audienceName = unusedName(
      nameOf(first, sibling),
      sibling.identifierType,
      taken,
      defaultDestination.name.maxLength,
    );
    taken.push(audienceName);
    return { ...sibling, audienceName };
  });
}

/** @throws {LineupError} `invalid_argument` */
function nameOf(first: string | undefined, { identifierType: type, field }: GivenSibling): string {
  if (first !== undefined) return first;
  throw bad(
    `--sibling ${type}:${field} needs an audience, because the first one has no new name to make one from. Write ${type}:${field}:NAME or ${type}:${field}:id=ID.`,
  );
}

/** @throws {LineupError} `invalid_argument` */
function assertOtherAudiences(audiences: readonly Pick<SiblingExport, 'audienceId' | 'audienceName'>[]): void {
  const names = audiences.map(({ audienceId, audienceName }) => audienceId ?? `"${audienceName}"`);
  const twice = names.find((audience, n) => names.indexOf(audience) !== n);
  if (twice !== undefined) {
    throw bad(`Two identifiers have the same audience (${twice}). Each one needs an audience of its own.`);
  }
}
