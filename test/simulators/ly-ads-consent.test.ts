/** Consent and tokens: what a browser sees, what an application gets, and when it ends. */
import { expect, test } from 'vitest';
import type { LyAdsSimulator, LyAdsSimulatorOptions } from '../../simulators/ly-ads/index.ts';
import { startLy, violations } from './ly-ads-client.ts';

const application = { client_id: 'LYADSSAMPLE', client_secret: 'LYADSSECRETSAMPLE' };
const redirect = 'https://lineup.example/connect';
const asked = {
  response_type: 'code',
  client_id: 'LYADSSAMPLE',
  redirect_uri: redirect,
  scope: 'yahooads',
  state: 'a state & more',
};

const address = (sim: LyAdsSimulator, endpoint: string, query: Record<string, string>) =>
  `${sim.url}/oauth/v1/${endpoint}?${new URLSearchParams(query)}`;

const open = (sim: LyAdsSimulator, query: Record<string, string> = asked) =>
  fetch(address(sim, 'authorize', query), { redirect: 'manual' });

/** Sends the form of the page. */
const decide = (sim: LyAdsSimulator, form: Record<string, string>) =>
  fetch(`${sim.url}/oauth/v1/consent`, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });

const allow = { ...asked, business_id: 'BIZ0002', decision: 'allow' };

/** Where the browser goes. */
const location = (response: Response) => Object.fromEntries(new URL(response.headers.get('location')!).searchParams);

async function tokens(sim: LyAdsSimulator, query: Record<string, string>, init: RequestInit = {}) {
  const response = await fetch(address(sim, 'token', { ...application, ...query }), init);
  return { status: response.status, json: (await response.json()) as Record<string, string> };
}

const redeem = (sim: LyAdsSimulator, code: string, more: Record<string, string> = {}) =>
  tokens(sim, { grant_type: 'authorization_code', redirect_uri: redirect, code, ...more });

const refresh = (sim: LyAdsSimulator, refresh_token: string, more: Record<string, string> = {}) =>
  tokens(sim, { grant_type: 'refresh_token', refresh_token, ...more });

test('a person sees a page, signs in, and is sent back with a code for tokens', async () => {
  const { sim, ly } = await startLy();
  const page = await open(sim);
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  const text = await page.text();
  for (const part of [
    'LYADSSAMPLE',
    'Hanako, marketing',
    'Ren, may only look',
    '>Allow<',
    '>Deny<',
    'a state &#38; more',
  ])
    expect(text).toContain(part);

  const sent = await decide(sim, allow);
  expect(sent.status).toBe(302);
  expect(sent.headers.get('location')).toMatch(/^https:\/\/lineup\.example\/connect\?/);
  const { code, state } = location(sent);
  expect(state).toBe('a state & more');
  const { status, json } = await redeem(sim, code!);
  expect(status).toBe(200);
  expect(json).toEqual({
    access_token: expect.any(String),
    refresh_token: expect.any(String),
    expires_in: 3600,
    token_type: 'Bearer',
  });
  const { json: accounts } = await ly.call('BaseAccountService/get', {}, { token: json.access_token!, base: null });
  expect(accounts.rval.authorizationBusinessId).toBe('BIZ0002');
  expect(sim.state.violations).toEqual([]);
});

test('a code works once, for its application and its address, and for ten minutes', async () => {
  const other = { clientId: 'OTHER', clientSecret: 'OTHERSECRET' };
  const clients = [{ clientId: 'LYADSSAMPLE', clientSecret: 'LYADSSECRETSAMPLE' }, other];
  const { sim } = await startLy({ clients, consent: 'allow' });
  const code = location(await open(sim)).code!;
  expect(await redeem(sim, 'unheard-of')).toMatchObject({ status: 400, json: { error: 'invalid_grant' } });
  expect(await redeem(sim, code, { redirect_uri: 'oob' })).toMatchObject({ status: 400 });
  expect(await redeem(sim, code, { client_id: 'OTHER', client_secret: 'OTHERSECRET' })).toMatchObject({ status: 400 });
  expect(await redeem(sim, code)).toMatchObject({ status: 200 });
  expect(violations(sim)).toEqual([]);
  expect(await redeem(sim, code)).toMatchObject({ status: 400 });
  expect(violations(sim)).toEqual(['repeated_code']);
  const late = location(await open(sim)).code!;
  sim.advance(600_000);
  expect(await redeem(sim, late)).toMatchObject({ status: 400 });
});

test('a code may come without the page', async () => {
  const { sim } = await startLy();
  expect(await redeem(sim, sim.code(), { redirect_uri: 'oob' })).toMatchObject({ status: 200 });
  expect(await redeem(sim, sim.code(redirect))).toMatchObject({ status: 200 });
  const body = JSON.stringify({ businessId: 'BIZ0002' });
  const { code } = (await (await fetch(`${sim.adminUrl}/codes`, { method: 'POST', body })).json()) as { code: string };
  expect(await redeem(sim, code, { redirect_uri: 'oob' })).toMatchObject({ status: 200 });
  expect(sim.inspect().grants.map(({ businessId }) => businessId)).toEqual([
    'BIZ0001',
    'BIZ0001',
    'BIZ0001',
    'BIZ0002',
  ]);
});

test('who denies is sent back without a code', async () => {
  const { sim } = await startLy();
  const denied = { error: 'access_denied', state: 'a state & more' };
  expect(location(await decide(sim, { ...allow, decision: 'deny' }))).toEqual(denied);
  sim.configure({ consent: 'deny' });
  expect(location(await open(sim))).toEqual(denied);
});

test('without an address to return to, the page shows the code', async () => {
  const { sim } = await startLy();
  const oob = { ...allow, redirect_uri: 'oob' };
  const page = await (await decide(sim, oob)).text();
  const [, code = ''] = /<code>(.+)<\/code>/.exec(page) ?? [];
  expect(await redeem(sim, code, { redirect_uri: 'oob' })).toMatchObject({ status: 200 });
  expect(await (await decide(sim, { ...oob, decision: 'deny' })).text()).not.toContain('<code>');
});

test.each([
  ['an unknown client', { client_id: 'OTHER' }],
  ['no client', { client_id: '' }],
  ['another response type', { response_type: 'token' }],
  ['another scope', { scope: 'everything' }],
  ['an endless state', { state: 'x'.repeat(513) }],
  ['an address that is not registered', { redirect_uri: 'https://elsewhere.example/' }],
])('the page refuses %s', async (_, wrong) => {
  const { sim } = await startLy({ redirectUris: [redirect], consent: 'allow' });
  expect((await open(sim, { ...asked, ...wrong })).status).toBe(400);
  expect((await open(sim)).status).toBe(302);
});

test('an address must be one, when none is registered', async () => {
  const { sim } = await startLy({ consent: 'allow' });
  for (const redirect_uri of ['', 'here', 'javascript:alert(1)'])
    expect((await open(sim, { ...asked, redirect_uri })).status).toBe(400);
});

test('nobody can sign in who does not exist', async () => {
  const { sim } = await startLy();
  expect((await decide(sim, { ...allow, business_id: 'BIZ9999' })).status).toBe(400);
});

test('a refresh gives an access token, and the refresh token stays', async () => {
  const { sim, ly } = await startLy();
  const { accessToken, refreshToken } = sim.grant();
  const call = (token: string) => ly.call('BaseAccountService/get', {}, { token, base: null });
  expect((await call(accessToken)).result).toBe('ok');
  sim.advance(3_600_000);
  expect((await call(accessToken)).result).toBe('401/0111');
  sim.configure({ expiredToken: '0114' });
  expect((await call(accessToken)).result).toBe('400/0114');
  for (let times = 0; times < 2; times += 1) {
    const { json } = await refresh(sim, refreshToken);
    expect(json).toEqual({ access_token: expect.any(String), expires_in: 3600, token_type: 'Bearer' });
    expect((await call(json.access_token!)).result).toBe('ok');
  }
  sim.configure({ refreshToken: 'renewed' });
  const { json } = await refresh(sim, refreshToken);
  expect(json.refresh_token).not.toBe(refreshToken);
  expect((await refresh(sim, refreshToken)).status).toBe(400);
  expect((await refresh(sim, json.refresh_token!)).status).toBe(200);
});

test('deleted tokens come back only with a new consent, and the refresh must not be repeated', async () => {
  const { sim, ly } = await startLy();
  const { accessToken, refreshToken } = sim.grant();
  expect((await fetch(`${sim.adminUrl}/business-ids/BIZ0001/delete-tokens`, { method: 'POST' })).status).toBe(200);
  const call = (token: string) => ly.call('BaseAccountService/get', {}, { token, base: null });
  expect((await call(accessToken)).result).toBe('401/0111');
  expect(await refresh(sim, refreshToken)).toMatchObject({ status: 400, json: { error: 'invalid_grant' } });
  expect(violations(sim)).toEqual([]);
  expect((await refresh(sim, refreshToken)).status).toBe(400);
  expect(violations(sim)).toEqual(['repeated_refresh']);
  expect((await call(sim.grant().accessToken)).result).toBe('ok');
});

test.each<[string, Record<string, string>, number, LyAdsSimulatorOptions]>([
  ['a wrong secret', { client_secret: 'wrong' }, 401, {}],
  ['an unknown client', { client_id: 'OTHER' }, 401, {}],
  ['another grant type', { grant_type: 'password' }, 400, {}],
  ['an unknown refresh token', { refresh_token: 'x' }, 400, {}],
])('the token endpoint refuses %s', async (_, wrong, status, options) => {
  const { sim } = await startLy(options);
  const { refreshToken } = sim.grant();
  expect((await refresh(sim, refreshToken, wrong)).status).toBe(status);
  sim.configure({ tokenErrors: 'text' });
  const query = { ...application, grant_type: 'refresh_token', refresh_token: refreshToken, ...wrong };
  expect(await (await fetch(address(sim, 'token', query))).text()).toMatch(/^Error: /);
});

test('no secret is in the request log, and secrets in wrong places are told', async () => {
  const { sim, ly } = await startLy();
  const { refreshToken } = sim.grant();
  await refresh(sim, refreshToken);
  expect(violations(sim)).toEqual([]);
  const headers = {
    authorization: `Basic ${btoa('LYADSSAMPLE:LYADSSECRETSAMPLE')}`,
    referer: `https://a.example/?${refreshToken}`,
  };
  await tokens(sim, { grant_type: 'refresh_token', refresh_token: refreshToken }, { headers });
  expect(violations(sim)).toEqual(['secret_in_header', 'secret_in_header']);
  await ly.call(`BaseAccountService/get?access_token=${ly.token}`, {});
  expect(violations(sim).slice(2)).toEqual(['secret_in_address']);
  await ly.call('BaseAccountService/get', {}, { headers: { 'x-note': 'LYADSSECRETSAMPLE' } });
  expect(violations(sim).slice(3)).toEqual(['secret_in_header']);
  const log = JSON.stringify(sim.inspect());
  for (const secret of ['LYADSSECRETSAMPLE', refreshToken, ly.token]) expect(log).not.toContain(secret);
});
