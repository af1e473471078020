/** What the limits of a destination are called where processes share them. */
import { defaultDestination } from './index.ts';
import type { DestinationTraits, RequestLimit } from './traits.ts';

/** Whose requests count together, as those of one access key, and how many the destination accepts of them. */
export interface RequestQuota {
  readonly key: string;
  readonly limit: RequestLimit;
  /** Whether the destination may ask for a pause. */
  readonly pauses?: true | undefined;
}

type Limited = Pick<DestinationTraits, 'id' | 'limits'>;

export const quotaOf = (traits: Limited, key: string): RequestQuota => ({
  key: limitKey(traits, key),
  limit: traits.limits.requests,
  ...(traits.limits.pauseMs !== undefined && { pauses: true }),
});

/**
 * The name of an account or a key, so that no destination meets one of another. LINE Ads was the first one, and its
 * names stay as they are: two versions share the limits during an upgrade.
 */
export const limitKey = ({ id }: Pick<Limited, 'id'>, key: string): string =>
  id === defaultDestination.id ? key : `${id}:${key}`;
