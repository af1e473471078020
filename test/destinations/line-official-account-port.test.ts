/** What only LINE Official Account has at the port: assertions, two kinds of ids, and audiences that end. */
import { expect, test } from 'vitest';
import { all, findAudience } from '../../src/destinations/audience.ts';
import { hosts, tokens } from '../../src/destinations/line-official-account/connect.ts';
import { noSignal, notTaken, taken } from './contract/given.ts';
import { lineOfficialAccountKit } from './line-official-account-kit.ts';

const day = 86_400_000;
const user = (n: number) => `U${String(n).padStart(32, '0')}`;
const device = (n: number) => `0000000a-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** An upload of these lines. */
function uploadOf(
  audience: { id: string } | { name: string },
  lines: readonly string[],
  identifierType = 'line_user_id',
) {
  const content = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  return {
    account: '1657000001',
    audience,
    action: 'ADD' as const,
    identifierType: identifierType as 'line_user_id' | 'ifa',
    fileName: 'lineup-r1-1.txt',
    bytes: content.length,
    read: async function* () {
      yield content;
    },
    onProgress: () => {},
    signal: noSignal(),
  };
}

test('LINE has one host for files and one for everything else, and a simulator has one', () => {
  expect(hosts()).toEqual(['https://api.line.me', 'https://api-data.line.me']);
  expect(hosts('http://127.0.0.1:4050')).toEqual(['http://127.0.0.1:4050']);
});

test('an assertion that the channel signs gives a token, and a wrong key says what to check', async () => {
  const { kit, simulator } = await lineOfficialAccountKit();
  const private_key = simulator.newKey('key-1');
  const call = { baseUrl: simulator.url, clock: kit.clock, signal: noSignal() };
  const credentials = { channel_id: '1657000001', key_id: 'key-1', private_key };
  const { token, expiresAt } = await tokens.mint(credentials, null, call);
  expect(token.reveal()).toMatch(/^oa-token-/);
  expect(Math.round((expiresAt.getTime() - kit.clock.now().getTime()) / 1_000)).toBe(899);
  for (const wrong of [{ key_id: 'key-2' }, { channel_id: '7' }, { private_key: 'none' }]) {
    const minting = tokens.mint({ ...credentials, ...wrong }, null, call);
    await expect(minting).rejects.toMatchObject({ code: 'line_unauthorized', retryable: false });
  }
  simulator.addFault({ kind: 'status', status: 503, endpoint: 'token', count: 3 });
  await expect(tokens.mint(credentials, null, call)).rejects.toMatchObject({
    code: 'line_unavailable',
    retryable: true,
  });
  expect(kit.violations().filter((violation) => Object(violation).code !== 'wrong_assertion')).toEqual([]);
});

test('an audience has user ids or advertising ids, and is of another type then', async () => {
  const { kit, simulator } = await lineOfficialAccountKit();
  const destination = await kit.connect();
  const { audienceId } = taken(await destination.send(uploadOf({ name: 'Devices' }, [device(1)], 'ifa')));
  expect(await findAudience(destination, kit.account, audienceId)).toMatchObject({
    identifierType: 'ifa',
    type: 'UPLOAD_IFA',
  });
  const mixed = notTaken(await destination.send(uploadOf({ id: audienceId }, [user(1)])));
  expect(mixed).toMatchObject({
    outcome: 'not_taken',
    reason: 'UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT',
    why: { code: 'line_rejected' },
  });
  expect(JSON.stringify([mixed, mixed.why.message])).not.toContain(user(1));
  const other = simulator.addAudience({ name: 'Clicked', type: 'CLICK', channelId: kit.account });
  expect(await findAudience(destination, kit.account, other)).toMatchObject({ identifierType: null, type: 'CLICK' });
});

test('audiences that Business Manager shares are listed with their owners, a page at a time', async () => {
  const { kit, simulator } = await lineOfficialAccountKit();
  const destination = await kit.connect();
  const owner = { serviceType: 'lap', id: 'A1', name: 'Store' };
  for (let n = 0; n < 3; n += 1) simulator.addAudience({ name: `Shoppers ${n}`, createRoute: 'AD_MANAGER', owner });
  const mine = simulator.addAudience({ name: 'Shoppers of mine', channelId: kit.account });
  const page = async (number: number) => {
    const { items, hasNext } = await destination.shared!({ page: number, size: 2, search: 'shoppers' }, noSignal());
    return { names: items.map(({ name }) => name), owners: items.map((item) => item.owner), hasNext };
  };
  const told = { id: 'A1', name: 'Store', service: 'lap' };
  expect(await page(1)).toEqual({ names: ['Shoppers 2', 'Shoppers 1'], owners: [told, told], hasNext: true });
  expect(await page(2)).toEqual({ names: ['Shoppers 0'], owners: [told], hasNext: false });
  // Nobody can take one for an audience of the channel.
  const listed = await destination.page(kit.account, { page: 1, size: 40, search: 'shoppers' });
  expect(listed.items.map(({ id }) => id)).toEqual([mine]);
  expect(listed.items[0]?.endsAt).toBe(new Date(Date.parse(listed.items[0]!.created) + 180 * day).toISOString());
  expect(kit.violations()).toEqual([]);
  const [shared] = (await destination.shared!({ page: 1, size: 1 }, noSignal())).items;
  expect(await findAudience(destination, kit.account, shared!.id)).toBeUndefined();
});

test('an audience that is EXPIRED, or of another channel, takes nothing', async () => {
  const { kit, simulator } = await lineOfficialAccountKit();
  const destination = await kit.connect();
  const old = simulator.addAudience({ name: 'Old', channelId: kit.account, ageDays: 179 });
  const others = simulator.addAudience({ name: 'Of others' });
  const unusable = async (id: string) => (await findAudience(destination, kit.account, id))?.unusable;
  expect([await unusable(old), await unusable(others)]).toEqual([null, expect.anything()]);
  kit.clock.advance(day);
  expect(await unusable(old)).not.toBeNull();
  const late = notTaken(await destination.send(uploadOf({ id: old }, [user(1)])));
  expect(late.reason).toBe('AUDIENCE_GROUP_CAN_NOT_UPLOAD_STATUS_EXPIRED');
});

test('pages may be larger than LINE’s own, and names are found exactly', async () => {
  const { kit, simulator } = await lineOfficialAccountKit();
  const destination = await kit.connect();
  const channelId = kit.account;
  const ids = Array.from({ length: 103 }, (_, n) =>
    simulator.addAudience({ name: `Audience ${n}`, channelId }),
  ).reverse();
  const page = async (number: number) => {
    const { items, hasNext } = await destination.page(channelId, { page: number, size: 50, search: 'audience' });
    return { ids: items.map(({ id }) => id), hasNext };
  };
  expect(await page(1)).toEqual({ ids: ids.slice(0, 50), hasNext: true });
  expect(await page(2)).toEqual({ ids: ids.slice(50, 100), hasNext: true });
  expect(await page(3)).toEqual({ ids: ids.slice(100), hasNext: false });
  const named = await all(destination.find(channelId, { name: 'Audience 10' }));
  expect(named.map(({ name }) => name)).toEqual(['Audience 10']);
  expect(await all(destination.find(channelId, { ids: ['x', '7', ids[0]!] }))).toHaveLength(1);
});

test('an upload that failed at LINE is no upload that was taken, but the audience that it made is there', async () => {
  const { kit, simulator } = await lineOfficialAccountKit({ faults: [{ kind: 'job_failed', count: 2 }] });
  const destination = await kit.connect();
  const since = kit.clock.now().toISOString();
  const { audienceId } = taken(await destination.send(uploadOf({ name: 'VIP' }, [user(1)])));
  simulator.advance(1_000);
  const sent = { ...uploadOf({ name: 'VIP' }, []), since, jobId: null, otherJobIds: [] };
  expect(await destination.whatBecame(sent, noSignal())).toMatchObject({ audienceId, audienceName: 'VIP' });
  const added = { ...sent, audience: { id: audienceId } };
  expect(await destination.whatBecame(added, noSignal())).toBeUndefined();
  taken(await destination.send(uploadOf({ id: audienceId }, [user(1)])));
  simulator.advance(1_000);
  expect(await destination.whatBecame(added, noSignal())).toBeUndefined();
  taken(await destination.send(uploadOf({ id: audienceId }, [user(1)])));
  expect(await destination.whatBecame(added, noSignal())).toMatchObject({ audienceId });
  simulator.state.deleteAudience(audienceId);
  await expect(destination.job(added, {})).rejects.toMatchObject({
    code: 'line_rejected',
    reason: 'AUDIENCE_GROUP_NOT_FOUND',
  });
});

test('an upload that fifty others have pushed out of LINE’s list can be sent again', async () => {
  const { kit, simulator } = await lineOfficialAccountKit();
  const destination = await kit.connect();
  const { audienceId } = taken(await destination.send(uploadOf({ name: 'VIP' }, [user(1)])));
  const audience = { id: audienceId };
  simulator.advance(2_000);
  const since = kit.clock.now().toISOString();
  const sent = { ...uploadOf(audience, []), fileName: 'lineup-r2-1.txt', since, jobId: null, otherJobIds: [] };
  const sendOthers = async (from: number, to: number) => {
    for (let n = from; n < to; n += 1) {
      simulator.advance(2_000);
      taken(await destination.send({ ...uploadOf(audience, [user(1)]), fileName: `other-${n}.txt` }));
    }
  };
  await sendOthers(0, 49);
  expect(await destination.job(sent, {})).toBeUndefined();
  await sendOthers(49, 50);
  expect(await destination.job(sent, {})).toMatchObject({ state: 'FAILED', again: true });
});

test('a run waits for a minute when LINE has too many requests of the channel, and a person does not', async () => {
  const { kit, simulator } = await lineOfficialAccountKit();
  const first = { page: 1, size: 1 };
  const destination = await kit.connect();
  await destination.page(kit.account, first);
  simulator.addFault({ kind: 'status', status: 429, message: 'Too Many Requests', endpoint: 'list', count: 5 });
  const began = kit.clock.monotonic();
  await destination.page(kit.account, first);
  const tookMs = kit.clock.monotonic() - began;
  expect(tookMs).toBeGreaterThanOrEqual(60_000);
  simulator.addFault({ kind: 'status', status: 429, message: 'Too Many Requests', endpoint: 'list', count: 5 });
  const hurried = await kit.connect({ patience: 'person' });
  await expect(hurried.page(kit.account, first)).rejects.toMatchObject({ code: 'line_rate_limited' });
  expect(kit.clock.monotonic() - began - tookMs).toBeLessThan(10_000);
});
