/** The destinations of the demo beside LINE Ads: a simulator of each, and their jobs. */
import type { UseCases } from '../../contracts/use-cases.ts';
import { type DemoLyAds, fillLyAds, startLyAds } from './ly-ads.ts';
import { type DemoOfficialAccount, fillOfficialAccount, startOfficialAccount } from './official-account.ts';

/** By the id of the destination. */
export type DemoDestinations = {
  readonly ly_ads: DemoLyAds;
  readonly line_official_account: DemoOfficialAccount;
};

export interface RunningDestinations {
  readonly destinations: DemoDestinations;
  close(): Promise<void>;
}

export async function startDestinations(): Promise<RunningDestinations> {
  const ly = await startLyAds();
  const official = await startOfficialAccount();
  return {
    destinations: { ly_ads: ly.lyAds, line_official_account: official.officialAccount },
    close: async () => {
      await official.close();
      await ly.close();
    },
  };
}

/**
 * The first runs go on while other parts of the demo are made.
 * @param exports the folder for their files
 * @returns what waits for them
 */
export async function fillDestinations(
  useCases: UseCases,
  { ly_ads, line_official_account }: DemoDestinations,
  exports: string,
): Promise<() => Promise<void>> {
  const lyAdsEnds = await fillLyAds(useCases, ly_ads, exports);
  const officialAccountEnds = await fillOfficialAccount(useCases, line_official_account, exports);
  return async () => {
    await lyAdsEnds();
    await officialAccountEnds();
  };
}
