/** The length of an audience's name in a flag. This file loads no Zod. */
import { MAX_AUDIENCE_NAME } from '../domain/audiences/requests.ts';
import type { DestinationTraits } from '../domain/destinations/traits.ts';

export type NameLimit = Pick<DestinationTraits, 'label' | 'name'>;

/**
 * What is wrong with it: "130 characters; LINE Ads allows 120". Undefined for one that fits.
 * @param destination undefined when only the service knows it
 */
export function lengthProblem(name: string, destination?: NameLimit): string | undefined {
  const characters = [...name].length;
  const most = destination?.name.maxLength ?? MAX_AUDIENCE_NAME;
  if (characters <= most) return undefined;
  return `${characters} characters; ${destination ? `${destination.label} allows ${most}` : `at most ${most} are allowed`}`;
}
