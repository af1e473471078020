import { lyAdsTraits } from '../../src/domain/destinations/ly-ads.ts';
import { describeDestination } from './contract/index.ts';
import { lyAdsKit } from './ly-ads-kit.ts';

describeDestination('LY Ads', lyAdsTraits, async () => (await lyAdsKit()).kit, { hasTokens: true });
