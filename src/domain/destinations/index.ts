/** All destinations, as data. */
import { lineAdsTraits } from './line-ads.ts';
import type { DestinationTraits } from './traits.ts';

const destinations: readonly DestinationTraits[] = [lineAdsTraits];

/** @param id as a run request names it; missing for LINE Ads */
export const isDestination = (id: string = lineAdsTraits.id): boolean =>
  destinations.some((destination) => destination.id === id);

/** The longest name that any destination allows its audiences, in characters. */
export const MAX_AUDIENCE_NAME: number = Math.max(...destinations.map(({ name }) => name.maxLength));
