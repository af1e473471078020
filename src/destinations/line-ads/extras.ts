/**
 * What only LINE Ads has: overlaps and lookalikes, and its own documents of audiences, upload jobs and ad accounts,
 * which the command line shows as LINE gives them.
 */
import type {
  AdAccount,
  CustomAudience,
  CustomAudienceUploadJob,
  NewLookalike,
  OverlapEstimations,
} from '../../../packages/line-ads/src/index.ts';
import { all } from '../audience.ts';
import type { ConnectOptions } from '../connect.ts';
import type { Audience } from '../destination.ts';
import { clientOf } from './connect.ts';
import { audienceOf } from './destination.ts';
import { explained } from './failure.ts';

export type { CustomAudience };

/** Every call throws `LineupError`, explained already. */
export interface LineAdsExtras {
  adAccounts(groupId: string, signal: AbortSignal): Promise<AdAccount[]>;
  /** @param name a part of the names; undefined for all */
  audiences(account: string, name: string | undefined, signal: AbortSignal): Promise<CustomAudience[]>;
  audience(account: string, id: string, signal: AbortSignal): Promise<CustomAudience | undefined>;
  uploadJobs(account: string, audienceId: string, signal: AbortSignal): Promise<CustomAudienceUploadJob[]>;
  rename(account: string, id: string, name: string, signal: AbortSignal): Promise<CustomAudience>;
  delete(account: string, ids: readonly string[], signal: AbortSignal): Promise<void>;
  /** How much of the audience `baseId` is also in each of one to four others, by their ids. */
  overlap(
    account: string,
    pair: { readonly baseId: string; readonly comparedIds: readonly string[] },
    signal: AbortSignal,
  ): Promise<OverlapEstimations>;
  lookalike(
    account: string,
    wanted: NewLookalike,
    signal?: AbortSignal,
  ): Promise<{ readonly audience: Audience; readonly document: CustomAudience }>;
}

export function lineAdsExtras(options: ConnectOptions): LineAdsExtras {
  const { customAudiences, adAccounts } = clientOf(options);
  return {
    adAccounts: (groupId, signal) => explained(all(adAccounts.list(groupId, { includeLinked: true, signal }))),
    audiences: (account, name, signal) => explained(all(customAudiences.list(account, { name, signal }))),
    audience: (account, id, signal) => {
      const find = async () => {
        for await (const audience of customAudiences.list(account, { signal })) if (audience.id === id) return audience;
        return undefined;
      };
      return explained(find());
    },
    uploadJobs: (account, audienceId, signal) => explained(customAudiences.uploadJobs(account, audienceId, { signal })),
    rename: (account, id, name, signal) => explained(customAudiences.rename(account, id, name, { signal })),
    delete: (account, ids, signal) => explained(customAudiences.delete(account, ids, { signal })),
    overlap: (account, pair, signal) => explained(customAudiences.overlap(account, pair, { signal })),
    lookalike: async (account, wanted, signal) => {
      const document = await explained(customAudiences.createLookalike(account, wanted, { signal }));
      return { audience: audienceOf(document), document };
    },
  };
}
