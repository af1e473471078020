import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sign } from '../src/index.ts';
import { audience, startServer, testClient } from './helpers.ts';

interface Vectors {
  accessKey: string;
  secretKey: string;
  cases: {
    name: string;
    date: string;
    contentType: string;
    body: string;
    canonicalUri: string;
    token: string;
  }[];
}

const vectors = JSON.parse(readFileSync(new URL('./vectors/signing.json', import.meta.url), 'utf8')) as Vectors;
const { accessKey, secretKey } = vectors;

describe('sign', () => {
  it.each(vectors.cases)('agrees with the vector: $name', ({ date, contentType, body, canonicalUri, token }) => {
    const made = sign({ canonicalUri, contentType, body, date: new Date(date), accessKey, secretKey });
    expect(made).toBe(token);
  });

  it('signs the content type without its parameters, and bytes like text', () => {
    const input = { canonicalUri: '/api/v3/x', date: new Date(0), accessKey, secretKey };
    const plain = sign({ ...input, contentType: 'application/json', body: '{"name":"春"}' });
    const bytes = Buffer.from('{"name":"春"}');
    expect(sign({ ...input, contentType: 'application/json; charset=utf-8', body: bytes })).toBe(plain);
    expect(sign({ ...input, contentType: 'multipart/form-data; boundary=a', body: 'x' })).toBe(
      sign({ ...input, contentType: 'multipart/form-data; boundary=b', body: 'y' }),
    );
  });

  it('keeps the padding, and has no character that a URL would change', () => {
    for (let n = 0; n < 40; n += 1) {
      const token = sign({ canonicalUri: `/api/${'x'.repeat(n)}`, date: new Date(n), accessKey, secretKey });
      const parts = token.split('.');
      expect(parts).toHaveLength(3);
      for (const part of parts) {
        expect(part).toMatch(/^[\w-]+={0,2}$/);
        expect(part.length % 4).toBe(0);
      }
    }
  });
});

describe('a signed request', () => {
  it('has the signed Date, and its signed path has the base URL’s path but no query', async () => {
    const server = await startServer(() => ({ body: { audienceGroups: [], hasNextPage: false } }));
    const { client } = testClient(server.url);
    await client.customAudiences.page('A1', { name: 'ほか &?', page: 2 });
    const [request] = server.received;
    expect(request!.url).toContain('/api/v3/adaccounts/A1/custom-audiences?name=');
    expect(request!.headers.date).toBe('Wed, 22 Dec 2021 00:00:00 GMT');
    expect(request!.headers['content-type']).toBeUndefined();
    const canonicalUri = '/api/v3/adaccounts/A1/custom-audiences';
    const token = sign({ canonicalUri, date: new Date('2021-12-22'), accessKey, secretKey });
    expect(request!.headers.authorization).toBe(`Bearer ${token}`);
  });

  it('signs the exact bytes of a JSON body', async () => {
    const server = await startServer(() => ({ body: audience }));
    const { client } = testClient(server.url);
    await client.customAudiences.rename('A1', '1', '新しい名前');
    const [{ headers, body, url }] = server.received as [(typeof server.received)[0]];
    expect(headers['content-type']).toBe('application/json');
    expect(body.toString()).toBe('{"name":"新しい名前"}');
    const date = new Date(headers.date!);
    const contentType = 'application/json';
    const token = sign({ canonicalUri: url, contentType, body, date, accessKey, secretKey });
    expect(headers.authorization).toBe(`Bearer ${token}`);
  });

  it('is signed again for each attempt', async () => {
    const server = await startServer(({ number }) =>
      number === 1 ? { status: 429, headers: { 'retry-after': '60' } } : { body: { jobs: [] } },
    );
    const { client, clock } = testClient(server.url);
    clock.time += 23 * 3_600_000 + 59.5 * 60_000;
    await client.customAudiences.uploadJobs('A1', '1');
    const [first, second] = server.received.map(({ headers }) => headers);
    expect(first!.date).toBe('Wed, 22 Dec 2021 23:59:30 GMT');
    expect(second!.date).toBe('Thu, 23 Dec 2021 00:00:30 GMT');
    expect(second!.authorization).not.toBe(first!.authorization);
  });

  it('encodes ids in the path, and signs the path as it is sent', async () => {
    const server = await startServer(() => ({ body: { jobs: [] } }));
    const { client } = testClient(server.url);
    await client.customAudiences.uploadJobs('A 1/é', '%2e%2e');
    const [{ url, headers }] = server.received as [(typeof server.received)[0]];
    expect(url).toBe('/api/v3/adaccounts/A%201%2F%C3%A9/custom-audiences/%252e%252e/upload-job');
    const token = sign({ canonicalUri: url, date: new Date('2021-12-22'), accessKey, secretKey });
    expect(headers.authorization).toBe(`Bearer ${token}`);
  });
});
