/** The client with the simulator. The simulator was written only from LINE’s rules, so each side checks the other. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LineAdsSimulator, startLineAdsSimulator } from '../../../simulators/line-ads/index.ts';
import { LineAdsClient, RequestLimiter } from '../src/index.ts';
import { collect, failureOf } from './helpers.ts';

let simulator: LineAdsSimulator;
let client: LineAdsClient;
let directory: string;
let path: string;
const lines = ['a', 'b', 'c'].map((digit) => digit.repeat(64));
const file = (name: string) => ({ path, name });

beforeAll(async () => {
  simulator = await startLineAdsSimulator({ jobMs: 0, matchMs: 0 });
  const { accessKey, secretKey } = simulator.keys[0]!;
  // On a busy machine, requests may be delayed by more than the usual margin.
  const limiter = new RequestLimiter({ windowMs: 3_000 });
  client = new LineAdsClient({ accessKey, secretKey, baseUrl: simulator.url, limiter });
  directory = mkdtempSync(join(tmpdir(), 'line-ads-'));
  path = join(directory, 'chunk.txt');
  writeFileSync(path, `${lines.join('\n')}\n`);
});
afterAll(async () => {
  await simulator.close();
  rmSync(directory, { recursive: true });
});

it('creates, fills, renames, compares and deletes audiences', async () => {
  const { customAudiences } = client;
  const made = await customAudiences.upload('A1', {
    name: '会員',
    action: 'ADD',
    idType: 'HASHED_EMAIL',
    file: file('r1-1.txt'),
  });
  expect(made).toMatchObject({ name: '会員', functionType: 'HASHED_EMAIL_UPLOAD' });
  const [job] = await customAudiences.uploadJobs('A1', made.id);
  expect(job).toMatchObject({
    audienceGroupId: made.id,
    name: 'r1-1.txt',
    type: 'DIFF_ADD',
    audienceCount: 3,
  });
  expect([...simulator.state.members(made.id)!]).toEqual(lines);

  writeFileSync(path, `${lines[1]}\n`);
  await customAudiences.upload('A1', {
    id: made.id,
    action: 'REPLACE',
    idType: 'HASHED_EMAIL',
    file: file('r2-1.txt'),
  });
  await customAudiences.uploadJobs('A1', made.id);
  expect([...simulator.state.members(made.id)!]).toEqual([lines[1]]);

  expect((await customAudiences.rename('A1', made.id, 'Members')).name).toBe('Members');
  const like = await customAudiences.createLookalike('A1', {
    name: 'Like',
    sourceAudienceId: made.id,
    rate: 0.02,
  });
  expect(like.lookalike).toEqual({ source: { audienceGroupId: made.id }, volumeRate: { rate: 0.02 } });
  const overlap = await customAudiences.overlap('A1', { baseId: made.id, comparedIds: [like.id] });
  expect(Object.keys(overlap)).toEqual([like.id]);

  const all = await collect(customAudiences.list('A1', { size: 3 }));
  expect(all.map(({ id }) => id)).toEqual(expect.arrayContaining([made.id, like.id]));
  await customAudiences.delete('A1', [like.id]);
  await customAudiences.delete('A1', made.id);
  expect((await collect(customAudiences.list('A1'))).map(({ id }) => id)).not.toContain(made.id);
});

it('reads the group’s accounts and changes a link request', async () => {
  const { groupId } = simulator;
  const accounts = await collect(client.adAccounts.list(groupId, { includeLinked: true, size: 2 }));
  expect(accounts.map(({ id }) => id)).toEqual(expect.arrayContaining(['A1', 'A2', 'A3']));
  expect(accounts[0]).toMatchObject({ configuredStatus: 'ACTIVE', timezone: 'Asia/Tokyo', currency: 'JPY' });
  const request = await client.linkRequests.create(groupId, 'A9');
  expect(request).toMatchObject({
    status: 'WAITING_APPROVAL',
    targetAdaccountId: 'A9',
    sourceGroupId: groupId,
  });
  expect(await collect(client.linkRequests.list(groupId))).toEqual([request]);
  expect((await client.linkRequests.cancel(groupId, request.id)).status).toBe('CANCELED');
  expect(await collect(client.linkRequests.list(groupId))).toEqual([]);
});

it('finds out the role of the key', async () => {
  const { accessKey, secretKey } = simulator.keys.find(({ role }) => role === 'ad_tech')!;
  expect(await client.customAudiences.mayUpload('A1')).toBe(true);
  const other = new LineAdsClient({ accessKey, secretKey, baseUrl: simulator.url });
  expect(await other.customAudiences.mayUpload('A1')).toBe(false);
});

it('leaves an upload in doubt if the connection breaks after LINE accepted it, and finds it by its file', async () => {
  simulator.addFault({ kind: 'reset', when: 'after', endpoint: 'upload' });
  const target = { name: 'In doubt', action: 'ADD', idType: 'HASHED_EMAIL', file: file('r3-1.txt') } as const;
  const error = await failureOf(client.customAudiences.upload('A1', target));
  expect(error).toMatchObject({ code: 'connection_failed', outcome: 'unknown', attempts: 1 });
  const [found] = await collect(client.customAudiences.list('A1', { name: 'In doubt' }));
  const jobs = await client.customAudiences.uploadJobs('A1', found!.id);
  expect(jobs.map(({ name }) => name)).toEqual(['r3-1.txt']);
});

it('never violates LINE’s rules', () => {
  expect(simulator.state.violations).toEqual([]);
});
