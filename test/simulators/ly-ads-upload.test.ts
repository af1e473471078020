/** Uploads: the request, the file, its states over time, and who is in the list. */
import { createHash } from 'node:crypto';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columnsOf, type UploadType } from '../../simulators/ly-ads/file/columns.ts';
import { Membership } from '../../simulators/ly-ads/file/membership.ts';
import { RowReader } from '../../simulators/ly-ads/file/row-reader.ts';
import type { LyAdsSimulatorOptions } from '../../simulators/ly-ads/index.ts';
import { emails, fileOf, hash, rows, startLy, violations } from './ly-ads-client.ts';

const day = 86_400_000;

async function start(options: LyAdsSimulatorOptions = {}, dataDuration = 30) {
  const { sim, ly } = await startLy(options);
  const id = await ly.newList('VIP', dataDuration);
  const list = () => sim.inspect().lists.at(-1)!;
  const members = () => sim.state.members(String(id));
  /** The state of the newest upload, when it has ended. */
  const send = async (file: File, query: Record<string, string> = {}) => {
    const { result } = await ly.upload(id, file, { query });
    sim.advance(300);
    return result === 'ok' ? sim.inspect().jobs.at(-1)!.status : result;
  };
  return { sim, ly, id, list, members, send };
}

describe('an upload', () => {
  test('is RECEIVING, then RECEIVED, and then counted', async () => {
    const { sim, ly, id, list } = await start();
    const { json } = await ly.upload(id, emails(1, 200));
    expect(json.rval.values).toEqual([
      {
        operationSucceeded: true,
        errors: null,
        uploadJob: {
          uploadJobId: expect.stringMatching(/^\d{20}$/),
          audienceListId: id,
          uploadType: 'MAIL_ADDRESS_AND_PHONE_NUMBER',
          uploadSubmitDate: '20260701120405',
          receivedDate: null,
          jobStatus: 'RECEIVING',
          uploadSource: 'API',
        },
      },
    ]);
    const job = json.rval.values[0].uploadJob.uploadJobId;
    expect(list()).toMatchObject({ members: 0, reach: null });
    sim.advance(299);
    expect((await ly.jobs(id))[job]).toMatchObject({ jobStatus: 'RECEIVING', receivedDate: null });
    sim.advance(1);
    expect((await ly.jobs(id))[job]).toMatchObject({ jobStatus: 'RECEIVED', receivedDate: '20260701120405' });
    expect(list()).toMatchObject({ members: 200, reach: null });
    sim.configure({ firstReach: 'zero' });
    expect((await ly.list(id)).reach).toBe(0);
    sim.advance(1000);
    expect((await ly.list(id)).reach).toBe(130);
    expect(sim.state.violations).toEqual([]);
  });

  test.each([
    ['no list', { audienceListId: '' }, 'R0001'],
    ['no upload type', { uploadType: '' }, 'R0001'],
    ['no compression', { compressType: '' }, 'R0001'],
    ['no account', { accountId: '' }, 'R0001'],
    ['another upload type', { uploadType: 'EMAIL' }, 'V0001'],
    ['an id that is no number', { audienceListId: 'x' }, 'V0001'],
    ['an unknown list', { audienceListId: '9' }, '110005'],
    ['a list of another type', { audienceListId: '5000000303' }, '210001'],
  ])('with %s is refused', async (_, query, result) => {
    const { send } = await start();
    expect(await send(emails(1, 200), query)).toBe(result);
  });

  test('needs a form with one part, a file with a name', async () => {
    const { sim, ly, id } = await start();
    const url = `${sim.url}/api/v20/AudienceListService/uploadUserList?accountId=1011&audienceListId=${id}&uploadType=IDFA&compressType=NONE`;
    const post = async (body: FormData | string, type?: string) => {
      const headers = {
        authorization: `Bearer ${ly.token}`,
        'x-z-base-account-id': '1001',
        ...(type === undefined ? {} : { 'content-type': type }),
      };
      const response = await fetch(url, { method: 'POST', headers, body });
      const { errors } = (await response.json()) as { errors: { code: string }[] | null };
      return `${response.status} ${errors?.[0]?.code}`;
    };
    const form = (...parts: [string, string | File][]) => {
      const data = new FormData();
      for (const [name, value] of parts) data.append(name, value);
      return data;
    };
    expect(await post('x', 'application/octet-stream')).toBe('400 0005');
    expect(await post('x', 'multipart/form-data')).toBe('400 0005');
    expect(await post('x', 'multipart/form-data; boundary=b')).toBe('400 0004');
    expect(await post(form(['file', 'a text']))).toBe('200 R0001');
    expect(await post(form(['note', 'a text'], ['file', emails(1, 100)]))).toBe('200 V0001');
    expect(await post(form(['file', emails(1, 100)], ['file', emails(1, 100)]))).toBe('200 V0001');
    expect(await post('--b--\r\n', 'multipart/form-data; boundary=b')).toBe('200 R0001');
    expect(sim.inspect().jobs).toEqual([]);
  });

  test('to a test account, or to a list whose connection has stopped, is refused', async () => {
    const { sim, ly, id } = await start();
    const test = await ly.newList('Test', 30, 1013);
    const sandbox = await ly.upload(test, emails(1, 100), { query: { accountId: '1013' } });
    expect(sandbox.result).toBe('0200');
    sim.state.stopConnection(String(id));
    expect((await ly.upload(id, emails(1, 100))).result).toBe('210001');
    sim.configure({ stoppedCode: '120020', errorLevel: 'value' });
    expect((await ly.upload(id, emails(1, 100))).result).toBe('[120020]');
    expect(await ly.list(id)).toMatchObject({ dataConnectionStopped: 'TRUE' });
    expect(violations(sim)).toEqual(['refused_upload', 'refused_upload', 'refused_upload']);
  });

  test('is refused after 100 days without an ad', async () => {
    const { sim, ly, id, send } = await start();
    sim.advance(100 * day - 1);
    ly.token = sim.grant().accessToken;
    expect((await ly.list(id)).dataConnectionStopped).toBe('FALSE');
    sim.advance(1);
    expect((await ly.list(id)).dataConnectionStopped).toBe('TRUE');
    sim.state.useList(String(id), true);
    expect(await send(emails(1, 100))).toBe('RECEIVED');
    sim.state.useList(String(id), false);
    sim.advance(99 * day);
    ly.token = sim.grant().accessToken;
    expect(await send(emails(1, 100))).toBe('RECEIVED');
    sim.configure({ unusedDays: 0 });
    sim.advance(300 * day);
    ly.token = sim.grant().accessToken;
    expect(await send(emails(1, 100))).toBe('RECEIVED');
  });

  test('beside another one to the same list is told', async () => {
    const { sim, ly, id } = await start();
    await ly.upload(id, emails(1, 100));
    await ly.upload(await ly.newList('Other'), emails(1, 100));
    expect(violations(sim)).toEqual([]);
    await ly.upload(id, emails(1, 100));
    sim.advance(300);
    await Promise.all([ly.upload(id, emails(1, 100)), ly.upload(id, emails(1, 100))]);
    expect(violations(sim)).toEqual(['overlapping_upload', 'overlapping_upload']);
  });

  test('is shown among the last hundred of its list, in no order', async () => {
    const { sim, ly, id } = await start({ jobMs: 0 });
    for (let number = 0; number < 103; number += 1) await ly.upload(id, emails(1, 100));
    const all = sim.inspect().jobs.map((job) => job.id);
    const shown = Object.keys(await ly.jobs(id));
    expect(shown).not.toEqual(shown.toSorted());
    expect(shown.toSorted()).toEqual(all.slice(3));
    const [oldest] = all;
    expect(Object.keys(await ly.jobs(id, { numberResults: undefined }))).toHaveLength(10);
    expect(Object.keys(await ly.jobs(id, { uploadJobIds: [oldest, all.at(-1)] }))).toEqual([all.at(-1)]);
    sim.configure({ olderJobs: 'by-id' });
    expect(Object.keys(await ly.jobs(id, { uploadJobIds: [oldest] }))).toEqual([oldest]);
    expect(await ly.jobs(id, { jobStatuses: ['FAILED', 'RECEIVING'] })).toEqual({});
    expect((await ly.lists('getUploadUserListStatus', { audienceListId: id, numberResults: 101 })).result).toBe(
      'V0001',
    );
  });
});

describe('members', () => {
  test('leave some days after they were received, unless they are sent again', async () => {
    const { sim, ly, send, members, list } = await start({}, 30);
    await send(emails(1, 200));
    sim.advance(20 * day);
    ly.token = sim.grant().accessToken;
    await send(emails(101, 300));
    expect(members().size).toBe(300);
    sim.advance(10 * day - 301);
    expect(members().size).toBe(300);
    sim.advance(1);
    expect([members().has(hash(100)), members().has(hash(101)), members().size]).toEqual([false, true, 200]);
    expect(list().reach).toBe(130);
    sim.advance(20 * day + 300);
    expect([members().size, list().reach]).toEqual([0, 0]);
    ly.token = sim.grant().accessToken;
    await send(emails(1, 100));
    expect(members().size).toBe(100);
  });

  test('may leave although they were sent again', async () => {
    const { sim, ly, send, members } = await start({ sendingAgain: 'ignored' }, 30);
    await send(emails(1, 200));
    sim.advance(20 * day);
    ly.token = sim.grant().accessToken;
    await send(emails(101, 300));
    sim.advance(10 * day);
    expect([members().has(hash(101)), members().has(hash(201)), members().size]).toEqual([false, true, 100]);
    ly.token = sim.grant().accessToken;
    await send(emails(1, 150));
    expect(members().size).toBe(250);
  });

  test('stay as long as the list says now', async () => {
    const { sim, ly, id, send, members } = await start({}, 30);
    await send(emails(1, 100));
    const set = (dataDuration: number) =>
      ly.lists('set', {
        operand: [
          {
            audienceListId: id,
            audienceListContent: { audienceListType: 'CUSTOMER_DATA', customerDataAudienceList: { dataDuration } },
          },
        ],
      });
    sim.advance(20 * day);
    ly.token = sim.grant().accessToken;
    await set(10);
    expect(members().size).toBe(0);
    await set(60);
    expect(members().size).toBe(100);
  });

  test('may have an e-mail address, a phone number, or both', async () => {
    const { send, members, list } = await start();
    const both = Array.from({ length: 100 }, (_, n) => `${hash(n)},${hash(`phone ${n}`)}\n`).join('');
    const either = Array.from({ length: 50 }, (_, n) => `,${hash(`phone ${1000 + n}`)}\n${hash(1000 + n)},\n`).join('');
    expect(await send(fileOf(`Email,Phone\n${both}${either}`))).toBe('RECEIVED');
    expect(list()).toMatchObject({ members: 300, people: 200 });
    const lists = members();
    expect([lists.has(hash(1), 'email'), lists.has(hash(1), 'phone'), lists.has(hash('phone 1'), 'phone')]).toEqual([
      true,
      false,
      true,
    ]);
    const values = [...both.matchAll(/\w{64}/g), ...either.matchAll(/\w{64}/g)].map(([value]) => value).sort();
    expect([...lists]).toEqual(values);
    const text = `${values.join('\n')}\n`;
    expect(lists.sha256()).toBe(createHash('sha256').update(text).digest('hex'));
    const swapped = Array.from({ length: 100 }, (_, n) => `${hash(`phone ${n}`)},${hash(n)}\n`).join('');
    expect(await send(fileOf(`Phone,Email\n${swapped}`))).toBe('RECEIVED');
    expect(list()).toMatchObject({ members: 300, people: 200 });
  });

  test('may be devices, whose kind is that of the upload', async () => {
    const { send, members } = await start();
    const device = (n: number) => `0000000a-0000-4000-8000-${String(n).padStart(12, '0')}`;
    const devices = Array.from({ length: 100 }, (_, n) => `${device(n).toUpperCase()}\n`).join('');
    expect(await send(fileOf(`Mobile Device ID\n${devices}`), { uploadType: 'IDFA' })).toBe('RECEIVED');
    expect([members().has(device(5), 'idfa'), members().has(device(5), 'aaid')]).toEqual([true, false]);
    expect(await send(fileOf(`Mobile Device ID\n${devices}`), { uploadType: 'AAID' })).toBe('RECEIVED');
    expect([members().has(device(5), 'aaid'), members().size]).toEqual([true, 200]);
    expect([...members()][5]).toBe(device(5));
    expect(members().receivedAt(device(5), 'aaid')).toBeGreaterThan(members().receivedAt(device(5), 'idfa')!);
  });

  test('with capital letters match nobody', async () => {
    const { sim, send, list } = await start();
    const upper = rows(101, 150).toUpperCase();
    expect(await send(fileOf(`Email\n${rows(1, 100)}${upper}`))).toBe('RECEIVED');
    expect(list()).toMatchObject({ members: 100 });
    expect(violations(sim)).toEqual(['upper_case']);
    expect(await send(fileOf(`Email,Phone\n${rows(1, 100).replaceAll('\n', `,${hash('x').toUpperCase()}\n`)}`))).toBe(
      'RECEIVED',
    );
    expect(list()).toMatchObject({ members: 100 });
  });
});

describe('a file', () => {
  const good = rows(1, 120);
  const none: string[] = [];
  test.each<[string, string | Uint8Array<ArrayBuffer>, LyAdsSimulatorOptions, string, string[]]>([
    ['with CRLF', `Email\n${good}`.replaceAll('\n', '\r\n'), {}, 'RECEIVED', none],
    ['without a last line end', `Email\n${good}`.trimEnd(), {}, 'RECEIVED', none],
    ['of 100 rows', `Email\n${rows(1, 100)}`, {}, 'RECEIVED', none],
    ['of 99 rows', `Email\n${rows(1, 99)}`, {}, 'INVALID_FILE', ['too_few_rows']],
    ['of 99 rows, where that is enough', `Email\n${rows(1, 99)}`, { fewestRows: 1 }, 'RECEIVED', none],
    ['without rows', 'Email\n', {}, 'INVALID_FILE', ['too_few_rows']],
    ['without bytes', '', {}, 'INVALID_FILE', ['too_few_rows']],
    ['with a BOM', `\uFEFFEmail\n${good}`, {}, 'INVALID_FILE', ['byte_order_mark']],
    [
      'with a BOM and optional headings',
      `\uFEFF${good}`,
      { columnHeadings: 'optional' },
      'INVALID_FILE',
      ['byte_order_mark'],
    ],
    ['without headings', good, {}, 'INVALID_FILE', ['wrong_headings']],
    ['without optional headings', good, { columnHeadings: 'optional' }, 'RECEIVED', none],
    ['with optional headings', `Email\n${good}`, { columnHeadings: 'optional' }, 'RECEIVED', none],
    [
      'with headings that must not be',
      `Email\n${good}`,
      { columnHeadings: 'refused' },
      'INVALID_FILE',
      ['wrong_headings'],
    ],
    ['without headings that must not be', good, { columnHeadings: 'refused' }, 'RECEIVED', none],
    ['with a heading in small letters', `email\n${good}`, {}, 'INVALID_FILE', ['wrong_headings']],
    ['with the heading of devices', `Mobile Device ID\n${good}`, {}, 'INVALID_FILE', ['wrong_headings']],
    ['with a heading twice', `Email,Email\n${good}`, {}, 'INVALID_FILE', ['wrong_headings']],
    ['with quotes', `Email\n"${good.replaceAll('\n', '"\n"')}`, {}, 'INVALID_FILE', ['wrong_content']],
    ['with a space in the heading', `Email, Phone\n${good}`, {}, 'INVALID_FILE', ['wrong_headings']],
    ['with an address', `Email\n${good}a@example.com\n`, {}, 'INVALID_FILE', ['wrong_content']],
    ['with an empty row', `Email\n${good}\n${rows(200, 201)}`, {}, 'INVALID_FILE', ['wrong_content']],
    [
      'with a row without cells',
      `Email,Phone\n${good.replaceAll('\n', ',\n')},\n`,
      {},
      'INVALID_FILE',
      ['wrong_content'],
    ],
    ['with a cell too few', `Email,Phone\n${good}`, {}, 'INVALID_FILE', ['wrong_content']],
    ['with a cell too many', `Email\n${good.replaceAll('\n', ',\n')}`, {}, 'INVALID_FILE', ['wrong_content']],
    ['with a space after a hash', `Email\n${good.replaceAll('\n', ' \n')}`, {}, 'INVALID_FILE', ['wrong_content']],
    ['with full-width digits', `Email\n${good}${hash(1).slice(1)}１\n`, {}, 'INVALID_FILE', ['wrong_content']],
    ['with an endless row', `Email\n${'a'.repeat(100_000)}`, {}, 'INVALID_FILE', ['wrong_content']],
    ['as large as allowed', `Email\n${good}`, { mostBytes: 7806 }, 'RECEIVED', none],
    ['larger than allowed', `Email\n${good}`, { mostBytes: 7805 }, 'INVALID_FILE', ['too_large_file']],
  ])('%s', async (_, content, options, status, found) => {
    const { sim, send } = await start(options);
    expect([await send(fileOf(content)), violations(sim)]).toEqual([status, found]);
    expect(sim.inspect().lists.at(-1)!.members).toBe(status === 'RECEIVED' ? sim.inspect().jobs[0]!.rows : 0);
  });

  const text = Buffer.from(`Email\n${good}`);
  const packed: [string, string, Uint8Array<ArrayBuffer>, LyAdsSimulatorOptions, string][] = [
    ['GZIP', 'GZIP', gzipSync(text), {}, 'RECEIVED'],
    ['GZIP that is cut', 'GZIP', gzipSync(text).subarray(0, -20), {}, 'INVALID_FILE'],
    ['GZIP that is none', 'GZIP', Buffer.from(text), {}, 'INVALID_FILE'],
    ['GZIP that is too large unpacked', 'GZIP', gzipSync(text), { mostBytes: 7805 }, 'INVALID_FILE'],
    ['GZIP whose size counts packed', 'GZIP', gzipSync(text), { mostBytes: 7805, fileSize: 'packed' }, 'RECEIVED'],
    ['ZIP', 'ZIP', zip(['a.csv', text]), {}, 'RECEIVED'],
    ['ZIP with two files', 'ZIP', zip(['a.csv', text], ['b.csv', text]), {}, 'INVALID_FILE'],
    ['ZIP that is none', 'ZIP', gzipSync(text), {}, 'INVALID_FILE'],
    ['ZIP that is too large unpacked', 'ZIP', zip(['a.csv', text]), { mostBytes: 7805 }, 'INVALID_FILE'],
  ];
  test.each(packed)('in %s', async (_, compressType, content, options, status) => {
    const { sim, send } = await start(options);
    expect(await send(fileOf(content), { compressType })).toBe(status);
    expect(sim.inspect().lists.at(-1)!.members).toBe(status === 'RECEIVED' ? 120 : 0);
  });

  test('in GZIP may be large', async () => {
    const { send, list } = await start();
    const large = Buffer.from(`Email\n${rows(1, 40_000)}`);
    expect(gzipSync(large).length).toBeGreaterThan(1_048_576);
    expect(await send(fileOf(gzipSync(large)), { compressType: 'GZIP' })).toBe('RECEIVED');
    expect(list()).toMatchObject({ members: 40_000 });
    expect(await send(fileOf(gzipSync(large).subarray(0, -9)), { compressType: 'GZIP' })).toBe('INVALID_FILE');
  });

  const type: UploadType = 'MAIL_ADDRESS_AND_PHONE_NUMBER';

  test('is the same, wherever the network splits it', () => {
    const cell = (kind: string) =>
      fc.option(
        fc.nat(50).map((n) => hash(`${kind} ${n}`)),
        { nil: '' },
      );
    const row = fc
      .tuple(cell('mail'), cell('phone'), fc.constantFrom('\n', '\r\n'))
      .filter(([email, phone]) => `${email}${phone}` !== '');
    const list = fc.array(row, { minLength: 1, maxLength: 30 });
    const places = fc.array(fc.nat(), { maxLength: 12 });
    fc.assert(
      fc.property(list, places, fc.boolean(), (members, at, swaps) => {
        const text = members.map(([email, phone, end]) => (swaps ? `${phone},${email}` : `${email},${phone}`) + end);
        const bytes = Buffer.from(`${swaps ? 'Phone,Email' : 'Email,Phone'}\n${text.join('')}`);
        const reader = new RowReader(type, 'required');
        const cuts = [0, ...at.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
        for (const [index, end] of cuts.slice(1).entries()) reader.feed(bytes.subarray(cuts[index], end));
        reader.end(1);
        expect([reader.fault, reader.rows, reader.bytes]).toEqual([null, members.length, bytes.length]);
        const membership = new Membership();
        membership.add(reader.batch, type, 0, { durationMs: day, renews: true });
        const values = members.flatMap(([email, phone]) => [email, phone].filter((value) => value !== ''));
        expect([...membership.at(0, day)]).toEqual([...new Set(values)].sort());
        for (const [email, phone] of members) {
          if (email) expect(membership.at(0, day).has(email, 'email')).toBe(true);
          if (phone) expect(membership.at(0, day).has(phone, 'phone')).toBe(true);
        }
      }),
    );
  });

  test('has columns of its type', () => {
    expect(columnsOf('Email,Phone', type)).toEqual(['Email', 'Phone']);
    expect(columnsOf('Phone', type)).toEqual(['Phone']);
    expect(columnsOf('Mobile Device ID', 'AAID')).toEqual(['Mobile Device ID']);
    for (const row of ['', 'Email,', 'Email,Mobile Device ID']) expect(columnsOf(row, type)).toBeNull();
    expect(columnsOf('Email', 'IDFA')).toBeNull();
  });
});

/** A ZIP archive of these files. */
function zip(...files: [name: string, content: Buffer][]): Uint8Array<ArrayBuffer> {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of files) {
    const data = deflateRawSync(content);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    local.push(Buffer.from('PK\x03\x04'), common, Buffer.from(name), data);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    central.push(Buffer.from('PK\x01\x02\x14\x00'), common, tail, Buffer.from(name));
    offset += 30 + name.length + data.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...local, directory, Buffer.from('PK\x05\x06'), end]);
}
