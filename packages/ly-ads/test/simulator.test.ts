/** The client with the simulator, which was written only from LY’s descriptions: each side checks the other. */
import { expect, it, onTestFinished } from 'vitest';
import { type LyAdsSimulatorOptions, startLyAdsSimulator } from '../../../simulators/ly-ads/index.ts';
import { authorizeUrl, exchangeCode, LyAdsClient, RequestLimiter, refreshAccessToken } from '../src/index.ts';
import { failureOf, fileOf } from './helpers.ts';

const lines = Array.from({ length: 100 }, (_, n) => n.toString(16).padStart(8, '0').padStart(64, 'a'));
const hashes = (heading = 'Email') => fileOf(`${[heading, ...lines].join('\n')}\n`);

async function aSide(options: LyAdsSimulatorOptions = {}) {
  const simulator = await startLyAdsSimulator({ jobMs: 0, reachMs: 0, matchRate: 1, ...options });
  onTestFinished(() => simulator.close());
  const { clientId, clientSecret } = simulator.client;
  const application = { clientId, clientSecret, baseUrl: simulator.url };
  const granted = simulator.grant();
  const { refreshToken } = granted;
  let { accessToken } = granted;
  const client = new LyAdsClient({
    clientId,
    baseAccountId: '1001',
    token: async (refused) => {
      if (refused === accessToken) ({ accessToken } = await refreshAccessToken({ ...application, refreshToken }));
      return accessToken;
    },
    baseUrl: simulator.url,
    // On a busy machine, requests may be delayed by more than the usual margin.
    limiter: new RequestLimiter({ windowMs: 1_500 }),
  });
  return { simulator, client, application };
}

it('makes, fills, renames and removes a list', async () => {
  const { simulator, client } = await aSide();
  const { audienceLists } = client;
  const { audienceListId: id } = await audienceLists.add('1011', { audienceListName: '会員', dataDuration: 30 });
  const upload = { uploadType: 'MAIL_ADDRESS_AND_PHONE_NUMBER', file: hashes() } as const;
  const { uploadJobId } = await audienceLists.uploadUserList('1011', id, upload);
  const [job] = await audienceLists.uploadJobs('1011', id, { uploadJobIds: [uploadJobId] });
  expect(job).toMatchObject({ uploadJobId, audienceListId: id, jobStatus: 'RECEIVED', uploadSource: 'API' });
  expect([...simulator.state.members(id)]).toEqual(lines);
  await audienceLists.set('1011', { audienceListId: id, audienceListName: 'Members', dataDuration: 60 });
  const { items } = await audienceLists.page('1011', { audienceListIds: [id] });
  expect(items).toMatchObject([{ audienceListName: 'Members', dataDuration: 60, reach: 100 }]);
  await audienceLists.remove('1011', id);
  expect(simulator.state.list(id)).toBeUndefined();
  expect(simulator.inspect().violations).toEqual([]);
});

it('uses the largest ids, and refuses those that JSON has rounded', async () => {
  const { client, simulator } = await aSide({ listIds: 'largest' });
  const list = { audienceListName: 'N', dataDuration: 1 };
  expect((await client.audienceLists.add('1011', list)).audienceListId).toBe(String(Number.MAX_SAFE_INTEGER));
  const other = await aSide({ listIds: 'too-large' });
  expect(await failureOf(other.client.audienceLists.add('1011', list))).toMatchObject({
    code: 'invalid_response',
    outcome: 'unknown',
  });
  expect(simulator.inspect().violations).toEqual([]);
});

it.each(['0111', '0114'] as const)(
  'replaces a token that has expired with %s, also for an upload',
  async (expiredToken) => {
    const { client, simulator } = await aSide({ expiredToken });
    const { audienceListId: id } = await client.audienceLists.add('1011', { audienceListName: 'N', dataDuration: 1 });
    simulator.state.grants.expireAccess('BIZ0001');
    const upload = { uploadType: 'MAIL_ADDRESS_AND_PHONE_NUMBER', file: hashes() } as const;
    await client.audienceLists.uploadUserList('1011', id, upload);
    expect(simulator.inspect().grants).toMatchObject([{ refreshes: 1 }]);
    expect(simulator.inspect().violations).toEqual([]);
  },
);

it('gets tokens for a code, once', async () => {
  const { application, simulator } = await aSide({ consent: 'allow' });
  const redirectUri = 'https://app.example/back';
  const { clientId } = application;
  const asked = await fetch(authorizeUrl({ clientId, redirectUri, state: 's', baseUrl: simulator.url }), {
    redirect: 'manual',
  });
  const code = new URL(asked.headers.get('location') ?? '').searchParams.get('code') ?? '';
  const { refreshToken } = await exchangeCode({ ...application, code, redirectUri });
  await refreshAccessToken({ ...application, refreshToken: refreshToken ?? '' });
  expect(await failureOf(exchangeCode({ ...application, code, redirectUri }))).toMatchObject({ code: 'unauthorized' });
});

it('reads answers whose properties are left out, and words that it does not know', async () => {
  const { client, simulator } = await aSide({ absentProperties: 'omit' });
  simulator.addFault({ kind: 'property', property: 'deliveryStatus', value: 'UNKNOWN' });
  const { items } = await client.audienceLists.page('1011');
  expect(items.length).toBeGreaterThan(2);
  expect(items.every(({ deliveryStatus }) => deliveryStatus === 'UNKNOWN')).toBe(true);
  const types = items.map(({ audienceListType }) => audienceListType);
  expect(types).toContain('MIGRATED_LINE_AUDIENCE');
});
