/** An authorization of LY Ads on its simulator, connected as a person does who enters the code of the consent. */
import type { LyAdsSimulator } from '../../simulators/ly-ads/index.ts';
import { newAuthorization } from '../../src/contracts/authorizations.ts';
import { type NewJob, newJob } from '../../src/contracts/jobs.ts';
import type { UseCases } from '../../src/contracts/use-cases.ts';
import type { Actor } from '../../src/domain/people/people.ts';
import { aNewJob } from './service.ts';

/** The MCC of the simulator, and the ad account below it. */
export const BASE_ACCOUNT = '1001';
export const AD_ACCOUNT = '1011';

/** @returns its id */
export async function connectLyAds(
  { authorizations, consents }: UseCases,
  { client, code }: LyAdsSimulator,
  actor: Actor,
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const configuration = { client_id: client.clientId, client_secret: client.clientSecret, ...more };
  const about = { provider: 'ly_ads', method: 'ly_ads_application', label: 'LY Tokyo' };
  const { value } = await authorizations.create(newAuthorization.parse({ ...about, configuration }), actor);
  await consents.begin(value.id, { revision: value.revision, by: 'code', replace_identity: false }, actor, false);
  await consents.enterCode(value.id, code(), actor);
  const choice = { revision: value.revision, account_id: BASE_ACCOUNT };
  await consents.chooseBaseAccount(value.id, choice, actor, AbortSignal.timeout(30_000));
  return value.id;
}

/** A job to LY Ads, as the API would have parsed it. */
export const aLyJob = (authorization: string, configuration: Record<string, unknown> = {}): NewJob =>
  newJob.parse({
    ...aNewJob(authorization, { adaccount_id: AD_ACCOUNT, member_days: 30, ...configuration }),
    type: 'ly_ads_audience_export',
  });
