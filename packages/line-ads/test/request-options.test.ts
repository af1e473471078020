/** Options that a call may have in addition to its own, and those of the client. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LineAdsClient } from '../src/index.ts';
import { audience, collect, failureOf, startServer, testClient } from './helpers.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

describe('maxRetries', () => {
  it('of a call has priority over that of the client', async () => {
    const server = await startServer(() => ({ status: 503 }));
    const { client } = testClient(server.url, { maxRetries: 4 });
    const once = await failureOf(client.customAudiences.page('A1', { maxRetries: 0 }));
    const thrice = await failureOf(client.customAudiences.uploadJobs('A1', '1', { maxRetries: 2 }));
    const usual = await failureOf(client.customAudiences.rename('A1', '1', 'N'));
    expect([once.attempts, thrice.attempts, usual.attempts]).toEqual([1, 3, 5]);
  });

  it('applies to each page of a list', async () => {
    const server = await startServer(({ number }) =>
      number === 1 ? { body: { audienceGroups: [audience], hasNextPage: true } } : { status: 503 },
    );
    const { client } = testClient(server.url);
    const failure = await failureOf(collect(client.customAudiences.list('A1', { maxRetries: 1 })));
    expect([failure.attempts, server.received.length]).toEqual([2, 3]);
  });
});

describe('timeout', () => {
  it('of a call has priority over that of the client', async () => {
    const server = await startServer(() => 'silence');
    const { client } = testClient(server.url, { maxRetries: 0 });
    const failure = await failureOf(client.customAudiences.uploadJobs('A1', '1', { timeout: 20 }));
    expect(failure).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('within 0.02 seconds'),
    });
  });

  it('of an upload has priority over the long default of uploads', async () => {
    const server = await startServer(() => 'silence');
    const { client } = testClient(server.url, { maxRetries: 0, uploadTimeout: 500_000 });
    const file = {
      name: 'x.txt',
      bytes: 1,
      read: async function* () {
        yield Buffer.from('a');
      },
    };
    const call = client.customAudiences.upload('A1', {
      id: '1',
      action: 'ADD',
      idType: 'IFA',
      file,
      timeout: 20,
    });
    expect(await failureOf(call)).toMatchObject({ code: 'timeout', outcome: 'unknown' });
  });
});

describe('headers', () => {
  it('are sent: those of the client, and with priority those of the call', async () => {
    const server = await startServer(() => ({ body: { jobs: [] } }));
    const { client } = testClient(server.url, { headers: { 'X-Gateway': 'one', 'X-Team': 'crm' } });
    const headers = new Headers({ 'x-gateway': 'two' });
    await client.customAudiences.uploadJobs('A1', '1', { headers });
    await client.customAudiences.uploadJobs('A1', '1');
    const sent = server.received.map((request) => [request.headers['x-gateway'], request.headers['x-team']]);
    expect(sent).toEqual([
      ['two', 'crm'],
      ['one', 'crm'],
    ]);
  });
});

describe('signal', () => {
  it('ends every kind of call', async () => {
    const { client } = testClient('http://127.0.0.1:1');
    const signal = AbortSignal.abort();
    const calls = [
      collect(client.adAccounts.list('G1', { signal })),
      collect(client.customAudiences.list('A1', { signal })),
      client.customAudiences.mayUpload('A1', { signal }),
      client.customAudiences.delete('A1', '1', { signal }),
      client.linkRequests.create('G1', 'A1', { signal }),
      client.linkRequests.cancel('G1', 1, { signal }),
    ];
    const codes = await Promise.all(calls.map(async (call) => (await failureOf(call)).code));
    expect(codes).toEqual(calls.map(() => 'aborted'));
  });
});

describe('the user agent', () => {
  it.each([
    [undefined, `lineup-line-ads/${version}`],
    ['my-app/1.2.3 (batch)', `my-app/1.2.3 (batch) lineup-line-ads/${version}`],
  ])('%s becomes %s', async (userAgent, expected) => {
    const server = await startServer(() => ({ body: { jobs: [] } }));
    const { client } = testClient(server.url, { userAgent });
    await client.customAudiences.uploadJobs('A1', '1');
    expect(server.received[0]!.headers['user-agent']).toBe(expected);
  });
});

describe('a given transport', () => {
  it('gets every signed request, and nothing else is sent', async () => {
    const asked: string[] = [];
    const client = new LineAdsClient({
      accessKey: 'test',
      secretKey: 'test',
      fetch: async (url, { method, headers }) => {
        asked.push(`${method} ${url.href} ${new Headers(headers).get('authorization')?.slice(0, 9)}`);
        return Response.json({ jobs: [] });
      },
    });
    expect(await client.customAudiences.uploadJobs('A1', '1')).toEqual([]);
    expect(asked).toEqual(['GET https://ads.line.me/api/v3/adaccounts/A1/custom-audiences/1/upload-job Bearer ey']);
  });
});

describe('a list', () => {
  it('is an iterator: a page is requested when the reader needs it', async () => {
    const server = await startServer(({ number }) => ({
      body: { audienceGroups: [{ ...audience, id: String(number) }], hasNextPage: number < 3 },
    }));
    const audiences = testClient(server.url).client.customAudiences.list('A1', { size: 1 });
    expect(server.received.length).toBe(0);
    expect((await audiences.next()).value).toMatchObject({ id: '1' });
    expect(server.received.length).toBe(1);
    expect((await collect(audiences)).map(({ id }) => id)).toEqual(['2', '3']);
    expect(await audiences.next()).toEqual({ done: true, value: undefined });
  });
});
