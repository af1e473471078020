import { describe, expect, it } from 'vitest';
import type { LineAdsClient } from '../src/index.ts';
import { audience, collect, failureOf, type Received, startServer, testClient } from './helpers.ts';

const waiting = {
  id: 7,
  sourceGroupId: 'G1',
  sourceGroupName: 'Agency',
  targetAdaccountId: 'A2',
  targetType: 'ADACCOUNT',
  status: 'WAITING_APPROVAL',
  createdDate: '2026-01-05T01:00:00Z',
};
const linked = {
  ...waiting,
  id: 8,
  status: 'LINKED',
  targetAdaccountName: 'Shop',
  modifiedDate: '2026-01-06T01:00:00Z',
};

/** Makes one call to a server with one answer. Returns the request and the result. */
async function call<T>(answer: unknown, make: (client: LineAdsClient) => Promise<T>, status = 200) {
  const server = await startServer(() => ({ status, body: answer }));
  const value = await make(testClient(server.url).client);
  const [request] = server.received as [Received];
  return { value, line: `${request.method} ${request.url}`, body: request.body.toString() };
}

describe('custom audiences', () => {
  it('lists all pages', async () => {
    const server = await startServer(({ url }) => {
      const page = Number(new URLSearchParams(url.split('?')[1]).get('page'));
      const audienceGroups = page === 3 ? [{ ...audience, id: 9 }] : [{ ...audience, id: `${page}` }];
      return { body: { page, size: 1, totalElements: 3, hasNextPage: page < 3, audienceGroups } };
    });
    const { client } = testClient(server.url);
    const all = await collect(
      client.customAudiences.list('A1', { name: 'V', size: 1, sortKey: 'created', sortOrder: 'desc' }),
    );
    expect(all.map(({ id }) => id)).toEqual(['1', '2', '9']);
    expect(server.received.map(({ url }) => url)).toEqual(
      [1, 2, 3].map(
        (page) => `/api/v3/adaccounts/A1/custom-audiences?name=V&page=${page}&size=1&sortKey=created&sortOrder=desc`,
      ),
    );
  });

  it('keeps undocumented values and fields', async () => {
    const odd = { ...audience, status: 'THINKING', functionType: 'NEW_TYPE', novel: { x: [1] } };
    const answer = { audienceGroups: [odd, { id: 5343822743475, estimatedAudienceSize: 1200 }] };
    const { value } = await call(answer, (client) => client.customAudiences.page('A1'));
    expect(value.hasNextPage).toBeUndefined();
    expect(value.audienceGroups).toEqual([
      odd,
      {
        id: '5343822743475',
        name: '',
        functionType: '',
        status: '',
        estimatedAudienceSize: '1200',
        created: '',
      },
    ]);
  });

  it('reads upload jobs, whose ids are numbers', async () => {
    const job = {
      audienceGroupId: 5343822743475,
      audienceGroupJobId: 12,
      name: 'lineup-r1-1.txt',
      type: 'DIFF_ADD',
      jobStatus: 'FINISHED',
      audienceCount: 3,
      created: '2026-01-05T10:00:00+09:00',
    };
    const { value, line } = await call({ jobs: [job] }, (client) =>
      client.customAudiences.uploadJobs('A1', '5343822743475'),
    );
    expect(line).toBe('GET /api/v3/adaccounts/A1/custom-audiences/5343822743475/upload-job');
    expect(value).toEqual([{ ...job, audienceGroupId: '5343822743475', audienceGroupJobId: '12' }]);
  });

  it('checks whether the role may upload, with an upload that LINE must refuse', async () => {
    const refusal = (reason: string) => ({ errors: [{ reason }] });
    const ask = (status: number, reason: string) =>
      call(refusal(reason), (client) => client.customAudiences.mayUpload('A1'), status);
    const { value, line, body } = await ask(400, 'REQUIRED');
    expect(value).toBe(true);
    expect(line).toBe('POST /api/v3/adaccounts/A1/custom-audiences/upload');
    expect(body.replaceAll(/[0-9a-f]{8}(-[0-9a-f]+){4}/g, 'B')).toBe(
      '--B\r\nContent-Disposition: form-data; name="idType"\r\n\r\nHASHED_EMAIL\r\n--B--\r\n',
    );
    expect((await ask(403, 'PARTNER_PERMISSION_DENIED')).value).toBe(false);
    await expect(ask(403, 'ACCOUNT_NOT_ALLOWED')).rejects.toMatchObject({ code: 'forbidden' });
    await expect(ask(401, '')).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('renames', async () => {
    const { line, body, value } = await call(audience, (client) =>
      client.customAudiences.rename('A1', '5343822743475', 'VIP 2'),
    );
    expect(line).toBe('POST /api/v3/adaccounts/A1/custom-audiences/5343822743475');
    expect(JSON.parse(body)).toEqual({ name: 'VIP 2' });
    expect(value.id).toBe('5343822743475');
  });

  it('deletes one or several, and reads no body', async () => {
    const outcome = await call(undefined, (client) => client.customAudiences.delete('A1', '1'), 202);
    expect(outcome.line).toBe('DELETE /api/v3/adaccounts/A1/custom-audiences/1');
    const two = await call('not JSON', (client) => client.customAudiences.delete('A1', ['1', '2']), 202);
    expect(two.line).toBe('DELETE /api/v3/adaccounts/A1/custom-audiences/1,2');
    expect(two.value).toBeUndefined();
  });

  it('creates lookalikes, with a given rate or one that LINE chooses', async () => {
    const make = (rate?: number) =>
      call(
        { ...audience, functionType: 'LOOKALIKE' },
        (client) => client.customAudiences.createLookalike('A1', { name: 'L', sourceAudienceId: '5', rate }),
        202,
      );
    const { line, body } = await make(0.05);
    expect(line).toBe('POST /api/v3/adaccounts/A1/custom-audiences');
    expect(JSON.parse(body)).toEqual({
      name: 'L',
      functionType: 'LOOKALIKE',
      lookalike: { source: { audienceGroupId: '5' }, volumeRate: { rate: 0.05 } },
    });
    expect(JSON.parse((await make()).body).lookalike.volumeRate).toEqual({ auto: true });
  });

  it('estimates overlaps', async () => {
    const answer = { estimations: { 2: { rate: 0.25 }, 3: { rate: '0.5' }, 4: {} } };
    const { line, body, value } = await call(answer, (client) =>
      client.customAudiences.overlap('A1', { baseId: '1', comparedIds: ['2', '3', '4'] }),
    );
    expect(line).toBe('POST /api/v3/adaccounts/A1/custom-audiences/overlapping-audiences');
    expect(JSON.parse(body)).toEqual({ baseId: '1', comparedIds: ['2', '3', '4'] });
    expect(value).toEqual({ 2: { rate: 0.25 }, 3: { rate: 0.5 }, 4: { rate: undefined } });
  });
});

describe('the lists of a group', () => {
  it('read all pages of ad accounts', async () => {
    const server = await startServer(({ number }) => ({
      body: {
        paging: { page: number, size: 2, totalElements: 3, sorts: ['createdDate,DESC'] },
        datas: number === 1 ? [{ id: 'A1', name: 'One' }, { id: 'A2' }] : [{ id: 'A3', name: 'Three' }],
      },
    }));
    const { client } = testClient(server.url);
    const all = await collect(client.adAccounts.list('G1', { includeLinked: true, size: 2 }));
    expect(all.map(({ id, name }) => `${id}:${name}`)).toEqual(['A1:One', 'A2:', 'A3:Three']);
    expect(server.received.map(({ url }) => url)).toEqual([
      '/api/v3/groups/G1/adaccounts?includeLinked=true&page=1&size=2',
      '/api/v3/groups/G1/adaccounts?includeLinked=true&page=2&size=2',
    ]);
  });

  it('read the fields of a real ad account, and no others', async () => {
    const live = {
      id: 'A1',
      name: 'Shop',
      configuredStatus: 'ACTIVE',
      productType: 'PERFORMANCE',
      country: 'JP',
      currency: 'JPY',
      timezone: 'Asia/Tokyo',
      createdDate: '2021-12-22T14:28:56+09:00',
      lineAccount: { name: 'shop' },
    };
    const paging = { page: 1, size: 100, totalElements: 2 };
    const datas = [live, { id: 2, configuredStatus: null }];
    const { value } = await call({ paging, datas }, (client) => collect(client.adAccounts.list('G1')));
    expect(value).toStrictEqual([live, { id: '2', name: '' }]);
  });

  it('list, create, cancel and unlink link requests', async () => {
    const paging = { page: 1, size: 100, totalElements: 2 };
    const list = await call({ paging, datas: [waiting, linked] }, (client) =>
      collect(client.linkRequests.list('G1', { sort: 'status,asc' })),
    );
    expect(list.line).toBe('GET /api/v3/groups/G1/link-request?page=1&size=100&sort=status%2Casc');
    expect(list.value).toStrictEqual([waiting, linked]);

    const made = await call(waiting, (client) => client.linkRequests.create('G1', 'A2'));
    expect(made.line).toBe('POST /api/v3/groups/G1/link-request/adaccount');
    expect(JSON.parse(made.body)).toEqual({ targetAdaccountId: 'A2' });
    expect(made.value).toStrictEqual(waiting);

    const canceled = await call(waiting, (client) => client.linkRequests.cancel('G1', 7));
    expect(canceled.line).toBe('POST /api/v3/groups/G1/link-request/7/cancel');
    const unlinked = await call(linked, (client) => client.linkRequests.unlink('G1', 5343822743475));
    expect(unlinked.line).toBe('POST /api/v3/groups/G1/link-request/5343822743475/unlink');
    expect(unlinked.body).toBe('');
  });
});

describe('an unreadable answer is an error:', () => {
  it.each([
    ['not JSON', '<p>member@example.com</p>'],
    ['cut off', '{"jobs":['],
    ['empty', undefined],
    ['in another form', []],
    ['without the list', { jobs: 'none' }],
    ['with an entry that is not an object', { jobs: ['x'] }],
    ['without an id', { jobs: [{ name: 'x' }] }],
    ['with an id too large to be exact', '{"jobs":[{"audienceGroupId":9007199254740993}]}'],
  ])('%s', async (_, body) => {
    const server = await startServer(() => ({ body }));
    const error = await failureOf(testClient(server.url).client.customAudiences.uploadJobs('A1', '1'));
    expect(error).toMatchObject({ code: 'invalid_response', status: 200, retryable: false, attempts: 1 });
    expect(`${error.message}${error.stack}${String(error.cause)}`).not.toContain('member@');
  });
});
