/** Uploads: the request, the file, its job over time, and who is in the audience. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IdReader } from '../../../simulators/line-official-account/id-reader.ts';
import type { LineOfficialAccountSimulatorOptions } from '../../../simulators/line-official-account/index.ts';
import { Membership } from '../../../simulators/line-official-account/membership.ts';
import { day, device, devices, fileOf, startOa, startTime, user, userLines, users, violations } from './client.ts';

const seconds = Math.floor(startTime / 1000);

describe('a creation', () => {
  test('is answered with the audience, whose job is QUEUED, WORKING and FINISHED', async () => {
    const { sim, oa } = await startOa();
    const { status, json, headers } = await oa.create({ uploadDescription: 'lineup-1.txt', isIfaAudience: 'false' });
    const id = json.audienceGroupId;
    const created = {
      audienceGroupId: expect.any(Number),
      createRoute: 'MESSAGING_API',
      type: 'UPLOAD',
      description: 'VIP',
      created: seconds,
      permission: 'READ_WRITE',
      expireTimestamp: seconds + 15_552_000,
      isIfaAudience: false,
    };
    expect([status, json]).toEqual([202, created]);
    expect(headers.get('x-line-request-id')).toMatch(/^[\da-f-]{36}$/);
    const job = {
      audienceGroupJobId: expect.any(Number),
      audienceGroupId: id,
      description: 'lineup-1.txt',
      type: 'DIFF_ADD',
      status: 'QUEUED',
      failedType: null,
      audienceCount: 0,
      created: seconds,
      jobStatus: 'QUEUED',
    };
    expect(await oa.get(id)).toEqual({
      audienceGroup: { ...created, status: 'IN_PROGRESS', audienceCount: 0 },
      jobs: [job],
    });
    sim.advance(100);
    expect((await oa.get(id)).jobs[0].jobStatus).toBe('WORKING');
    expect(sim.state.members(String(id)).size).toBe(0);
    sim.advance(200);
    const finished = await oa.get(id);
    expect(finished.jobs).toEqual([{ ...job, status: 'FINISHED', jobStatus: 'FINISHED', audienceCount: 100 }]);
    expect(finished.audienceGroup).toMatchObject({ status: 'IN_PROGRESS', audienceCount: 100 });
    sim.advance(1000);
    expect((await oa.get(id)).audienceGroup.status).toBe('READY');
    expect(violations(sim)).toEqual([]);
  });

  const long = (length: number) => 'あ'.repeat(length);
  test.each<[string, object, string]>([
    ['an empty name', { description: '' }, '400 AUDIENCE_GROUP_NAME_EMPTY'],
    ['a name of spaces', { description: ' \u3000' }, '400 AUDIENCE_GROUP_NAME_EMPTY'],
    ['a name of 121 characters', { description: long(121) }, '400 AUDIENCE_GROUP_NAME_SIZE_OVER'],
    ['a name of 120 characters', { description: long(120) }, '202'],
    ['a name of 120 emoji', { description: '🎉'.repeat(120) }, '202'],
    ['a name with a line end', { description: 'a\u0007b' }, '400 AUDIENCE_GROUP_NAME_WRONG'],
    ['a description of 301', { uploadDescription: long(301) }, '400 AUDIENCE_GROUP_UPLOAD_DESCRIPTION_SIZE_OVER'],
    ['a description of 300', { uploadDescription: long(300) }, '202'],
    ['a kind that is none', { isIfaAudience: 'undefined' }, '400 Must be a boolean'],
    ['no file', { file: null }, '400 May not be empty'],
    ['another type of file', { file: fileOf(userLines(1, 3), 'text/csv') }, '415'],
  ])('with %s is %s', async (_, form, result) => {
    const { sim, oa } = await startOa();
    expect((await oa.create(form)).result).toBe(result);
    expect(sim.inspect().jobs).toHaveLength(result === '202' ? 1 : 0);
  });

  test('may have a name that is taken, unless a setting refuses it', async () => {
    const { sim, oa } = await startOa();
    expect([(await oa.create()).result, (await oa.create()).result]).toEqual(['202', '202']);
    sim.configure({ duplicateNames: 'refuse' });
    expect((await oa.create({ description: 'vip' })).result).toBe('400 AUDIENCE_GROUP_NAME_DUPLICATE');
  });

  test('is refused above the number of audiences of the channel', async () => {
    const { sim, oa } = await startOa({ mostAudiences: 2 });
    const id = await oa.newAudience();
    await oa.call('POST', '/click', { description: 'Clicked', requestId: 'r1' });
    expect((await oa.create()).result).toBe('400 AUDIENCE_GROUP_COUNT_MAX_OVER');
    expect((await oa.create({}, { token: sim.token('1657000002') })).result).toBe('202');
    await oa.call('DELETE', `/${id}`);
    expect((await oa.create()).result).toBe('202');
    expect(violations(sim)).toEqual(['too_many_audiences']);
  });
});

describe('an addition', () => {
  test('has no answer, and adds', async () => {
    const { sim, oa } = await startOa();
    const id = await oa.newAudience();
    sim.advance(1300);
    const { status, text } = await oa.add(id, { file: users(51, 150), uploadDescription: 'lineup-2.txt' });
    expect([status, text]).toEqual([202, '']);
    expect((await oa.get(id)).audienceGroup.status).toBe('IN_PROGRESS');
    sim.configure({ whileAdding: 'ready', emptyAnswers: 'object' });
    expect((await oa.get(id)).audienceGroup.status).toBe('READY');
    sim.advance(300);
    const { audienceGroup, jobs } = await oa.get(id);
    expect(audienceGroup.audienceCount).toBe(150);
    const second = jobs.find(({ description }: { description: string }) => description === 'lineup-2.txt');
    expect(second).toMatchObject({ jobStatus: 'FINISHED', audienceCount: 50 });
    expect((await oa.add(id)).text).toBe('{}');
    expect(violations(sim)).toEqual([]);
  });

  test('is refused for audiences that do not exist, are of others, or are EXPIRED', async () => {
    const { sim, oa } = await startOa();
    const id = await oa.newAudience();
    for (const wrong of ['0', 'x', '']) expect((await oa.add(wrong)).result).toBe('400 Must be a number');
    expect((await oa.add(17)).result).toBe('400 AUDIENCE_GROUP_NOT_FOUND');
    const others = sim.addAudience({ name: 'Of others' });
    expect((await oa.add(others)).result).toBe('400 AUDIENCE_GROUP_NOT_FOUND');
    expect((await oa.add(id, {}, { token: sim.token('1657000002') })).result).toBe('400 AUDIENCE_GROUP_NOT_FOUND');
    sim.configure({ foreignAudience: 'forbidden' });
    expect((await oa.add(others)).result).toBe('403');
    sim.advance(180 * day);
    oa.token = sim.token();
    expect((await oa.add(id)).result).toBe('400 AUDIENCE_GROUP_CAN_NOT_UPLOAD_STATUS_EXPIRED');
    expect(violations(sim)).toEqual(['unknown_id', 'unknown_id', 'unknown_id', 'refused_upload', 'expired_upload']);
  });

  test('beside others is told, and refused beside ten', async () => {
    const { sim, oa } = await startOa();
    const id = await oa.newAudience();
    for (let upload = 2; upload <= 10; upload += 1) expect((await oa.add(id)).status).toBe(202);
    const over = await oa.add(id);
    expect([over.status, over.headers.get('retry-after')]).toEqual([429, null]);
    expect(
      (await oa.call('PUT', '/upload', { audienceGroupId: Number(id), audiences: [{ id: user(1) }] })).status,
    ).toBe(429);
    sim.advance(300);
    expect((await oa.add(id)).status).toBe(202);
    expect(new Set(violations(sim))).toEqual(new Set(['overlapping_upload', 'too_many_uploads']));
  });

  test('with a description that was taken before is told', async () => {
    const { sim, oa } = await startOa({ faults: [{ kind: 'job_failed', fileName: 'b.txt' }] });
    const id = await oa.newAudience({ uploadDescription: 'a.txt' });
    sim.advance(300);
    const again = async (uploadDescription: string) => {
      expect((await oa.add(id, { uploadDescription })).status).toBe(202);
      sim.advance(300);
    };
    await again('b.txt');
    await again('b.txt');
    expect(violations(sim)).toEqual([]);
    await again('a.txt');
    expect(violations(sim)).toEqual(['repeated_upload']);
  });

  test('is shown among the last fifty, in no order', async () => {
    const { sim, oa } = await startOa({ jobMs: 0 });
    const id = await oa.newAudience({ uploadDescription: '0' });
    for (let upload = 1; upload < 53; upload += 1)
      await oa.add(id, { uploadDescription: String(upload), file: users(1, 1) });
    const shown = async () =>
      (await oa.get(id)).jobs.map(({ description }: { description: string }) => Number(description));
    const last = Array.from({ length: 50 }, (_, n) => 3 + n);
    expect(await shown()).not.toEqual(last);
    expect((await shown()).toSorted((a: number, b: number) => a - b)).toEqual(last);
    sim.configure({ jobOrder: 'oldest-first' });
    expect(await shown()).toEqual(last);
    sim.configure({ jobOrder: 'newest-first' });
    expect(await shown()).toEqual(last.toReversed());
  });
});

describe('as JSON', () => {
  const ids = (...list: string[]) => list.map((id) => ({ id }));

  test('creates and adds', async () => {
    const { sim, oa } = await startOa();
    const created = await oa.call('POST', '/upload', {
      description: 'VIP',
      uploadDescription: 'a',
      audiences: ids(user(1), user(2)),
    });
    expect([created.status, created.json]).toEqual([
      202,
      expect.objectContaining({ type: 'UPLOAD', isIfaAudience: false, description: 'VIP' }),
    ]);
    sim.advance(300);
    const { audienceGroupId } = created.json;
    const added = await oa.call('PUT', '/upload', { audienceGroupId, uploadDescription: 'b', audiences: ids(user(3)) });
    expect([added.status, added.text]).toEqual([202, '']);
    sim.advance(300);
    expect([...sim.state.members(String(audienceGroupId))]).toEqual([user(1), user(2), user(3)].sort());
    expect(violations(sim)).toEqual([]);
  });

  test('without ids creates an empty audience, which is never READY', async () => {
    const { sim, oa } = await startOa();
    const { json } = await oa.call('POST', '/upload', { description: 'Empty' });
    sim.advance(day);
    oa.token = sim.token();
    expect(await oa.get(json.audienceGroupId)).toMatchObject({
      audienceGroup: { status: 'IN_PROGRESS', audienceCount: 0 },
      jobs: [],
    });
  });

  const tooMany = Array.from({ length: 10_001 }, (_, n) => ({ id: user(n) }));
  test.each<[string, unknown, string, string[]]>([
    ['POST', { audiences: ids(user(1)) }, '400 AUDIENCE_GROUP_NAME_EMPTY', []],
    ['POST', { description: 7 }, '400 Must be a string', []],
    ['POST', { description: 'A', isIfaAudience: 'true' }, '400 Must be a boolean', []],
    ['POST', { description: 'A', audiences: {} }, '400 Must be a list', []],
    ['POST', { description: 'A', audiences: ['x'] }, '400 Must be an object', []],
    [
      'POST',
      { description: 'A', audiences: tooMany },
      '400 UPLOAD_AUDIENCE_GROUP_TOO_MANY_AUDIENCE_IDS',
      ['too_many_ids'],
    ],
    ['POST', { description: 'A', audiences: tooMany.slice(1) }, '202', []],
    [
      'POST',
      { description: 'A', audiences: ids(user(1), 'a@example.com') },
      '400 UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT',
      ['malformed_id'],
    ],
    [
      'POST',
      { description: 'A', audiences: ids(device(1)) },
      '400 UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT',
      ['mixed_ids'],
    ],
    ['PUT', { audiences: ids(user(1)) }, '400 Must be a number', []],
    ['PUT', { audienceGroupId: 17, audiences: ids(user(1)) }, '400 AUDIENCE_GROUP_NOT_FOUND', ['unknown_id']],
    ['POST', '{', '400', []],
    ['POST', '[]', '400', []],
  ])('%s %j is %s', async (method, body, result, found) => {
    const { sim, oa } = await startOa();
    expect((await oa.call(method, '/upload', body)).result).toBe(result);
    expect(violations(sim)).toEqual(found);
  });

  test('must have ids to add', async () => {
    const { oa } = await startOa();
    const audienceGroupId = Number(await oa.newAudience());
    const { result } = await oa.call('PUT', '/upload', { audienceGroupId, audiences: [] });
    expect(result).toBe('400 UPLOAD_AUDIENCE_GROUP_NO_VALID_AUDIENCE_IDS');
  });

  test('must be JSON of at most 2 MB', async () => {
    const { oa } = await startOa();
    const text = await oa.call('POST', '/upload', '{}', { headers: { 'content-type': 'text/plain' } });
    expect([text.status, text.json.message]).toEqual([415, 'The content type, text/plain, is not supported']);
    expect((await oa.call('POST', '/upload', `"${'x'.repeat(2_097_152)}"`)).status).toBe(413);
  });
});

describe('a file', () => {
  const good = userLines(1, 120);
  const invalid = '400 UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT';
  const tooMany = '400 UPLOAD_AUDIENCE_GROUP_TOO_MANY_AUDIENCE_IDS';
  const none = '400 UPLOAD_AUDIENCE_GROUP_NO_VALID_AUDIENCE_IDS';
  const malformed = ['malformed_id'];
  const digest = createHash('sha256').update('x').digest('hex');
  test.each<[string, string, LineOfficialAccountSimulatorOptions, string, string[], number]>([
    ['without a last line end', good.trimEnd(), {}, '202', [], 120],
    ['with an id twice', good + good, {}, '202', [], 120],
    ['without bytes', '', {}, none, [], 0],
    ['with CRLF', good.replaceAll('\n', '\r\n'), {}, invalid, malformed, 0],
    ['with CRLF, where that is fine', good.replaceAll('\n', '\r\n'), { lineEnds: 'any' }, '202', [], 120],
    ['with a BOM', `\uFEFF${good}`, {}, invalid, malformed, 0],
    ['with an empty line', `${good}\n${userLines(200, 201)}`, {}, invalid, malformed, 0],
    ['with capital digits', `${good}U${user(7).slice(1).toUpperCase()}\n`, {}, invalid, malformed, 0],
    ['with a small U', `${good}${user(7).toLowerCase()}\n`, {}, invalid, malformed, 0],
    ['with an id that is too short', `${good}${user(7).slice(0, -1)}\n`, {}, invalid, malformed, 0],
    ['with an id that is too long', `${good}${user(7)}0\n`, {}, invalid, malformed, 0],
    ['with a space', `${good}${user(7)} \n`, {}, invalid, malformed, 0],
    ['with a group', `${good}C${user(7).slice(1)}\n`, {}, invalid, malformed, 0],
    ['with a hash', `${good}${digest}\n`, {}, invalid, malformed, 0],
    ['with an e-mail address', `${good}a@example.com\n`, {}, invalid, malformed, 0],
    ['with an endless line', 'U'.repeat(100_000), {}, invalid, malformed, 0],
    ['with an advertising id', `${good}${device(1)}\n`, {}, invalid, ['mixed_ids'], 0],
    ['with a malformed id that is skipped', `${good}x\n`, { malformedIds: 'skip' }, '202', [], 120],
    ['with only malformed ids that are skipped', 'x\ny\n', { malformedIds: 'skip' }, none, [], 0],
    ['with a malformed id that fails the job', `${good}x\n`, { malformedIds: 'job' }, '202', [], 0],
    ['with as many lines as fit', good, { mostIds: 120 }, '202', [], 120],
    ['with more lines than fit', good, { mostIds: 119 }, tooMany, ['too_many_ids'], 0],
  ])('%s', async (_, content, options, result, found, members) => {
    const { sim, oa } = await startOa(options);
    const { result: got, json } = await oa.create({ file: fileOf(content) });
    sim.advance(300);
    expect([got, violations(sim)]).toEqual([result, found]);
    expect(result === '202' ? sim.state.members(String(json.audienceGroupId)).size : 0).toBe(members);
    if (options.malformedIds === 'job')
      expect((await oa.get(json.audienceGroupId)).audienceGroup.status).toBe('FAILED');
  });

  test('of advertising ids is for an audience of them', async () => {
    const { sim, oa } = await startOa();
    const { json } = await oa.create({ isIfaAudience: 'true', file: devices(1, 19) });
    expect(json.isIfaAudience).toBe(true);
    sim.advance(300);
    const count = async () => (await oa.get(json.audienceGroupId)).audienceGroup.audienceCount;
    expect(await count()).toBe(0);
    const upper = fileOf(`${device(1).toUpperCase()}\n${device(20)}\n`);
    expect((await oa.add(json.audienceGroupId, { file: upper })).result).toBe('202');
    sim.advance(300);
    expect(await count()).toBe(20);
    expect([...sim.state.members(String(json.audienceGroupId))][0]).toBe(device(1));
    expect((await oa.add(json.audienceGroupId, { file: users(1, 3) })).result).toBe(invalid);
    expect(violations(sim)).toEqual(['mixed_ids']);
  });

  test('of more than a million lines is read as a stream', async () => {
    const { sim, oa } = await startOa();
    const block = Buffer.alloc(34 * 1000);
    const blocks: Uint8Array<ArrayBuffer>[] = [];
    for (let n = 0; n < 1_500_000; n += 1) {
      block.write(`U${n.toString(16).padStart(32, '0')}\n`, (n % 1000) * 34, 'latin1');
      if (n % 1000 === 999) blocks.push(new Uint8Array(block));
    }
    const { result, json } = await oa.create({ file: new Blob(blocks, { type: 'text/plain' }) });
    expect(result).toBe('202');
    sim.advance(300);
    expect(sim.state.members(String(json.audienceGroupId)).size).toBe(1_500_000);
  });

  test('is the same, wherever the network splits it', () => {
    const line = fc.tuple(fc.nat(50), fc.constantFrom('\n', '\r\n'));
    const list = fc.array(line, { minLength: 1, maxLength: 30 });
    const places = fc.array(fc.nat(), { maxLength: 12 });
    fc.assert(
      fc.property(list, places, fc.boolean(), (members, at, isIfa) => {
        const id = isIfa ? device : user;
        const bytes = Buffer.from(members.map(([n, end]) => id(n) + end).join(''));
        const reader = new IdReader({ mostIds: 100, lineEnds: 'any' });
        const cuts = [0, ...at.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
        for (const [index, end] of cuts.slice(1).entries()) reader.feed(bytes.subarray(cuts[index], end));
        reader.end();
        expect([reader.fault(isIfa, { malformedIds: 'refuse' }), reader.lines]).toEqual([null, members.length]);
        const membership = new Membership(isIfa);
        membership.add(reader.ids(isIfa));
        const sorted = [...new Set(members.map(([n]) => id(n)))].sort();
        expect([...membership]).toEqual(sorted);
        expect(membership.sha256()).toBe(
          createHash('sha256')
            .update(`${sorted.join('\n')}\n`)
            .digest('hex'),
        );
        expect(membership.has(id(members[0]![0]))).toBe(true);
        expect(membership.has(id(99))).toBe(false);
      }),
    );
  });
});

describe('a form', () => {
  const send = async (body: string, contentType = 'multipart/form-data; boundary=x') => {
    const { sim, oa } = await startOa();
    const headers = { authorization: `Bearer ${oa.token}`, 'content-type': contentType };
    const answer = await fetch(`${sim.url}/v2/bot/audienceGroup/upload/byFile`, { method: 'POST', body, headers });
    return { status: answer.status, detail: answer.headers.get('x-simulator-detail') };
  };
  const part = (name: string, content: string, more = '') =>
    `--x\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${content}\r\n`;

  test.each([
    ['without a boundary', 'x', 'multipart/form-data', 400, /boundary/],
    ['of another type', '{}', 'application/json', 415, /multipart/],
    ['that is cut', part('description', 'A'), undefined, 400, /closing boundary/],
    ['with a field twice', `${part('description', 'A')}${part('description', 'B')}--x--`, undefined, 400, /twice/],
    ['with a file without a name', `${part('file', 'A')}--x--`, undefined, 400, /file name/],
    ['with a field that is too long', `${part('description', 'A'.repeat(70_000))}--x--`, undefined, 400, /too long/],
    [
      'with a file without a type',
      `${part('description', 'A')}${part('file', user(1), '; filename="a"')}--x--`,
      undefined,
      415,
      /text\/plain/,
    ],
  ])('%s is refused', async (_, body, contentType, status, detail) => {
    expect(await send(body, contentType)).toEqual({ status, detail: expect.stringMatching(detail) });
  });
});
