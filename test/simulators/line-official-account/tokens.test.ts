/** Tokens: by the secret of a channel, by an assertion, and what they open. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { askToken, assertionOf, startOa, startTime, violations } from './client.ts';

const secret = { grant_type: 'client_credentials', client_id: '1657000001', client_secret: 'LINEOASECRETSAMPLE' };
const jwt = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

describe('by the secret', () => {
  test('is a token for 899 seconds', async () => {
    const { sim, oa } = await startOa();
    const { status, json } = await askToken(sim, secret);
    expect([status, json]).toEqual([
      200,
      { token_type: 'Bearer', access_token: expect.stringMatching(/^oa-token-/), expires_in: 899 },
    ]);
    const list = async () => (await oa.call('GET', '/list?page=1', undefined, { token: json.access_token })).result;
    sim.advance(898_999);
    expect(await list()).toBe('200');
    sim.advance(1);
    expect(await list()).toBe('401');
    expect((await askToken(sim, secret)).status).toBe(200);
    expect(violations(sim)).toEqual([]);
  });

  test.each([
    [{ client_secret: 'wrong' }, '400 invalid_request'],
    [{ client_id: '1' }, '400 invalid_request'],
    [{ client_id: '' }, '400 invalid_request'],
    [{ grant_type: 'authorization_code' }, '400 unsupported_grant_type'],
  ])('with %j is %s', async (change, result) => {
    const { sim } = await startOa();
    expect((await askToken(sim, { ...secret, ...change })).result).toBe(result);
  });

  test('is only for a form', async () => {
    const { sim } = await startOa();
    const body = JSON.stringify(secret);
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(`${sim.url}/oauth2/v3/token`, { method: 'POST', body, headers })).status).toBe(400);
  });
});

describe('by an assertion', () => {
  let pair: { publicKey: string; privateKey: string };
  let other: string;
  beforeAll(() => {
    const made = () =>
      generateKeyPairSync('rsa', {
        modulusLength: 2048,
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      });
    pair = made();
    other = made().privateKey;
  });
  const start = () => startOa({ keyId: 'key-1', publicKey: pair.publicKey });
  const ask = (sim: Parameters<typeof askToken>[0], assertion: string, type = jwt) =>
    askToken(sim, { grant_type: 'client_credentials', client_assertion_type: type, client_assertion: assertion });

  test('is a token of its channel', async () => {
    const { sim, oa } = await start();
    const { status, json } = await ask(sim, assertionOf(pair.privateKey));
    expect([status, json.expires_in]).toEqual([200, 899]);
    expect((await oa.call('GET', '/list?page=1', undefined, { token: json.access_token })).status).toBe(200);
    expect([violations(sim), sim.state.requests.kept.at(-1)?.channelId]).toEqual([[], '1657000001']);
  });

  test('may be signed with a key that is registered as a JWK', async () => {
    const publicKey = JSON.stringify(createPublicKey(pair.publicKey).export({ format: 'jwk' }));
    const { sim } = await startOa({ keyId: 'key-1', publicKey });
    expect((await ask(sim, assertionOf(pair.privateKey))).status).toBe(200);
    const privateKey = sim.newKey('key-2');
    expect((await ask(sim, assertionOf(privateKey, { header: { kid: 'key-2' } }))).status).toBe(200);
  });

  const now = Math.floor(startTime / 1000);
  test.each<[string, Parameters<typeof assertionOf>[1]]>([
    ['alg', { header: { alg: 'RS512' } }],
    ['the signature', { algorithm: 'RSA-SHA512' }],
    ['typ', { header: { typ: 'JOSE' } }],
    ['a missing kid', { header: { kid: undefined } }],
    ['iss', { claims: { iss: '1657000008' } }],
    ['a number as iss', { claims: { iss: 1_657_000_001 } }],
    ['sub', { claims: { sub: '1657000002' } }],
    ['aud', { claims: { aud: 'https://api.line.me' } }],
    ['a missing exp', { claims: { exp: undefined } }],
    ['exp as a text', { claims: { exp: String(now + 60) } }],
    ['an exp more than 30 minutes ahead', { claims: { exp: now + 1802 } }],
  ])('is refused for %s', async (_, change) => {
    const { sim } = await start();
    expect((await ask(sim, assertionOf(pair.privateKey, change))).result).toBe('400 invalid_client');
    expect(violations(sim)).toEqual(['wrong_assertion']);
  });

  test('is refused for another key, an unknown kid, an end, another type, and for no assertion', async () => {
    const { sim } = await start();
    expect((await ask(sim, assertionOf(other))).result).toBe('400 invalid_client');
    const unknown = await ask(sim, assertionOf(pair.privateKey, { header: { kid: 'key-9' } }));
    expect([unknown.status, unknown.json]).toEqual([
      404,
      { message: 'Cannot find channel key that satisfies the conditions' },
    ]);
    expect((await ask(sim, assertionOf(pair.privateKey, { claims: { exp: now } }))).result).toBe('400 invalid_client');
    expect((await ask(sim, assertionOf(pair.privateKey), 'jwt')).result).toBe('400 invalid_request');
    for (const text of ['', 'a.b', 'a.b.c.d', 'e30.e30.AA', `${assertionOf(pair.privateKey)}=`, 'W10.W10.AA'])
      expect((await ask(sim, text)).result).toBe('400 invalid_client');
  });
});

describe('a request', () => {
  test('needs a token that is valid', async () => {
    const { sim, oa } = await startOa();
    const list = async (token: string | null) => (await oa.call('GET', '/list?page=1', undefined, { token })).json;
    expect((await list(null)).message).toMatch(
      /^Authentication failed due to the following reason: there is no header/,
    );
    expect((await list('oa-token-unknown')).message).toMatch(/unknown$/);
    sim.state.tokens.expire('1657000001');
    expect((await list(oa.token)).message).toMatch(/expired$/);
    const odd = await oa.call('GET', '/list?page=1', undefined, {
      token: null,
      headers: { authorization: 'Basic eA==' },
    });
    expect(odd.status).toBe(401);
  });

  test('must not have a secret in its address, or in another header', async () => {
    const { sim, oa } = await startOa();
    await oa.call('GET', `/list?page=1&access_token=${oa.token}`);
    await oa.call('GET', '/list?page=1', undefined, { headers: { 'x-secret': 'LINEOASECRETSAMPLE' } });
    await oa.call('GET', `/${oa.token}`);
    expect(violations(sim)).toEqual(['secret_in_address', 'secret_in_header', 'secret_in_address']);
    expect(JSON.stringify(sim.inspect())).not.toMatch(/oa-token|LINEOASECRET/);
  });

  test('is for channels of accounts in Japan, Thailand and Taiwan', async () => {
    const { sim, oa } = await startOa();
    const abroad = await oa.create({}, { token: sim.token('1657000009') });
    expect([abroad.status, abroad.json.message]).toEqual([403, 'Access to this API is not available for your account']);
  });

  test('may be sixty times a minute to one endpoint, per channel', async () => {
    const { sim, oa } = await startOa({ rateLimit: 60, rateToleranceMs: 0 });
    const get = async (id: number, token = oa.token) => (await oa.call('GET', `/${id}`, undefined, { token })).status;
    for (let request = 0; request < 60; request += 1) expect(await get(request)).toBe(400);
    const over = await oa.call('GET', '/1');
    expect([over.status, over.headers.get('retry-after'), over.json]).toEqual([
      429,
      null,
      { message: 'The API rate limit has been exceeded. Try again later.' },
    ]);
    expect(await get(1, sim.token('1657000002'))).toBe(400);
    expect((await oa.call('GET', '/list?page=1')).status).toBe(200);
    expect((await oa.call('DELETE', '/1')).status).toBe(400);
    sim.advance(59_999);
    expect(await get(1)).toBe(429);
    sim.advance(1);
    expect(await get(1)).toBe(400);
    expect(violations(sim).filter((code) => code !== 'unknown_id')).toEqual(['rate_exceeded', 'rate_exceeded']);
  });
});
