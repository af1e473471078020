/** What happens at LINE while a client works: others change its audience or its key, and lists are behind. */
import { expect, test } from 'vitest';
import type { Fault, LineAdsSimulator } from '../../simulators/line-ads/index.ts';
import { lines, reason, send, upload } from './client.ts';
import { startSim } from './sim.ts';

const audiences = '/v3/adaccounts/A1/custom-audiences';
const start = (...faults: Fault[]) => startSim({ faults });
const add = async (sim: LineAdsSimulator, fields: object = { name: 'VIP' }) =>
  upload(sim.url, { file: lines(1, 3), ...fields });
const jobs = (sim: LineAdsSimulator, id: unknown) => send(sim.url, 'GET', `${audiences}/${id}/upload-job`);
const list = async (sim: LineAdsSimulator) => (await send(sim.url, 'GET', audiences)).status;

async function admin(sim: LineAdsSimulator, method: string, path: string, json?: object) {
  const body = json === undefined ? {} : { body: JSON.stringify(json) };
  const response = await fetch(`${sim.adminUrl}/${path}`, { method, ...body });
  return { status: response.status, json: await response.json() };
}

test('a fault deletes the audience right after its request', async () => {
  const sim = await start({ kind: 'audience_deleted', endpoint: 'upload' });
  const made = await add(sim);
  expect(made.status).toBe(202);
  expect(reason(await jobs(sim, made.json.id))).toBe('AUDIENCE_GROUP_NOT_FOUND id');
  expect(reason(await add(sim, { id: made.json.id }))).toBe('AUDIENCE_GROUP_NOT_FOUND id');
  expect((await add(sim)).status).toBe(202);
});

test('a fault renames the audience right after its request', async () => {
  const sim = await start({ kind: 'audience_renamed', name: 'Other', endpoint: 'upload-jobs', nth: 2 });
  const { id } = (await add(sim)).json;
  await jobs(sim, id);
  expect(sim.state.audience(String(id))?.name).toBe('VIP');
  await jobs(sim, id);
  expect(sim.state.audience(String(id))?.name).toBe('Other');
});

test('an admin request renames or deletes an audience', async () => {
  const sim = await start();
  const id = String((await add(sim)).json.id);
  expect((await admin(sim, 'POST', `audiences/${id}`, { name: 'Other' })).json).toEqual({
    ...{ id, name: 'Other', inUse: false },
  });
  expect((await admin(sim, 'POST', `audiences/${id}`, { name: '' })).status).toBe(400);
  expect((await admin(sim, 'DELETE', `audiences/${id}`)).status).toBe(200);
  expect(sim.state.audience(id)).toBeUndefined();
  expect((await admin(sim, 'DELETE', `audiences/${id}`)).status).toBe(404);
});

test('a fault revokes the key of a request for a time', async () => {
  const sim = await start({ kind: 'key_revoked', ms: 500, endpoint: 'upload' });
  expect(await list(sim)).toBe(200);
  const refused = await add(sim);
  expect([refused.status, reason(refused)]).toEqual([401, 'AUTHORIZATION_FAILED']);
  expect(refused.headers.get('x-simulator-detail')).toBe('the access key is revoked');
  sim.advance(499);
  expect(await list(sim)).toBe(401);
  expect(sim.inspect().revokedKeys).toEqual(['LINEADSAMPLE']);
  const other = { accessKey: 'LINEADSAMPLEADTECH', secretKey: 'LINEADSECRETKEYADTECH' };
  expect((await send(sim.url, 'GET', audiences, other)).status).toBe(200);
  sim.advance(1);
  expect(await list(sim)).toBe(200);
  expect((await add(sim)).status).toBe(202);
});

test('an admin request revokes a key, and gives it back', async () => {
  const sim = await start({ kind: 'key_revoked' });
  expect(await list(sim)).toBe(401);
  sim.advance(86_400_000);
  expect(await list(sim)).toBe(401);
  const restored = { id: 'LINEADSAMPLE', revoked: false };
  expect((await admin(sim, 'POST', 'keys/LINEADSAMPLE/restore')).json).toEqual(restored);
  expect(await list(sim)).toBe(200);
  expect((await admin(sim, 'POST', 'keys/LINEADSAMPLE/revoke')).json).toEqual({ ...restored, revoked: true });
  expect(await list(sim)).toBe(401);
  expect((await admin(sim, 'POST', 'keys/UNKNOWN/revoke')).status).toBe(404);
  await admin(sim, 'POST', 'reset');
  expect(sim.inspect().revokedKeys).toEqual([]);
});

test('the list of jobs shows a job late, which runs as usual', async () => {
  const sim = await start({ kind: 'job_late', ms: 400 });
  const { id } = (await add(sim)).json;
  expect((await jobs(sim, id)).json).toEqual({ jobs: [] });
  sim.advance(399);
  expect((await jobs(sim, id)).json).toEqual({ jobs: [] });
  expect(sim.state.members(String(id)).size).toBe(3);
  sim.advance(1);
  expect((await jobs(sim, id)).json).toMatchObject({ jobs: [{ jobStatus: 'FINISHED', audienceCount: 3 }] });
});

test('a reset after the request was read takes nothing', async () => {
  const sim = await start({ kind: 'reset', when: 'read' });
  await expect(add(sim)).rejects.toThrow();
  expect(sim.state.jobs()).toEqual([]);
  expect((await add(sim)).status).toBe(202);
});
