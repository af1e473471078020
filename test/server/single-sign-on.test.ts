/** Single sign-on with a provider in the test. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { mainDatabase, useDatabase } from '../support/databases.ts';
import { type IdentityProvider, type Person, startIdentityProvider } from '../support/identity-provider.ts';
import { join, setUp, signIn, type TestServer, testServer } from '../support/server.ts';
import { bert, comeIn as comeInAt, oidcOf } from '../support/sign-on.ts';
import { audited, type Given, tokens, useCases } from '../support/use-cases.ts';
import { answers } from './answers.ts';

describe('single sign-on', () => {
  const current = useDatabase(mainDatabase);
  let provider: IdentityProvider;
  let server: TestServer;
  let service: ReturnType<typeof useCases>;
  let given: Given;
  beforeAll(async () => {
    provider = await startIdentityProvider();
  });
  afterAll(() => provider.close());
  beforeEach(() => start(false));
  afterEach(() => server.app.close());

  async function start(createUsers: boolean): Promise<void> {
    given = answers();
    service = useCases(given);
    server = await testServer(current.database, service, {
      oidc: oidcOf(provider, { createUsers }),
    });
  }

  const comeIn = (person: Person) => comeInAt(server, provider, person);
  const me = (cookie: string) => server.browse({ method: 'GET', url: '/api/v1/me', headers: { cookie } });

  test('signs an invited person in, with the given role', async () => {
    await setUp(server);
    await join(server, await signIn(server), { name: bert.name, email: bert.email, role: 'editor' });
    expect((await server.browse({ url: '/api/v1/sign-in' })).json().single_sign_on).toEqual({
      label: 'Example SSO',
    });
    const { location, cookie } = await comeIn(bert);
    expect(location).toBe('/jobs');
    expect(audited(service).at(-1)).toMatchObject({
      action: 'session.create',
      actor: { name: 'Bert Braun' },
      detail: { single_sign_on: true },
    });
    expect((await me(cookie)).json()).toMatchObject({ name: 'Bert Braun', role: 'editor' });
  });

  test('counts its administrators as people who can sign in, as long as it is configured', async () => {
    await setUp(server);
    const cookie = await signIn(server);
    const aiko = (await me(cookie)).json().user.id;
    const invitation = { name: bert.name, email: bert.email, role: 'administrator' };
    await server.browse({ method: 'POST', url: '/api/v1/users', headers: { cookie }, payload: invitation });
    const disable = async (id: string, disabled = true) =>
      server.browse({
        method: 'PATCH',
        url: `/api/v1/users/${id}`,
        headers: { authorization: `Bearer ${tokens.administrator}` },
        payload: { disabled },
      });
    expect((await disable(aiko)).statusCode).toBe(409);
    expect((await comeIn(bert)).location).toBe('/jobs');
    expect((await disable(aiko)).statusCode).toBe(200);
    expect((await disable(aiko, false)).statusCode).toBe(200);
    await server.app.close();
    server = await testServer(current.database, useCases(answers()));
    expect((await disable(aiko)).statusCode).toBe(409);
  });

  test('refuses a person without an invitation, unless the installation allows new accounts', async () => {
    const refused = await comeIn(bert);
    expect(refused.location).toMatch(/^\/sign-in\?error=/);
    expect((await me(refused.cookie)).statusCode).toBe(401);
    await server.app.close();
    await start(true);
    const taken = await comeIn(bert);
    expect((await me(taken.cookie)).json()).toMatchObject({
      role: 'viewer',
      user: { email: 'bert@example.com' },
    });
  });

  test('does not sign in with an address that the provider has not verified', async () => {
    await setUp(server);
    const { location, cookie } = await comeIn({
      sub: 'x-1',
      email: 'aiko@example.com',
      email_verified: false,
      name: 'Somebody',
    });
    expect(location).toMatch(/^\/sign-in\?error=/);
    expect((await me(cookie)).statusCode).toBe(401);
  });

  test('redirects only to this site', async () => {
    for (const return_to of ['https://evil.example', '//evil.example', '/\\evil.example', '/a\\b']) {
      const answer = await server.browse({
        method: 'POST',
        url: '/api/v1/session/single-sign-on',
        payload: { return_to },
      });
      expect([answer.statusCode, answer.json().code]).toEqual([400, 'invalid_argument']);
    }
  });
});
