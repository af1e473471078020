/**
 * Checks LINE's side before the first write. The audience that a run fills must exist and have the right
 * type. The audience that it creates must not exist. Only reads.
 */

import type { CustomAudience, FunctionType, IdType, LineAdsClient } from '../../packages/line-ads/src/index.ts';
import type { IdentifierType } from '../domain/audiences/requests.ts';
import { LineupError } from '../domain/errors/errors.ts';
import type { RunRequest } from '../domain/runs/run.ts';
import { sentence } from '../domain/text/sentence.ts';
import type { ExportContext } from './context.ts';
import { inStage } from './stages.ts';

/**
 * LINE's names for an identifier type, in an upload and in the audience. This is the only place that
 * translates them.
 */
export const lineTypes = {
  email: { idType: 'HASHED_EMAIL', functionType: 'HASHED_EMAIL_UPLOAD' },
  phone: { idType: 'HASHED_PHONE_NUMBER', functionType: 'HASHED_PHONE_NUMBER_UPLOAD' },
  ifa: { idType: 'IFA', functionType: 'UPLOAD' },
} as const satisfies Record<IdentifierType, { idType: IdType; functionType: FunctionType }>;

/**
 * The audience with this id, or undefined. LINE has no call for a single audience, so this reads the list.
 */
export async function findAudience(
  lineAds: LineAdsClient,
  adAccountId: string,
  id: string,
  signal?: AbortSignal,
): Promise<CustomAudience | undefined> {
  for await (const audience of lineAds.customAudiences.list(adAccountId, { signal })) {
    if (audience.id === id) return audience;
  }
  return undefined;
}

/** All audiences with exactly this name. LINE's own `name` filter may also match parts of names. */
export async function audiencesNamed(
  lineAds: LineAdsClient,
  adAccountId: string,
  name: string,
  signal?: AbortSignal,
): Promise<CustomAudience[]> {
  const found: CustomAudience[] = [];
  for await (const audience of lineAds.customAudiences.list(adAccountId, { name, signal })) {
    if (audience.name === name) found.push(audience);
  }
  return found;
}

/**
 * Checks the audience that `request` names, and its type unless `identifierType` is null.
 * @returns the existing audience, or undefined when the run will create one
 * @throws {LineupError} `audience_not_found`, `audience_type_mismatch`, `audience_name_taken`
 */
export async function checkAudience(
  lineAds: LineAdsClient,
  request: Pick<RunRequest, 'adAccountId' | 'audienceName'> & {
    identifierType: RunRequest['identifierType'] | null;
  },
  audienceId: string | null,
  signal?: AbortSignal,
): Promise<CustomAudience | undefined> {
  const { adAccountId, audienceName, identifierType } = request;
  if (audienceId === null) {
    const [taken] = await audiencesNamed(lineAds, adAccountId, audienceName ?? '', signal);
    if (taken) throw nameTaken(audienceName ?? '', taken.id);
    return undefined;
  }
  const audience = await findAudience(lineAds, adAccountId, audienceId, signal);
  if (!audience) {
    throw new LineupError(
      'audience_not_found',
      sentence`Ad account ${adAccountId} has no custom audience ${audienceId}.`,
    );
  }
  const wanted = identifierType && lineTypes[identifierType].functionType;
  if (wanted && audience.functionType !== wanted) {
    throw new LineupError(
      'audience_type_mismatch',
      sentence`Custom audience ${audienceId} (${audience.name}) has the type ${audience.functionType}, but the identifier type needs ${wanted}. The type of an audience cannot change. Choose another audience, or create a new one.`,
    );
  }
  return audience;
}

/** The same for the audience of a delivery, as it is now. */
export const checkAudienceOf = (delivery: ExportContext, lineAds: LineAdsClient): Promise<CustomAudience | undefined> =>
  inStage(delivery, 'check', () => {
    const { request, audienceId } = delivery.journal.state;
    return checkAudience(lineAds, request, audienceId, delivery.signal);
  });

/** The error for a second audience with the same name. */
export function nameTaken(name: string, id: string): LineupError {
  return new LineupError(
    'audience_name_taken',
    sentence`LINE already has a custom audience "${name}" with the ID ${id}. Use that one, or choose another name.`,
    { reason: 'AUDIENCE_GROUP_NAME_DUPLICATE' },
  );
}
