/** LY Ads in the demo: a simulator, an authorization that somebody has connected, and a job with two identifiers. */
import { join } from 'node:path';
import { startLyAdsSimulator } from '../../../simulators/ly-ads/index.ts';
import type { UseCases } from '../../contracts/use-cases.ts';
import { system } from '../../domain/people/people.ts';
import { number } from '../output.ts';
import { create, endOf, job } from './jobs.ts';
import { step, writeMembers } from './stage.ts';

/** The MCC of the simulator, and the ad account below it that the job fills. */
const BASE_ACCOUNT = '1001';
const AD_ACCOUNT = '1011';

/** The simulator as a destination. Plain data, so that it can go to another process. */
export interface DemoLyAds {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** What the page of the consent has shown to a person. It works once. */
  readonly code: string;
}

export interface RunningLyAds {
  readonly lyAds: DemoLyAds;
  close(): Promise<void>;
}

export async function startLyAds(): Promise<RunningLyAds> {
  const { url, client, code, close } = await startLyAdsSimulator({ jobMs: 600, reachMs: 3_000 });
  step('A simulator of LY Ads is running', url);
  const { clientId, clientSecret } = client;
  return { lyAds: { url, clientId, clientSecret, code: code() }, close };
}

/** Connects an authorization, as a person would who enters the code. @returns its id */
async function connect(useCases: UseCases, { clientId, clientSecret, code }: DemoLyAds): Promise<string> {
  const { authorizations, consents } = useCases;
  const input = {
    provider: 'ly_ads',
    method: 'ly_ads_application',
    label: 'LY Ads',
    description: 'On a simulator of the demo',
    configuration: { client_id: clientId, client_secret: clientSecret },
  };
  const { id, revision } = (await authorizations.create(input, system)).value;
  await consents.begin(id, { revision, by: 'code', replace_identity: false }, system, false);
  await consents.enterCode(id, code, system);
  const choice = { revision, account_id: BASE_ACCOUNT };
  await consents.chooseBaseAccount(id, choice, system, AbortSignal.timeout(30_000));
  return id;
}

/** Few, so that the start of the demo stays short. */
const MEMBERS = 20_000;

/**
 * Its first run goes on while other parts of the demo are made.
 * @param exports the folder for its file
 * @returns what waits for it
 */
export async function fillLyAds(useCases: UseCases, lyAds: DemoLyAds, exports: string): Promise<() => Promise<void>> {
  const name = 'Newsletter, to LY Ads';
  const file = await writeMembers(join(exports, 'newsletter.csv'), MEMBERS, 3);
  const weekly = job(name, await connect(useCases, lyAds), file, { run_frequency: 'weekly', day_of_week: 'tuesday' });
  const id = await create(useCases, {
    ...weekly,
    type: 'ly_ads_audience_export',
    configuration: {
      ...weekly.configuration,
      adaccount_id: AD_ACCOUNT,
      member_days: 30,
      siblings: [
        {
          shares: true,
          audience_id: null,
          audience_name: null,
          identifier_type: 'phone',
          id_field: 'phone',
          default_country: 'JP',
          ifa_format: 'sha256',
        },
      ],
    },
  });
  return async () => {
    const { last_run } = await endOf(useCases, id);
    step(
      `The job "${name}" sends e-mail addresses and phone numbers to one list`,
      `${number(last_run?.unique ?? 0)} members, who leave 30 days after they were sent last`,
    );
  };
}
