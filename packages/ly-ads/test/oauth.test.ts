import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { authorizeUrl, exchangeCode, refreshAccessToken } from '../src/index.ts';
import { failureOf, listen, type Reply, refusedUrl, startServer } from './helpers.ts';

const application = { clientId: 'my-client-id', clientSecret: 'an-invented-client-secret' };
const secrets = [application.clientSecret, 'an-invented-refresh-token', 'an-invented-code', 'an-invented-access-token'];

const refresh = (baseUrl: string, options: object = {}) =>
  refreshAccessToken({ ...application, refreshToken: 'an-invented-refresh-token', baseUrl, ...options });
const exchange = (baseUrl: string) =>
  exchangeCode({ ...application, code: 'an-invented-code', redirectUri: 'https://lineup.example/back?a=1', baseUrl });

const granted: Reply = { body: { access_token: 'an-invented-access-token', expires_in: 3600, token_type: 'Bearer' } };

function expectNoSecret(...shown: unknown[]): void {
  const texts = shown.flatMap((value) => [inspect(value, { depth: 12, showHidden: true }), JSON.stringify(value)]);
  for (const secret of secrets) expect(texts.join('\n')).not.toContain(secret);
}

describe('the address for a consent', () => {
  it('has the application, where to come back, and the state', () => {
    const url = authorizeUrl({ clientId: 'my-client-id', redirectUri: 'https://lineup.example/back', state: 'x y' });
    expect(url.origin + url.pathname).toBe('https://biz-oauth.yahoo.co.jp/oauth/v1/authorize');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: 'my-client-id',
      redirect_uri: 'https://lineup.example/back',
      scope: 'yahooads',
      state: 'x y',
    });
  });

  it('has a state of at most 512 characters', () => {
    const withState = (state: string) => authorizeUrl({ clientId: 'c', redirectUri: 'oob', state });
    expect(withState('a'.repeat(512)).href).toContain('state=a');
    expect(() => withState('a'.repeat(513))).toThrow(/at most 512 characters, got 513/);
    expect(() => withState('')).toThrow(/Expected state/);
  });
});

describe('tokens', () => {
  it('are the answer to a code', async () => {
    const body = { ...(granted.body as object), refresh_token: 'an-invented-refresh-token' };
    const server = await startServer(() => ({ body }));
    expect(await exchange(server.url)).toEqual({
      accessToken: 'an-invented-access-token',
      refreshToken: 'an-invented-refresh-token',
      expiresInSeconds: 3600,
    });
    const [{ method, url }] = server.received as [(typeof server.received)[0]];
    const asked = new URL(url, server.url);
    expect([method, asked.pathname]).toEqual(['GET', '/api/oauth/v1/token']);
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      grant_type: 'authorization_code',
      client_id: 'my-client-id',
      client_secret: application.clientSecret,
      redirect_uri: 'https://lineup.example/back?a=1',
      code: 'an-invented-code',
    });
  });

  it.each([[null], [undefined], ['3600']])('live for an hour with the time %j', async (expires_in) => {
    const server = await startServer(() => ({ body: { access_token: 'an-invented-access-token', expires_in } }));
    expect(await refresh(server.url)).toMatchObject({ expiresInSeconds: 3600 });
  });

  it('are refreshed', async () => {
    const server = await startServer(() => granted);
    expect(await refresh(server.url)).toEqual({
      accessToken: 'an-invented-access-token',
      refreshToken: undefined,
      expiresInSeconds: 3600,
    });
    expect(Object.fromEntries(new URL(server.received[0]!.url, server.url).searchParams)).toEqual({
      grant_type: 'refresh_token',
      client_id: 'my-client-id',
      client_secret: application.clientSecret,
      refresh_token: 'an-invented-refresh-token',
    });
  });

  it.each<[Reply, string, boolean]>([
    [
      { status: 400, body: { error: 'invalid_grant', error_description: 'an-invented-refresh-token' } },
      'unauthorized',
      false,
    ],
    [
      { status: 401, body: { errors: [{ code: '0111', message: 'an-invented-client-secret' }] } },
      'unauthorized',
      false,
    ],
    [{ status: 401, body: 'an-invented-client-secret' }, 'unauthorized', false],
    [{ status: 404, body: '' }, 'unauthorized', false],
    [{ status: 404, body: '<html>' }, 'invalid_response', false],
    [{ status: 403, body: '<html>' }, 'invalid_response', false],
    [{ status: 408, body: '<html>' }, 'server_error', true],
    [{ status: 403, body: { errors: [{ code: '0003' }] } }, 'rate_limited', true],
    [{ status: 500, body: '<html>' }, 'server_error', true],
    [{ status: 302, body: '', headers: { location: '/oauth/v1/token' } }, 'invalid_response', false],
    [{ body: 'an-invented-access-token' }, 'invalid_response', false],
    [{ body: { access_token: 'an-invented-access-token', expires_in: 'an hour' } }, 'invalid_response', false],
    [{ body: { access_token: 'an-invented-access-token', expires_in: 0 } }, 'invalid_response', false],
    [{ body: { access_token: '', expires_in: 3600 } }, 'invalid_response', false],
  ])('are refused with %j: %s', async (reply, code, retryable) => {
    const server = await startServer(() => reply);
    const error = await failureOf(refresh(server.url));
    expect(error).toMatchObject({ code, retryable, attempts: 1 });
    expect(error.message).toMatch(/ \(GET \/oauth\/v1\/token\)$/);
    expectNoSecret(error, error.message, error.stack);
    expect(server.received).toHaveLength(1);
  });

  it('do not come, and no secret of the address is shown', async () => {
    const broken = await listen((request) => void request.socket.destroy());
    const silent = await startServer(() => 'silence');
    const quoting = () => Promise.reject(new Error(`cannot reach ${secrets.join()}`));
    const errors = await Promise.all([
      failureOf(refresh(await refusedUrl())),
      failureOf(refresh(broken)),
      failureOf(refresh(silent.url, { timeout: 30 })),
      failureOf(refresh(silent.url, { fetch: quoting })),
      failureOf(refresh(silent.url, { signal: AbortSignal.abort(new Error('stop')) })),
    ]);
    expect(errors.map(({ code }) => code)).toEqual([
      'connection_failed',
      'connection_failed',
      'timeout',
      'connection_failed',
      'aborted',
    ]);
    expect(errors[0]!.cause).toMatchObject({ code: 'ECONNREFUSED' });
    for (const error of errors) expectNoSecret(error, error.message, error.stack);
  });

  it('are not asked for with what cannot be right', async () => {
    await expect(async () => refresh('https://u:p@example.com')).rejects.toThrow(/no user name/);
    await expect(async () => refresh('http://127.0.0.1:9', { refreshToken: 'a b' })).rejects.toThrow(/no white space/);
    await expect(async () => refresh('http://127.0.0.1:9', { secret: 1 })).rejects.toThrow(/got "secret"/);
  });
});
