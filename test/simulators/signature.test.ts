import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { RefusalError } from '../../simulators/line-ads/refusal.ts';
import { type TokenPadding, verifySignature } from '../../simulators/line-ads/signature.ts';
import { reason, type SendOptions, send } from './client.ts';
import { startSim } from './sim.ts';

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
const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../../packages/line-ads/test/vectors/signing.json', import.meta.url), 'utf8'),
);
const verifier = (date: string, tokenPadding: TokenPadding = 'optional') => ({
  secretOf: (key: string) => (key === vectors.accessKey ? vectors.secretKey : undefined),
  now: Date.parse(date),
  tokenPadding,
});

describe('vectors', () => {
  for (const { name, date, contentType, body, canonicalUri, token } of vectors.cases) {
    const request = {
      authorization: `Bearer ${token}`,
      date,
      contentType,
      body: contentType === 'application/json' ? Buffer.from(body) : null,
      canonicalUri,
    };
    test(`${name} is accepted`, () => {
      expect(verifySignature(request, verifier(date))).toBe(vectors.accessKey);
      expect(verifySignature(request, verifier(date, 'required'))).toBe(vectors.accessKey);
    });

    test(`${name} is refused if the request is different`, () => {
      const bent = [
        { ...request, authorization: request.authorization.slice(0, -2) },
        { ...request, contentType: 'text/plain' },
        { ...request, body: Buffer.from('{}') },
        { ...request, canonicalUri: canonicalUri.replace('A1', 'A2') },
        { ...request, date: 'Thu, 23 Dec 2021 00:00:00 GMT' },
      ];
      for (const request of bent) expect(() => verifySignature(request, verifier(request.date))).toThrow(RefusalError);
    });
  }
});

describe('over HTTP', () => {
  const path = '/v3/adaccounts/A1/custom-audiences';
  const minutes = (count: number) => new Date(Date.now() + count * 60_000);
  const setLine = (index: number, value: string) => (lines: string[]) => lines.with(index, value);

  test('a correct signature is accepted, with a query, a JSON body or no body', async () => {
    const { url } = await startSim();
    expect((await send(url, 'GET', `${path}?name=a%20b&page=1`)).status).toBe(200);
    expect((await send(url, 'POST', path, { json: { functionType: 'APP_EVENT', name: '東京 VIP' } })).status).toBe(202);
    expect((await send(url, 'GET', path, { date: minutes(-14) })).status).toBe(200);
    expect((await send(url, 'GET', path, { date: minutes(14) })).status).toBe(200);
  });

  const wrong: [string, SendOptions, RegExp][] = [
    ['an unknown access key', { accessKey: 'SOMEBODY' }, /not known/],
    ['another secret key', { secretKey: 'OTHER' }, /secret key/],
    ['two parts', { bendToken: (token) => token.slice(0, token.lastIndexOf('.')) }, /three parts/],
    ['plain base64', { bendToken: (token) => `${token.slice(0, -4)}+/A=` }, /URL-safe/],
    ['an extra header field', { bendHeader: (json) => json.replace('}', ',"cty":"x"}') }, /exactly/],
    ['another type', { bendHeader: (json) => json.replace('text/plain', 'JWT') }, /exactly/],
    ['another algorithm', { bendHeader: (json) => json.replace('HS256', 'none') }, /exactly/],
    ['a header that is not JSON', { bendHeader: () => 'kid' }, /not JSON/],
    ['the digest of another body', { bendLines: setLine(0, 'a'.repeat(64)) }, /digest of the body/],
    ['a content type without a body', { bendLines: setLine(1, 'application/json') }, /content type/],
    ['another day', { bendLines: setLine(2, '20200101') }, /date in the payload/],
    ['a path without /api', { bendLines: setLine(3, path) }, /canonical URI/],
    ['a fifth line', { bendLines: (lines) => [...lines, ''] }, /4 lines/],
    ['a clock 16 minutes behind', { date: minutes(-16) }, /16 minutes behind/],
    ['a clock 16 minutes ahead', { date: minutes(16) }, /16 minutes ahead/],
    ['a Date in another format', { headers: { date: new Date().toISOString() } }, /RFC 1123/],
    ['another scheme', { headers: { authorization: 'Basic YTpi' } }, /Bearer/],
  ];
  for (const [name, options, detail] of wrong) {
    test(`${name} is refused, and the admin endpoint shows the reason`, async () => {
      const { url } = await startSim();
      const answer = await send(url, 'GET', path, options);
      expect(answer.status).toBe(401);
      expect(reason(answer)).toMatch(/^AUTHORIZATION_FAILED/);
      expect(answer.headers.get('x-simulator-detail')).toMatch(detail);
    });
  }

  test('a token without padding is accepted, as some programs send it, unless the simulator is strict', async () => {
    const { url, configure } = await startSim();
    const event = { functionType: 'APP_EVENT', name: 'x' };
    expect((await send(url, 'GET', path, { unpadded: true })).status).toBe(200);
    expect((await send(url, 'POST', path, { unpadded: true, json: event })).status).toBe(202);
    configure({ tokenPadding: 'required' });
    const refused = await send(url, 'GET', path, { unpadded: true });
    expect([refused.status, refused.headers.get('x-simulator-detail')]).toEqual([
      401,
      expect.stringContaining('with padding'),
    ]);
    expect((await send(url, 'GET', path)).status).toBe(200);
  });

  test('a partly padded token is always refused', async () => {
    const { url } = await startSim();
    const half = await send(url, 'GET', path, { bendToken: (token) => token.replace('==', '=') });
    expect(half.headers.get('x-simulator-detail')).toMatch(/URL-safe base64/);
  });

  test('the digest is of the received bytes', async () => {
    const { url } = await startSim();
    const spaced = {
      body: '{ "functionType": "APP_EVENT",\n "name": "ü" }',
      contentType: 'application/json; charset=utf-8',
    };
    expect((await send(url, 'POST', path, { raw: spaced })).status).toBe(202);
  });

  test('the clock skew changes both the check and the Date of answers', async () => {
    const { url } = await startSim({ clockSkewMs: 20 * 60_000 });
    const refused = await send(url, 'GET', path);
    expect(refused.status).toBe(401);
    const skew = Date.parse(refused.headers.get('date') ?? '') - Date.now();
    expect(Math.abs(skew - 20 * 60_000)).toBeLessThan(60_000);
    expect((await send(url, 'GET', path, { date: minutes(20) })).status).toBe(200);
  });
});
