/** The admin endpoint, options, and the program. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startLyAdsSimulator } from '../../simulators/ly-ads/index.ts';
import { SimulatorInputError } from '../../simulators/shared/input.ts';
import { emails, fileOf, hash, rows, startLy } from './ly-ads-client.ts';

async function start() {
  const { sim, ly } = await startLy({ keepFiles: true });
  const admin = async (method: string, path: string, body?: object) => {
    const init = { method, ...(body ? { body: JSON.stringify(body) } : {}) };
    const response = await fetch(`${sim.adminUrl}/${path}`, init);
    const text = await response.text();
    // biome-ignore lint/suspicious/noExplicitAny: a test reads any part of an answer
    const json: any = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : undefined;
    return { status: response.status, text, json };
  };
  return { sim, ly, admin };
}

test('shows lists with their members, uploads with their files, and how all began', async () => {
  const { sim, ly, admin } = await start();
  const id = await ly.newList();
  await ly.upload(id, fileOf(`Email\n${rows(1, 150)}`));
  sim.advance(300);
  const members = await admin('GET', `lists/${id}/members`);
  expect(members.text.trimEnd().split('\n')).toEqual(Array.from({ length: 150 }, (_, n) => hash(n + 1)).sort());
  expect((await admin('GET', `lists/${id}/digest`)).json).toEqual({
    members: 150,
    sha256: sim.state.members(String(id)).sha256(),
  });
  const [job] = (await admin('GET', 'jobs')).json;
  expect(job).toMatchObject({ status: 'RECEIVED', rows: 150, bytes: 6 + 150 * 65, fileName: 'members.csv' });
  expect((await admin('GET', `jobs/${job.id}/file`)).text).toBe(`Email\n${rows(1, 150)}`);
  expect((await admin('GET', 'lists')).json).toHaveLength(5);
  expect((await admin('GET', 'violations')).json).toEqual([]);
  expect((await admin('GET', 'accounts')).json[0]).toMatchObject({ id: '1001', notes: ['MCC'] });
  await admin('POST', 'reset');
  expect((await admin('GET', 'lists')).json).toHaveLength(4);
  for (const path of ['lists/9/members', 'lists/9/digest', 'jobs/9/file'])
    expect((await admin('GET', path)).status).toBe(404);
});

test('does what people do elsewhere', async () => {
  const { sim, ly, admin } = await start();
  const { json } = await admin('POST', 'lists', {
    name: 'Newsletter',
    members: 1000,
    jobs: [{}, { uploadSource: 'API', status: 'INVALID_FILE' }],
  });
  expect(await ly.list(json.id)).toMatchObject({ audienceListName: 'Newsletter', accountId: 1011, reach: 650 });
  expect(
    Object.values(await ly.jobs(json.id))
      .map((job) => job.jobStatus)
      .sort(),
  ).toEqual(['INVALID_FILE', 'RECEIVED']);
  const line = { lineAudienceGroupId: '77', lineAudienceGroupOwnerType: 'LINE_OA', lineAudienceGroupType: 'X' };
  const shared = { name: 'From LINE', type: 'BUSINESS_MANAGER', accountId: '1012', reach: 5, ...line };
  const { id } = (await admin('POST', 'lists', shared)).json;
  const { json: found } = await ly.lists('get', { accountId: 1012, includeDetail: true });
  expect(found.rval.values[0].audienceList.audienceListContent.businessManagerAudienceList).toMatchObject({
    lineAudienceGroupId: 77,
    lineAudienceGroupOwnerType: 'LINE_OA',
  });
  const change = { name: 'New', inUse: true, isShared: true, dataConnectionStopped: true };
  expect((await admin('POST', `lists/${id}`, change)).json).toMatchObject({ name: 'New', dataConnectionStopped: true });
  expect((await admin('POST', `lists/${id}`, { dataConnectionStopped: false })).json).toMatchObject({ inUse: true });
  expect((await admin('DELETE', `lists/${id}`)).status).toBe(200);
  expect((await admin('DELETE', `lists/${id}`)).status).toBe(404);
  expect((await admin('POST', 'lists', { name: 'x', accountId: '9' })).json.error).toMatch(/no account/);

  await admin('POST', 'accounts/1011', { status: 'SUSPENDED', authType: 'REFERABLE' });
  expect(sim.state.accounts.get('1011')).toMatchObject({ name: 'Example Store', status: 'SUSPENDED' });
  await admin('POST', 'accounts', { id: '4001', name: 'Example New', customerData: false });
  expect((await ly.lists('get', { accountId: 4001 }, { base: '4001' })).result).toBe('210003');
  expect((await admin('POST', 'accounts/9', {})).status).toBe(404);
});

test('gives tokens without a consent, and ends them', async () => {
  const { ly, admin } = await start();
  const call = async (token: string) => (await ly.call('BaseAccountService/get', {}, { token, base: null })).result;
  const { json } = await admin('POST', 'grants', { businessId: 'BIZ0002' });
  expect(await call(json.accessToken)).toBe('ok');
  await admin('POST', 'business-ids/BIZ0002/expire-tokens');
  expect(await call(json.accessToken)).toBe('401/0111');
  expect(await call(ly.token)).toBe('ok');
  expect((await admin('POST', 'business-ids/BIZ9999/delete-tokens')).status).toBe(404);
  expect((await admin('POST', 'grants', { businessId: 'BIZ9999' })).json.error).toMatch(/BIZ9999/);
  expect((await admin('POST', 'grants', { clientId: 'OTHER' })).json.error).toMatch(/OTHER/);
});

test('dates follow a clock that may be ahead', async () => {
  const { sim, ly } = await start();
  sim.configure({ clockSkewMs: 3_600_000 });
  const answer = await ly.upload(await ly.newList(), emails(1, 100));
  expect(answer.json.rval.values[0].uploadJob.uploadSubmitDate).toBe('20260701130405');
  expect(answer.headers.get('date')).toBe('Wed, 01 Jul 2026 04:04:05 GMT');
});

test('accounts may be others', async () => {
  const { sim, ly } = await startLy({ accounts: ['7', { id: '8', isTest: true }] });
  expect(sim.inspect().lists).toEqual([]);
  const { json } = await ly.call('BaseAccountService/get', { includeTestAccount: 'ALL' }, { base: null });
  expect(json.rval.totalNumEntries).toBe(2);
});

test('invalid options are refused before the server listens', async () => {
  await expect(startLyAdsSimulator({ matchRate: 2 })).rejects.toThrow(SimulatorInputError);
  await expect(startLyAdsSimulator({ clientSecret: '' })).rejects.toThrow(SimulatorInputError);
  await expect(startLyAdsSimulator({ faults: [{ kind: 'slow', ms: -1 }] })).rejects.toThrow(SimulatorInputError);
});

test('the program prints what to copy, follows its flags and stops at a signal', async () => {
  const main = fileURLToPath(new URL('../../simulators/ly-ads/main.ts', import.meta.url));
  const flags = [
    '--consent',
    'deny',
    '--redirect-uri',
    'https://a.example/',
    '--fault',
    'status,status=500,endpoint=token',
  ];
  const child = spawn(process.execPath, [main, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const printed: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    printed.push(line);
    if (line.includes('/state')) break;
  }
  const text = printed.join('\n');
  const url = /^export LY_ADS_BASE_URL=(.+)$/m.exec(text)?.[1] ?? '';
  expect(text).toContain('LYADSSAMPLE with the secret LYADSSECRETSAMPLE');
  expect(text).toContain('1013 Example Test, below 1001, test account');
  expect(text).toContain('BIZ0001 Hanako, marketing');
  expect((await fetch(`${url}/oauth/v1/token`)).status).toBe(500);
  const asked = {
    response_type: 'code',
    client_id: 'LYADSSAMPLE',
    scope: 'yahooads',
    redirect_uri: 'https://b.example/',
  };
  expect((await fetch(`${url}/oauth/v1/authorize?${new URLSearchParams(asked)}`)).status).toBe(400);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});
