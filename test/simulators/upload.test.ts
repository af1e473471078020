/** Uploads and their jobs over real HTTP. The tests advance the simulator’s time. */
import { describe, expect, test } from 'vitest';
import type { LineAdsSimulator } from '../../simulators/line-ads/index.ts';
import { digest, lines, reason, send, type UploadFields, upload } from './client.ts';
import { startSim } from './sim.ts';

const audiences = '/v3/adaccounts/A1/custom-audiences';

async function create(sim: LineAdsSimulator, fields: UploadFields = {}): Promise<string> {
  const answer = await upload(sim.url, { name: 'VIP', file: lines(1, 200), ...fields });
  expect(answer.status).toBe(202);
  return String(answer.json.id);
}

async function jobsOf(sim: LineAdsSimulator, id: string): Promise<Record<string, unknown>[]> {
  return (await send(sim.url, 'GET', `${audiences}/${id}/upload-job`)).json.jobs as Record<string, unknown>[];
}

async function audienceOf(sim: LineAdsSimulator, id: string): Promise<Record<string, unknown>> {
  const list = (await send(sim.url, 'GET', audiences)).json.audienceGroups as Record<string, unknown>[];
  return list.find((audience) => audience.id === id) ?? {};
}

const codes = (sim: LineAdsSimulator) => sim.state.violations.map(({ code }) => code);

describe('an upload by name', () => {
  test('creates an audience, and its members are there when its job has finished', async () => {
    const sim = await startSim();
    const answer = await upload(sim.url, { name: '優良顧客', file: lines(1, 200), fileName: 'run-1.txt' });
    expect(answer.status).toBe(202);
    expect(answer.json).toMatchObject({
      name: '優良顧客',
      functionType: 'HASHED_EMAIL_UPLOAD',
      status: 'IN_PROGRESS',
      estimatedAudienceSize: '-',
    });
    expect(answer.json.id).toMatch(/^\d{13}$/);
    expect(answer.json.created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00$/);
    const id = String(answer.json.id);

    const [queued] = await jobsOf(sim, id);
    expect(queued).toMatchObject({
      audienceGroupId: Number(id),
      name: 'run-1.txt',
      type: 'DIFF_ADD',
      jobStatus: 'QUEUED',
      audienceCount: 0,
    });
    expect(queued?.audienceGroupJobId).toBeTypeOf('number');
    sim.advance(100);
    expect((await jobsOf(sim, id))[0]).toMatchObject({ jobStatus: 'WORKING', audienceCount: 0 });
    sim.advance(199);
    expect((await jobsOf(sim, id))[0]).toMatchObject({ jobStatus: 'WORKING' });
    expect(sim.state.members(id).size).toBe(0);
    sim.advance(1);
    expect((await jobsOf(sim, id))[0]).toMatchObject({ jobStatus: 'FINISHED', audienceCount: 200 });
    expect(sim.state.members(id).size).toBe(200);

    expect(await audienceOf(sim, id)).toMatchObject({ status: 'IN_PROGRESS', estimatedAudienceSize: '-' });
    sim.advance(1000);
    expect(await audienceOf(sim, id)).toMatchObject({ status: 'READY', estimatedAudienceSize: '130' });
    expect(codes(sim)).toEqual([]);
  });

  test('shows few matches in words, and no match as not enough', async () => {
    const sim = await startSim({ jobMs: 0, matchMs: 0 });
    const few = await create(sim, { file: lines(1, 3) });
    expect(await audienceOf(sim, few)).toMatchObject({
      status: 'READY',
      estimatedAudienceSize: '100 or fewer',
    });
    sim.configure({ matchRate: 0 });
    const none = await create(sim, { name: 'Nobody' });
    expect(await audienceOf(sim, none)).toMatchObject({ status: 'READY', estimatedAudienceSize: '-' });
  });

  test('sets the type from the idType', async () => {
    const sim = await startSim();
    const ifa = await upload(sim.url, {
      name: 'a',
      idType: 'IFA',
      file: '6d92078a-8246-4ba4-ae5b-76104861e7dc\n',
    });
    const phone = await upload(sim.url, { name: 'b', idType: 'HASHED_PHONE_NUMBER', file: lines(1, 1) });
    expect([ifa.json.functionType, phone.json.functionType]).toEqual(['UPLOAD', 'HASHED_PHONE_NUMBER_UPLOAD']);
    sim.advance(300);
    expect([...sim.state.members(String(ifa.json.id))]).toEqual(['6d92078a-8246-4ba4-ae5b-76104861e7dc']);
  });
});

describe('an upload by id', () => {
  test('adds to the members, or replaces them when its job has finished', async () => {
    const sim = await startSim();
    const id = await create(sim, { file: lines(1, 10) });
    sim.advance(300);
    await upload(sim.url, { id, file: lines(6, 15) });
    sim.advance(300);
    expect(sim.state.members(id).size).toBe(15);
    expect((await upload(sim.url, { id, action: 'REPLACE', file: lines(20, 22) })).status).toBe(202);
    sim.advance(299);
    expect(sim.state.members(id).size).toBe(15);
    sim.advance(1);
    expect([...sim.state.members(id)]).toEqual([20, 21, 22].map(digest).sort());
    expect((await jobsOf(sim, id)).map(({ type }) => type)).toEqual(['DIFF_REPLACE', 'DIFF_ADD', 'DIFF_ADD']);
  });

  test('must fit the type of the audience', async () => {
    const sim = await startSim();
    const id = await create(sim);
    sim.advance(300);
    expect(reason(await upload(sim.url, { id, idType: 'HASHED_PHONE_NUMBER', file: lines(1, 1) }))).toBe(
      'INVALID_VALUE idType',
    );
    expect(reason(await upload(sim.url, { id: '5343820000202', file: lines(1, 1) }))).toBe('INVALID_VALUE idType');
  });
});

describe('an upload is refused with LINE’s reason:', () => {
  const good: UploadFields = { name: 'VIP', file: lines(1, 1) };
  const format = 'UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT file';
  const cases: [string, UploadFields, string][] = [
    ['no action', { ...good, action: undefined }, 'REQUIRED action'],
    ['no idType', { ...good, idType: undefined }, 'REQUIRED idType'],
    ['no file', { ...good, file: undefined }, 'REQUIRED file'],
    ['neither id nor name', { ...good, name: undefined }, 'REQUIRED name'],
    ['REPLACE without an id', { ...good, action: 'REPLACE' }, 'REQUIRED id'],
    ['another action', { ...good, action: 'REMOVE' }, 'INVALID_ENUM action'],
    ['another idType', { ...good, idType: 'EMAIL' }, 'INVALID_ENUM idType'],
    ['an inherited idType', { ...good, idType: 'toString' }, 'INVALID_ENUM idType'],
    ['an unknown audience', { id: '1234567890123', file: lines(1, 1) }, 'AUDIENCE_GROUP_NOT_FOUND id'],
    ['an empty name', { ...good, name: ' ' }, 'AUDIENCE_GROUP_NAME_EMPTY name'],
    ['a name of 121 characters', { ...good, name: '会'.repeat(121) }, 'AUDIENCE_GROUP_NAME_SIZE_OVER name'],
    ['an existing name', { ...good, name: 'Lookalike of site visitors' }, 'AUDIENCE_GROUP_NAME_DUPLICATE name'],
    ['a name with a control character', { ...good, name: 'a\tb' }, 'AUDIENCE_GROUP_NAME_WRONG name'],
    ['a JSON file', { ...good, fileType: 'application/json' }, 'INVALID_FORMAT file'],
    ['a file named .gz', { ...good, fileName: 'list.gz' }, 'INVALID_FORMAT file'],
    ['an empty file', { ...good, file: '' }, 'EMPTY_FILE file'],
    ['a BOM', { ...good, file: `\uFEFF${lines(1, 1)}` }, 'INVALID_FILE_CONTENT file'],
    ['bytes that are not UTF-8', { ...good, file: Uint8Array.of(0x82, 0xa0, 10) }, 'DECODING_FAILED file'],
    ['a plain address', { ...good, file: 'a@example.com\n' }, format],
    ['an advertising id among hashes', { ...good, file: '6d92078a-8246-4ba4-ae5b-76104861e7dc\n' }, format],
    [
      'one byte more than 60 MiB',
      { ...good, file: new Uint8Array(62_914_561).fill(97) },
      'FILE_SIZE_LIMIT_EXCEEDED file',
    ],
  ];
  test.each(cases)('%s', async (_, fields, expected) => {
    const sim = await startSim();
    const answer = await upload(sim.url, fields);
    expect([answer.status, reason(answer)]).toEqual([400, expected]);
    expect(sim.state.jobs()).toEqual([]);
    expect(sim.state.audiences().some(({ functionType }) => functionType.includes('UPLOAD'))).toBe(false);
  });

  test('but a name of 120 characters is accepted', async () => {
    const sim = await startSim();
    expect((await upload(sim.url, { ...good, name: '🍣'.repeat(120) })).status).toBe(202);
  });

  test('an invalid form, a form without a boundary, or with a part twice', async () => {
    const sim = await startSim();
    const raw = (body: string, contentType: string) =>
      send(sim.url, 'POST', `${audiences}/upload`, { raw: { body, contentType } });
    expect(reason(await raw('{}', 'application/json'))).toBe('INVALID_CONTENT_TYPE_HEADER Content-Type');
    expect(reason(await raw('x', 'multipart/form-data'))).toBe('INVALID_CONTENT_TYPE_HEADER');
    expect(reason(await raw('x', 'multipart/form-data; boundary=b'))).toBe('INVALID_FORMAT');
    const part = '--b\r\nContent-Disposition: form-data; name="id"\r\n\r\n1\r\n';
    expect(reason(await raw(`${part}${part}--b--`, 'multipart/form-data; boundary=b'))).toBe('INVALID_VALUE id');
    expect((await upload(sim.url, good)).status).toBe(202);
  });

  test('a client that leaves in the middle of its file leaves nothing', async () => {
    const sim = await startSim();
    const over = sim.nextRequest();
    const giveUp = new AbortController();
    const part = (name: string, value: string) =>
      `\r\n--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}`;
    const fields = part('name', 'VIP') + part('action', 'ADD') + part('idType', 'HASHED_EMAIL');
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from(fields + part('file"; filename="a.txt', lines(1, 1000)))),
    });
    const raw = { body, contentType: 'multipart/form-data; boundary=b' };
    const lost = expect(send(sim.url, 'POST', `${audiences}/upload`, { raw, signal: giveUp.signal })).rejects.toThrow();
    await expect.poll(() => sim.state.requests.kept.length).toBe(1);
    giveUp.abort();
    await lost;
    expect(await over).toMatchObject({ endpoint: 'upload', detail: 'the client went away' });
    expect(sim.state.requests.kept[0]?.status).toBeUndefined();
    expect(sim.state.jobs()).toEqual([]);
  });

  test('a wrong role or a wrong ad account', async () => {
    const sim = await startSim();
    const adTech = { accessKey: 'LINEADSAMPLEADTECH', secretKey: 'LINEADSECRETKEYADTECH' };
    const denied = await upload(sim.url, good, adTech);
    expect([denied.status, reason(denied)]).toEqual([403, 'PARTNER_PERMISSION_DENIED']);
    expect((await send(sim.url, 'GET', audiences, adTech)).status).toBe(200);
    for (const adAccountId of ['A9', 'A8', 'A77']) {
      const other = await upload(sim.url, good, { adAccountId });
      expect([other.status, reason(other)]).toEqual([403, 'ACCOUNT_NOT_ALLOWED adaccountId']);
    }
    expect(reason(await upload(sim.url, good, { adAccountId: 'A%201' }))).toBe('INVALID_ACCOUNT_ID adaccountId');
  });
});

describe('settings', () => {
  test('may allow duplicate names', async () => {
    const sim = await startSim({ duplicateNames: 'allow' });
    expect(await create(sim)).not.toBe(await create(sim));
  });

  test('may let a bad line fail the job instead of the request', async () => {
    const sim = await startSim({ formatErrors: 'job' });
    const id = await create(sim, { file: `${lines(1, 1)}nonsense\n` });
    sim.advance(300);
    expect((await jobsOf(sim, id))[0]).toMatchObject({
      jobStatus: 'FAILED',
      failedType: 'UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT',
      audienceCount: 0,
    });
    expect(await audienceOf(sim, id)).toMatchObject({
      status: 'FAILED',
      failedType: 'UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT',
    });
    expect(sim.state.members(id).size).toBe(0);
    // The next upload is correct again.
    await upload(sim.url, { id, file: lines(1, 5) });
    sim.advance(1300);
    expect(await audienceOf(sim, id)).toMatchObject({ status: 'READY' });
  });

  test('accept or refuse hashed advertising ids, or let them match nobody', async () => {
    const sim = await startSim({ jobMs: 0, matchMs: 0, hashedIfa: 'refuse' });
    const ifa = { idType: 'IFA', file: lines(1, 300) };
    expect(reason(await upload(sim.url, { name: 'a', ...ifa }))).toBe(
      'UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT file',
    );
    sim.configure({ hashedIfa: 'no-match' });
    const id = await create(sim, { name: 'b', ...ifa });
    expect(await audienceOf(sim, id)).toMatchObject({ status: 'READY', estimatedAudienceSize: '-' });
    sim.configure({ hashedIfa: 'accept' });
    const other = await create(sim, { name: 'c', ...ifa });
    expect(await audienceOf(sim, other)).toMatchObject({ estimatedAudienceSize: '195' });
  });
});

describe('limits', () => {
  test('allow three REPLACE at once for each ad account, until their jobs are finished', async () => {
    const sim = await startSim();
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c', 'd']) ids.push(await create(sim, { name }));
    sim.advance(300);
    const replace = (id = '') => upload(sim.url, { id, action: 'REPLACE', file: lines(1, 2) });
    for (const id of ids.slice(0, 3)) expect((await replace(id)).status).toBe(202);
    const fourth = await replace(ids[3]);
    expect([fourth.status, fourth.text]).toEqual([429, '']);
    expect(codes(sim)).toEqual(['replace_limit_exceeded']);
    expect((await upload(sim.url, { id: ids[3] as string, file: lines(1, 2) })).status).toBe(202);
    sim.advance(300);
    expect((await replace(ids[3])).status).toBe(202);
  });

  test('allow ten requests in any second for each key, measured at the arrival', async () => {
    const sim = await startSim({ rateLimit: 10 });
    const statuses = async (count: number) => {
      const list: number[] = [];
      for (let index = 0; index < count; index += 1) list.push((await send(sim.url, 'GET', audiences)).status);
      return list;
    };
    expect(await statuses(11)).toEqual([...Array<number>(10).fill(200), 429]);
    expect((await send(sim.url, 'GET', audiences)).text).toBe('');
    const other = { accessKey: 'LINEADSAMPLEADTECH', secretKey: 'LINEADSECRETKEYADTECH' };
    expect((await send(sim.url, 'GET', audiences, other)).status).toBe(200);
    sim.advance(899);
    expect(await statuses(1)).toEqual([429]);
    sim.advance(1);
    expect(await statuses(11)).toEqual([...Array<number>(10).fill(200), 429]);
    expect(codes(sim)).toEqual(Array(4).fill('rate_exceeded'));
  });

  test('detect a rate just above ten a second over ten seconds', async () => {
    const sim = await startSim({ rateLimit: 10 });
    let refused = 0;
    for (let index = 0; index < 110; index += 1) {
      if ((await send(sim.url, 'GET', audiences)).status === 429) refused += 1;
      sim.advance(91);
    }
    expect(refused).toBeGreaterThan(0);
  });
});

describe('the simulator flags', () => {
  test('an upload to an audience in process, and refuses it if it is set', async () => {
    const sim = await startSim();
    const id = await create(sim);
    expect((await upload(sim.url, { id, file: lines(1, 2) })).status).toBe(202);
    expect(codes(sim)).toEqual(['overlapping_upload']);
    sim.configure({ overlappingUploads: 'refuse' });
    expect(reason(await upload(sim.url, { id, file: lines(1, 2) }))).toBe('LOCK_DEFAULT id');
    sim.advance(300);
    expect((await upload(sim.url, { id, file: lines(1, 2) })).status).toBe(202);
    expect(codes(sim)).toHaveLength(2);
  });

  test('a REPLACE after a later chunk of its run, and a repeated chunk', async () => {
    const sim = await startSim({ jobMs: 0 });
    const id = await create(sim, { fileName: 'lineup-r1-1.txt' });
    const send = (action: string, fileName: string) => upload(sim.url, { id, action, fileName, file: lines(1, 2) });
    await send('ADD', 'lineup-r1-2.txt');
    await send('REPLACE', 'lineup-r2-1.txt');
    await send('ADD', 'lineup-r2-2.txt');
    expect(codes(sim)).toEqual([]);
    await send('REPLACE', 'lineup-r2-1.txt');
    expect(codes(sim)).toEqual(['replace_after_add', 'repeated_file']);
    await send('ADD', 'lineup-r2-3.txt');
    await send('ADD', 'lineup-r2-3.txt');
    expect(codes(sim)).toEqual(['replace_after_add', 'repeated_file', 'repeated_file']);
  });

  test('not a chunk that is sent again because its job failed', async () => {
    const sim = await startSim({ jobMs: 0, faults: [{ kind: 'job_failed' }] });
    const id = await create(sim, { fileName: 'lineup-r1-1.txt' });
    await upload(sim.url, { id, fileName: 'lineup-r1-1.txt', file: lines(1, 2) });
    expect(codes(sim)).toEqual([]);
  });

  test('ids that do not exist', async () => {
    const sim = await startSim();
    await send(sim.url, 'GET', `${audiences}/1234567890123/upload-job`);
    await send(sim.url, 'GET', '/v3/adaccounts/A77/custom-audiences');
    await send(sim.url, 'GET', '/v3/groups/G7/adaccounts');
    await send(sim.url, 'POST', '/v3/groups/G1/link-request/77/cancel');
    expect(codes(sim)).toEqual(Array(4).fill('unknown_id'));
  });
});
