import { describe, expect, it } from 'vitest';
import { bodyOf, failureOf, fileOf, job, list, listen, served, testClient, values } from './helpers.ts';

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('every call', () => {
  it('is a POST of JSON with the token, the base account and the name of the program', async () => {
    const { client, server } = await served(() => values('audienceList'), { userAgent: 'my-app/1.2.3' });
    await client.audienceLists.page('1002', { headers: { 'x-team': 'crm' } });
    const [{ method, url, headers }] = server.received as [(typeof server.received)[0]];
    expect(`${method} ${url}`).toBe('POST /api/api/v20/AudienceListService/get');
    expect(headers).toMatchObject({
      authorization: 'Bearer an-invented-access-token',
      'x-z-base-account-id': '1001',
      'content-type': 'application/json',
      accept: 'application/json',
      'x-team': 'crm',
    });
    expect(headers['user-agent']).toMatch(/^my-app\/1\.2\.3 lineup-ly-ads\/\d+\.\d+\.\d+$/);
  });

  it('needs a base account, except those of base accounts', async () => {
    const { client, server } = await served(() => values('account'), { baseAccountId: undefined });
    await client.baseAccounts.page();
    expect(server.received[0]!.headers).not.toHaveProperty('x-z-base-account-id');
    for (const call of [() => client.accounts.page(), () => client.audienceLists.page('1002')]) {
      expect(call).toThrow(/Expected the client to have a baseAccountId/);
    }
  });
});

describe('accounts', () => {
  it('below the Business ID are asked for with test accounts, whose flags are read', async () => {
    const account = {
      accountId: 1001,
      accountName: 'Shop',
      accountStatus: 'SERVING',
      authType: 'UPDATABLE',
      isMccAccount: 'TRUE',
      isTestAccount: 'FALSE',
    };
    const nothing = Object.fromEntries(Object.keys(account).map((key) => [key, null]));
    const { client, server } = await served(() => {
      const reply = values(
        'account',
        account,
        { ...nothing, accountId: 1003, isTestAccount: 'UNKNOWN' },
        nothing,
        null,
      );
      Object.assign((reply.body as { rval: object }).rval, { authorizationBusinessId: 'biz-1' });
      return reply;
    });
    const page = await client.baseAccounts.page({ accountName: 'shop', numberResults: 2 });
    expect(bodyOf(server.received[0]!)).toEqual({
      accountName: 'shop',
      includeTestAccount: 'ALL',
      includeMccAccount: 'ALL',
      startIndex: 1,
      numberResults: 2,
    });
    expect(page.authorizationBusinessId).toBe('biz-1');
    expect(page.items).toEqual([
      { ...account, accountId: '1001', isMccAccount: true, isTestAccount: false },
      { ...nothing, accountId: '1003' },
    ]);
  });

  it('below the base account are given page by page, each once', async () => {
    const pageOf = (from: number) => {
      const reply = values(
        'account',
        ...[from, from + 1].map((accountId) => ({ accountId, accountName: `A${accountId}` })),
      );
      Object.assign((reply.body as { rval: object }).rval, { totalNumEntries: 4 });
      return reply;
    };
    const { client, server } = await served(({ number }) => pageOf(2 * number));
    const found = await collect(client.accounts.list({ numberResults: 2, accountIds: ['1002'] }));
    expect(found.map(({ accountId }) => accountId)).toEqual(['2', '3', '4', '5']);
    expect(server.received.map(bodyOf)).toMatchObject([
      { startIndex: 1, accountIds: [1002], includeTestAccount: 'ALL', includeMccAccount: 'ONLY_ADS_ACCOUNT' },
      { startIndex: 3 },
    ]);
  });
});

describe('audience lists', () => {
  const read = {
    audienceListId: '5001',
    audienceListName: 'VIP members',
    description: null,
    audienceListType: 'CUSTOMER_DATA',
    dataDuration: 90,
    reach: null,
    deliveryStatus: 'ACTIVE',
    sourceType: 'CUSTOMER_DATA_FILE',
    isShared: false,
    dataConnectionStopped: false,
    lineAudienceGroupId: null,
    lineAudienceGroupOwnerType: null,
    lineAudienceGroupType: null,
  };

  it('are asked for with their details, by their ids or types', async () => {
    const { client, server } = await served(() => values('audienceList', list));
    const { items, totalNumEntries } = await client.audienceLists.page('1002', {
      audienceListIds: ['5001'],
      audienceListTypes: ['CUSTOMER_DATA'],
      sharingStatusFilterType: 'ALL',
      page: 3,
      numberResults: 10,
    });
    expect(items).toEqual([read]);
    expect(totalNumEntries).toBe(1);
    expect(bodyOf(server.received[0]!)).toEqual({
      accountId: 1002,
      audienceListIds: [5001],
      audienceListTypes: ['CUSTOMER_DATA'],
      sharingStatusFilterType: 'ALL',
      includeDetail: true,
      startIndex: 21,
      numberResults: 10,
    });
  });

  it('of other types have the audience at LINE', async () => {
    const manager = {
      ...list,
      dataConnectionStopped: 'UNKNOWN',
      audienceListContent: {
        audienceListType: 'BUSINESS_MANAGER',
        customerDataAudienceList: null,
        businessManagerAudienceList: {
          lineAudienceGroupId: 5343822743475,
          lineAudienceGroupType: 'EMAIL_ADDRESS_UPLOAD',
          lineAudienceGroupOwnerType: 'LINE_ADS',
        },
      },
    };
    const migrated = {
      ...list,
      audienceListId: 5002,
      audienceListContent: {
        audienceListType: 'MIGRATED_LINE_AUDIENCE',
        migratedLineAudienceList: { dataDuration: 180, lineAudienceGroupType: 'PHONE_NUMBER_UPLOAD' },
      },
    };
    const { client } = await served(() => values('audienceList', manager, migrated));
    expect(await collect(client.audienceLists.list('1002'))).toMatchObject([
      {
        lineAudienceGroupId: '5343822743475',
        lineAudienceGroupOwnerType: 'LINE_ADS',
        lineAudienceGroupType: 'EMAIL_ADDRESS_UPLOAD',
        dataConnectionStopped: null,
      },
      { lineAudienceGroupType: 'PHONE_NUMBER_UPLOAD', dataDuration: 180 },
    ]);
  });

  it('have the audience at LINE, whatever LY calls the object around it', async () => {
    const line = { lineAudienceGroupId: '5343822743475', lineAudienceGroupOwnerType: 'LINE_ADS' };
    const contents = [{ ofLine: line, other: null, extra: [1] }, line];
    const { client } = await served(() =>
      values(
        'audienceList',
        ...contents.map((content, at) => ({ ...list, audienceListId: 5001 + at, audienceListContent: content })),
      ),
    );
    expect(await collect(client.audienceLists.list('1002'))).toMatchObject([line, line]);
  });

  it('may give numbers as text', async () => {
    const texts = {
      ...list,
      audienceListId: '5001',
      reach: '1200',
      audienceListContent: { customerDataAudienceList: { dataDuration: '90' } },
    };
    const { client } = await served(() => values('audienceList', texts));
    const [read] = await collect(client.audienceLists.list('1002'));
    expect(read).toMatchObject({ audienceListId: '5001', reach: 1200, dataDuration: 90 });
  });

  it('are made, changed and removed, one at a time', async () => {
    const { client, server } = await served(() => values('audienceList', list));
    const { audienceLists } = client;
    expect(await audienceLists.add('1002', { audienceListName: '会員', dataDuration: 90 })).toEqual(read);
    await audienceLists.set('1002', {
      audienceListId: '5001',
      audienceListName: 'New',
      description: '',
      dataDuration: 30,
    });
    await audienceLists.set('1002', { audienceListId: '5001', description: 'Ours' });
    await audienceLists.remove('1002', '5001');
    const customerData = (content: object) => ({
      audienceListType: 'CUSTOMER_DATA',
      customerDataAudienceList: content,
    });
    expect(server.received.map(({ url }) => url.split('/').at(-1))).toEqual(['add', 'set', 'set', 'remove']);
    expect(server.received.map(bodyOf)).toEqual([
      {
        accountId: 1002,
        operand: [{ audienceListName: '会員', audienceListContent: customerData({ dataDuration: 90 }) }],
      },
      {
        accountId: 1002,
        operand: [
          {
            audienceListId: 5001,
            audienceListName: 'New',
            isRemoveDescription: 'TRUE',
            audienceListContent: customerData({ dataDuration: 30 }),
          },
        ],
      },
      {
        accountId: 1002,
        operand: [{ audienceListId: 5001, description: 'Ours', audienceListContent: customerData({}) }],
      },
      { accountId: 1002, operand: [{ audienceListId: 5001 }] },
    ]);
  });
});

describe('an upload', () => {
  const text = `Email\n${'a'.repeat(64)}\n`;

  it('is one part with a file name, of a known length, after four values in the query', async () => {
    const { client, server, log } = await served(() => values('uploadJob', job));
    const progress: number[] = [];
    const answer = await client.audienceLists.uploadUserList('1002', '5001', {
      uploadType: 'MAIL_ADDRESS_AND_PHONE_NUMBER',
      file: fileOf(text),
      onProgress: (bytes) => progress.push(bytes),
    });
    expect(answer).toEqual({ ...job, audienceListId: '5001' });
    const [{ url, headers, body }] = server.received as [(typeof server.received)[0]];
    expect(url).toBe(
      '/api/api/v20/AudienceListService/uploadUserList' +
        '?accountId=1002&audienceListId=5001&uploadType=MAIL_ADDRESS_AND_PHONE_NUMBER&compressType=NONE',
    );
    expect(headers['content-length']).toBe(String(body.length));
    expect(headers['x-z-base-account-id']).toBe('1001');
    const form = await new Response(new Uint8Array(body), {
      headers: { 'content-type': headers['content-type']! },
    }).formData();
    expect([...form.keys()]).toEqual(['file']);
    const file = form.get('file') as File;
    expect([file.name, await file.text()]).toEqual(['members.csv', text]);
    expect(progress).toEqual([text.length]);
    expect(log).toMatchObject([{ endpoint: '/api/v20/AudienceListService/uploadUserList' }]);
  });

  it.each([
    ['too few bytes', { bytes: text.length + 1 }],
    ['too many bytes', { bytes: text.length - 1 }],
    [
      'an error after the last byte',
      {
        read: async function* () {
          yield Buffer.from(text);
          throw new Error('These are not the bytes.');
        },
      },
    ],
  ])('with %s is certainly not taken', async (_, how) => {
    const whole: unknown[] = [];
    const url = await listen((request, response) => {
      request.on('error', () => {});
      request.resume().on('end', () => {
        whole.push(request.url);
        response.end(JSON.stringify(values('uploadJob', job).body));
      });
    });
    const file = { ...fileOf(text), ...how };
    const call = testClient(url).client.audienceLists.uploadUserList('1002', '5001', { uploadType: 'IDFA', file });
    expect(await failureOf(call)).toMatchObject({ code: 'file_unreadable', outcome: 'not_taken', attempts: 1 });
    expect(whole).toEqual([]);
  });

  it('has as much time as its bytes need, and another call has its own', async () => {
    const limits: number[] = [];
    const { client } = await served(({ number }) => (number === 1 ? values('uploadJob', job) : values('uploadJob')), {
      deadline: async (ms, signal) => {
        limits.push(ms);
        await new Promise((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason)));
      },
    });
    const file = fileOf('a'.repeat(1_250_000));
    await client.audienceLists.uploadUserList('1002', '5001', { uploadType: 'AAID', file });
    await client.audienceLists.uploadJobs('1002', '5001');
    expect(limits).toEqual([40_000, 30_000]);
  });

  it('has jobs, which are asked for by their ids', async () => {
    const { client, server } = await served(() => values('uploadJob', job, { ...job, uploadJobId: null }));
    expect(await client.audienceLists.uploadJobs('1002', '5001', { uploadJobIds: ['9001'] })).toEqual([
      { ...job, audienceListId: '5001' },
    ]);
    await client.audienceLists.uploadJobs('1002', '5001');
    expect(server.received.map(bodyOf)).toEqual([
      { accountId: 1002, audienceListId: 5001, uploadJobIds: ['9001'], numberResults: 100 },
      { accountId: 1002, audienceListId: 5001, numberResults: 100 },
    ]);
  });
});
