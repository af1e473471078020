/** LINE's own client as the judge of the simulator: every call for audiences, and the tokens that Lineup uses. */
import { channelAccessToken, HTTPFetchError, manageAudience } from '@line/bot-sdk';
import { expect, test } from 'vitest';
import { assertionOf, device, devices, startOa, user, users, violations } from './client.ts';

async function officialClients() {
  const { sim } = await startOa();
  const baseURL = sim.url;
  const tokens = new channelAccessToken.ChannelAccessTokenClient({ baseURL });
  const { access_token: token } = await tokens.issueStatelessChannelTokenByClientSecret(
    sim.channel.channelId,
    sim.channel.channelSecret,
  );
  const given = { baseURL, channelAccessToken: token };
  return {
    sim,
    tokens,
    client: new manageAudience.ManageAudienceClient(given),
    blobs: new manageAudience.ManageAudienceBlobClient(given),
  };
}

/** The status and the code of a refusal. */
async function refusalOf(call: Promise<unknown>): Promise<[number, string]> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof HTTPFetchError)) throw new Error(`Expected a refusal, got ${String(error)}.`);
  return [error.status, JSON.parse(error.body).details?.[0].message];
}

test('it gets stateless tokens by a secret and by an assertion', async () => {
  const { sim, tokens } = await officialClients();
  const privateKey = sim.newKey('key-1');
  const issued = { token_type: 'Bearer', access_token: expect.any(String), expires_in: 899 };
  expect(await tokens.issueStatelessChannelTokenByJWTAssertion(assertionOf(privateKey))).toEqual(issued);
  const { httpResponse, body } = await tokens.issueStatelessChannelTokenByClientSecretWithHttpInfo(
    sim.channel.channelId,
    sim.channel.channelSecret,
  );
  expect([httpResponse.status, body]).toEqual([200, issued]);
  const wrong = tokens.issueStatelessChannelTokenByClientSecret(sim.channel.channelId, 'wrong');
  await expect(wrong).rejects.toMatchObject({ status: 400 });
  const unknown = assertionOf(privateKey, { header: { kid: 'key-2' } });
  await expect(tokens.issueStatelessChannelTokenByJWTAssertion(unknown)).rejects.toMatchObject({ status: 404 });
  expect(violations(sim)).toEqual([]);
});

test('it creates audiences from files, and adds to them', async () => {
  const { sim, client, blobs } = await officialClients();
  const created = await blobs.createAudienceForUploadingUserIds(users(1, 60), 'VIP', false, 'a.txt');
  expect(created).toMatchObject({ type: 'UPLOAD', createRoute: 'MESSAGING_API', permission: 'READ_WRITE' });
  const id = created.audienceGroupId!;
  sim.advance(300);
  const { httpResponse } = await blobs.addUserIdsToAudienceWithHttpInfo(users(61, 100), id, 'b.txt');
  expect([httpResponse.status, httpResponse.headers.get('x-line-request-id')]).toEqual([202, expect.any(String)]);
  sim.advance(1300);
  sim.configure({ emptyAnswers: 'object', jobOrder: 'oldest-first' });
  const { audienceGroup, jobs } = await client.getAudienceData(id);
  expect(audienceGroup).toEqual({ ...created, status: 'READY', audienceCount: 100 });
  expect(jobs?.map(({ description, jobStatus, audienceCount }) => [description, jobStatus, audienceCount])).toEqual([
    ['a.txt', 'FINISHED', 60],
    ['b.txt', 'FINISHED', 40],
  ]);
  const ifa = await blobs.createAudienceForUploadingUserIds(devices(1, 30), 'Devices', true, 'c.txt');
  expect(ifa.isIfaAudience).toBe(true);
  expect(await blobs.addUserIdsToAudience(devices(31, 40), ifa.audienceGroupId, 'd.txt')).toEqual({});
  expect(await refusalOf(blobs.addUserIdsToAudience(users(1, 2), ifa.audienceGroupId, 'e.txt'))).toEqual([
    400,
    'UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT',
  ]);
});

test('it creates audiences from lists, and adds to them', async () => {
  const { sim, client } = await officialClients();
  const { audienceGroupId: id } = await client.createAudienceGroup({
    description: 'VIP',
    isIfaAudience: false,
    uploadDescription: 'a',
    audiences: [{ id: user(1) }, { id: user(2) }],
  });
  sim.advance(300);
  expect(
    await client.addAudienceToAudienceGroup({
      audienceGroupId: id!,
      uploadDescription: 'b',
      audiences: [{ id: user(3) }],
    }),
  ).toBeNull();
  sim.advance(300);
  expect((await client.getAudienceData(id!)).audienceGroup?.audienceCount).toBe(3);
  expect(await refusalOf(client.createAudienceGroup({ description: 'IFA', audiences: [{ id: device(1) }] }))).toEqual([
    400,
    'UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT',
  ]);
});

test('it creates audiences from messages, renames and deletes', async () => {
  const { client } = await officialClients();
  const clickUrl = 'https://shop.example/';
  expect(
    await client.createClickBasedAudienceGroup({ description: 'Clicked', requestId: 'r', clickUrl }),
  ).toMatchObject({
    type: 'CLICK',
    requestId: 'r',
    clickUrl,
  });
  const { audienceGroupId: id } = await client.createImpBasedAudienceGroup({ description: 'Seen', requestId: 'r' });
  await client.updateAudienceGroupDescription(id!, { description: 'Seen in spring' });
  expect(await client.getAudienceData(id!)).toMatchObject({
    audienceGroup: { type: 'IMP', description: 'Seen in spring', status: 'READY' },
    jobs: [],
  });
  expect(await client.deleteAudienceGroup(id!)).toEqual({});
  expect(await refusalOf(client.getAudienceData(id!))).toEqual([400, 'AUDIENCE_GROUP_NOT_FOUND']);
});

test('it lists audiences, and those that are shared', async () => {
  const { client } = await officialClients();
  const { audienceGroupId } = await client.createAudienceGroup({ description: 'Spring VIP' });
  const found = await client.getAudienceGroups(1, 'SPRING', 'IN_PROGRESS', 40, false, 'MESSAGING_API');
  expect(found).toMatchObject({
    audienceGroups: [{ audienceGroupId, description: 'Spring VIP', status: 'IN_PROGRESS' }],
    hasNextPage: false,
    totalCount: 1,
    readWriteAudienceGroupTotalCount: 1,
    page: 1,
    size: 40,
  });
  expect((await client.getAudienceGroups(1)).totalCount).toBe(3);
  expect(await refusalOf(client.getAudienceGroups(1, undefined, undefined, 41))).toEqual([400, 'TOO_HIGH']);
  const shared = await client.getSharedAudienceGroups(1, undefined, undefined, undefined, undefined, false);
  const [, ofAds] = shared.audienceGroups ?? [];
  expect((await client.getSharedAudienceData(ofAds!.audienceGroupId!)).owner).toEqual({
    serviceType: 'lap',
    id: 'A012345678',
    name: 'Example Store',
  });
});
