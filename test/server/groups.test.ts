/** Groups of the single sign-on provider that give roles, and what the provider says later. */
import { generateKeyPairSync } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { EventLog, LogEventName } from '../../src/contracts/event-log.ts';
import type { OidcConfig } from '../../src/contracts/single-sign-on.ts';
import { systemClock } from '../../src/machine/system-clock.ts';
import { transaction } from '../../src/store/database/database.ts';
import { listAudit } from '../../src/store/repositories/audit-log.ts';
import { dueSignOns } from '../../src/store/repositories/single-sign-on.ts';
import { masterKey, SecretBox } from '../../src/store/secrets/secret-box.ts';
import { rotateSecrets } from '../../src/store/secrets/stored-secrets.ts';
import { apiTokenUseCases } from '../../src/use-cases/api-tokens.ts';
import type { UseCaseDeps } from '../../src/use-cases/deps.ts';
import { providerOf } from '../../src/use-cases/single-sign-on/index.ts';
import { recheckPeople } from '../../src/use-cases/single-sign-on/recheck.ts';
import { mainDatabase, useDatabase } from '../support/databases.ts';
import { type IdentityProvider, LOGOUT, type Person, startIdentityProvider } from '../support/identity-provider.ts';
import { join, PASSWORD, setUp, signIn, type TestServer, testBox, testServer } from '../support/server.ts';
import { bert, comeIn as comeInAt, oidcOf } from '../support/sign-on.ts';
import { type Given, useCases } from '../support/use-cases.ts';
import { answers } from './answers.ts';

const roles = { administrator: ['line=admins'], editor: ['Marketing, Tokyo'], viewer: ['readers'] };
const inGroups = (...groups: string[]): Person => ({ ...bert, claims: { groups } });
const HOUR = 3_600_000;

describe('groups of the provider', () => {
  const current = useDatabase(mainDatabase);
  let provider: IdentityProvider;
  let server: TestServer;
  let config: OidcConfig;
  beforeAll(async () => {
    provider = await startIdentityProvider();
  });
  afterAll(() => provider.close());
  beforeEach(() => start({}));
  afterEach(async () => {
    provider.failWith(undefined);
    await server.app.close();
  });

  async function start(more: Partial<OidcConfig>): Promise<void> {
    const { db } = current.database;
    config = oidcOf(provider, { createUsers: true, roles, recheckMs: HOUR, ...more });
    const given: Given = answers();
    // The real ones: what a token may do follows from its maker.
    Object.assign(given.apiTokens, apiTokenUseCases({ db, now: () => new Date() } as UseCaseDeps));
    server = await testServer(current.database, useCases(given), { oidc: config });
  }

  const comeIn = (person: Person) => comeInAt(server, provider, person);
  const me = async (cookie: string) => {
    const answer = await server.browse({ url: '/api/v1/me', headers: { cookie } });
    return answer.statusCode === 200 ? answer.json().role : answer.statusCode;
  };
  const administrator = async () => {
    await setUp(server);
    return signIn(server);
  };
  const usersOf = async (cookie: string) =>
    (await server.browse({ url: '/api/v1/users', headers: { cookie } })).json().items;
  const bertOf = async (cookie: string) =>
    (await usersOf(cookie)).find(({ email }: { email: string }) => email === bert.email);
  const audit = async () =>
    (await listAudit(current.database.db, { limit: 50 }))
      .filter(({ subject_type }) => subject_type === 'user')
      .map(({ action, actor_id, detail }) => ({ action, actor_id, detail }));

  /** One look of the chore, so many milliseconds later. @returns the events that it logged */
  async function recheck(laterMs: number): Promise<LogEventName[]> {
    const events: LogEventName[] = [];
    const log: EventLog = { record: (event) => events.push(event) };
    const now = () => new Date(Date.now() + laterMs);
    const known = providerOf({ now: () => new Date(), sleep: systemClock.sleep }, config);
    const { db } = current.database;
    const deps = { db, box: testBox, log, now };
    await recheckPeople(deps, { config, provider: known }, new AbortController().signal);
    return events;
  }

  test('give the highest role at each sign-in, and only they change it', async () => {
    const evil = 'Bert\r\nSet-Cookie: a=b\u202e';
    const first = await comeIn({ ...inGroups('Marketing, Tokyo', 'readers', 'line'), name: evil });
    expect(first.location).toBe('/jobs');
    expect(await audit()).toEqual([]);
    expect(await me(first.cookie)).toBe('editor');
    const second = await comeIn(inGroups('line=admins'));
    expect(await me(second.cookie)).toBe('administrator');
    // The open session has the present role, too.
    expect(await me(first.cookie)).toBe('administrator');
    const own = await bertOf(second.cookie);
    expect(own).toMatchObject({
      name: 'Bert Set-Cookie: a=b',
      role: 'administrator',
      role_from: 'groups',
      single_sign_on: true,
    });
    expect(await audit()).toContainEqual({
      action: 'user.change',
      actor_id: 'system',
      detail: { single_sign_on: true, changes: { role: ['editor', 'administrator'] }, group: 'line=admins' },
    });

    const local = await administratorBesides(second.cookie);
    const change = (payload: object) =>
      server.browse({ method: 'PATCH', url: `/api/v1/users/${own.id}`, headers: { cookie: local }, payload });
    const refused = await change({ role: 'viewer' });
    expect([refused.statusCode, refused.json().detail]).toEqual([
      409,
      'The groups of the single sign-on provider give this user the role. Change the groups there.',
    ]);
    expect((await change({ role: 'administrator', name: 'Bert B.' })).statusCode).toBe(200);
  });

  /** A local administrator, whom no group rules. */
  async function administratorBesides(cookie: string): Promise<string> {
    await join(server, cookie, { name: 'Aiko Tanaka', email: 'aiko@example.com', role: 'administrator' });
    return signIn(server);
  }

  test('refuse somebody in none, and disable the account until it is in one again', async () => {
    const stranger = await comeIn(inGroups('Marketing'));
    expect(stranger.location).toBe('/sign-in?error=no_group');
    const aiko = await administrator();
    expect(await usersOf(aiko)).toHaveLength(1);

    const { cookie } = await comeIn(inGroups('readers'));
    expect(await me(cookie)).toBe('viewer');
    expect((await comeIn(inGroups())).location).toBe('/sign-in?error=no_group');
    expect(await me(cookie)).toBe(401);
    expect(await bertOf(aiko)).toMatchObject({ disabled: true, disabled_because: 'no_group', disabled_by: 'Lineup' });
    const back = await comeIn(inGroups('Marketing, Tokyo'));
    expect(await me(back.cookie)).toBe('editor');
    expect(await bertOf(aiko)).toMatchObject({ disabled: false, disabled_because: null, disabled_at: null });
  });

  test('never undo what an administrator has disabled', async () => {
    const aiko = await administrator();
    await comeIn(inGroups('readers'));
    const { id } = await bertOf(aiko);
    const disable = (disabled: boolean) =>
      server.browse({
        method: 'PATCH',
        url: `/api/v1/users/${id}`,
        headers: { cookie: aiko },
        payload: { disabled },
      });
    expect((await disable(true)).json()).toMatchObject({
      disabled_because: 'administrator',
      disabled_by: 'Aiko Tanaka',
    });
    expect((await comeIn(inGroups('line=admins'))).location).toMatch(/^\/sign-in\?error=BANNED_USER/);
    expect(await bertOf(aiko)).toMatchObject({ disabled: true, disabled_because: 'administrator' });
    expect((await disable(false)).json()).toMatchObject({ disabled: false, disabled_by: null });
  });

  test('decide for an invited person, also about a password; not for others with a password', async () => {
    const aiko = await administrator();
    await join(server, aiko, { name: bert.name, email: bert.email, role: 'administrator' });
    // Until the first sign-in by the provider, the account is a local one. An unverified address does not reach it.
    expect(await me(await signIn(server, bert.email))).toBe('administrator');
    const unverified = { ...inGroups('line=admins'), email_verified: false };
    expect((await comeIn({ ...unverified, sub: 'x-1' })).location).toMatch(/^\/sign-in\?error=account/);
    expect((await comeIn(inGroups())).location).toBe('/sign-in?error=no_group');
    expect(await bertOf(aiko)).toMatchObject({ disabled: false, single_sign_on: false, role_from: 'lineup' });

    const { cookie } = await comeIn(inGroups('readers'));
    expect(await me(cookie)).toBe('viewer');
    const byPassword = await server.browse({
      method: 'POST',
      url: '/api/v1/session',
      payload: { email: bert.email, password: PASSWORD },
    });
    expect([byPassword.statusCode, byPassword.json().detail]).toEqual([
      401,
      'This account signs in by single sign-on, and not with a password.',
    ]);
    expect(await me(await signIn(server))).toBe('administrator');
  });

  test.each([
    ['a nested claim', { groupsClaim: 'realm_access.roles' }, { claims: { realm_access: { roles: ['readers'] } } }],
    ['a text', {}, { claims: { groups: 'readers' } }],
    ['userinfo', {}, { further: { groups: ['readers'] } }],
  ])('come from %s', async (_, more, person) => {
    await server.app.close();
    await start(more);
    expect(await me((await comeIn({ ...bert, ...person })).cookie)).toBe('viewer');
  });

  test.each([
    ['groups_left_out', { _claim_names: { groups: 'src1' } }],
    ['groups_unreadable', { groups: { admin: true } }],
    ['groups_unreadable', { groups: Array.from({ length: 100_000 }, (_, n) => `${n}`) }],
  ])('that nobody can read (%s) let nobody in, and take nothing away', async (error, claims) => {
    const { cookie } = await comeIn(inGroups('readers'));
    expect((await comeIn({ ...bert, claims })).location).toBe(`/sign-in?error=${error}`);
    expect(await me(cookie)).toBe('viewer');
  });

  test('bind API tokens that were made before', async () => {
    const { cookie } = await comeIn(inGroups('line=admins'));
    const made = await server.browse({
      method: 'POST',
      url: '/api/v1/api-tokens',
      headers: { cookie },
      payload: { name: 'import', role: 'administrator' },
    });
    const asToken = async () => {
      const answer = await server.app.inject({
        url: '/api/v1/me',
        headers: { authorization: `Bearer ${made.json().token}` },
      });
      return answer.statusCode === 200 ? answer.json().role : answer.statusCode;
    };
    expect(await asToken()).toBe('administrator');
    await comeIn(inGroups('readers'));
    expect(await asToken()).toBe('viewer');
    await comeIn(inGroups());
    expect(await asToken()).toBe(401);
  });

  test('are followed between sign-ins, also about the last administrator, which is logged', async () => {
    const { cookie } = await comeIn(inGroups('line=admins'));
    expect(await recheck(HOUR / 2)).toEqual([]);
    provider.change(inGroups('readers'));
    expect(await recheck(HOUR + 1_000)).toEqual(['person.changed_by_provider', 'person.no_administrator']);
    expect(await me(cookie)).toBe('viewer');
    provider.change(inGroups());
    expect(await recheck(2 * HOUR + 2_000)).toEqual(['person.changed_by_provider']);
    expect(await me(cookie)).toBe(401);
    expect(provider.grants.filter((grant) => grant === 'refresh_token').length).toBeGreaterThanOrEqual(2);
  });

  test('a refused refresh token disables, a provider that is away does not', async () => {
    const aiko = await administrator();
    const { cookie } = await comeIn(inGroups('readers'));
    provider.failWith(503);
    expect(await recheck(HOUR + 1_000)).toEqual(['person.recheck_failed']);
    // Not at once again.
    expect(await recheck(HOUR + 2_000)).toEqual([]);
    expect(await me(cookie)).toBe('viewer');
    provider.failWith(undefined);
    provider.disable(bert.sub);
    expect(await recheck(2 * HOUR)).toEqual(['person.changed_by_provider']);
    expect(await me(cookie)).toBe(401);
    expect(await bertOf(aiko)).toMatchObject({ disabled: true, disabled_because: 'provider' });
    expect(await me(aiko)).toBe('administrator');
    // Who can sign in there again, can come in again.
    expect(await me((await comeIn(inGroups('readers'))).cookie)).toBe('viewer');
  });

  test('the last word of the provider counts for a day, then people sign in again', async () => {
    const aiko = await administrator();
    const { cookie } = await comeIn(inGroups('readers'));
    provider.failWith(500);
    await recheck(23 * HOUR);
    expect(await me(cookie)).toBe('viewer');
    await recheck(25 * HOUR);
    expect(await me(cookie)).toBe(401);
    expect(await bertOf(aiko)).toMatchObject({ disabled: false });
    expect(await me(aiko)).toBe('administrator');
    expect((await audit())[0]).toMatchObject({ action: 'session.delete', detail: { because: 'unconfirmed' } });
  });

  test('tokens of the provider are stored sealed, or not at all', async () => {
    await comeIn(inGroups('readers'));
    const { rows } = await sql<{ text: string }>`
      select coalesce(access_token, '') || coalesce(refresh_token, '') || coalesce(id_token, '') as text
      from lineup.accounts where provider_id = 'oidc'
      union all select refresh_token from lineup.single_sign_ons`.execute(current.database.db);
    expect(rows.map(({ text }) => text)).toEqual(['', expect.stringMatching(/^v1\./)]);
    // A new key of the secrets covers them.
    const { db } = current.database;
    const fresh = masterKey(Buffer.alloc(32, 8));
    const [before] = await dueSignOns(db, testBox, new Date(Date.now() + HOUR), 9);
    const both = new SecretBox([fresh, masterKey(Buffer.alloc(32, 7))]);
    expect(await transaction(db, (tx) => rotateSecrets(tx, both))).toBe(1);
    const [after] = await dueSignOns(db, new SecretBox([fresh]), new Date(Date.now() + HOUR), 9);
    expect(after?.token?.reveal()).toBe(before?.token?.reveal());
    expect((await dueSignOns(db, testBox, new Date(Date.now() + HOUR), 9))[0]?.token).toBeUndefined();
  });

  describe('back-channel logout', () => {
    const logOut = (token: string) =>
      server.app.inject({
        method: 'POST',
        url: '/api/auth/backchannel-logout/oidc',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams({ logout_token: token }).toString(),
      });

    test('ends all sessions of a person, or one, and takes each token once', async () => {
      const [first, second] = [await comeIn(inGroups('readers')), await comeIn(inGroups('readers'))];
      const { rows } = await sql<{ sid: string }>`
        select provider_session_id as sid from lineup.sessions order by created_at`.execute(current.database.db);
      const token = provider.logoutToken({ sid: rows[0]?.sid });
      const answer = await logOut(token);
      expect([answer.statusCode, answer.headers['cache-control']]).toEqual([200, 'no-store']);
      expect([await me(first.cookie), await me(second.cookie)]).toEqual([401, 'viewer']);
      expect((await logOut(token)).statusCode).toBe(400);
      expect((await logOut(provider.logoutToken({ sub: 'somebody else' }))).statusCode).toBe(200);
      expect(await me(second.cookie)).toBe('viewer');
      expect((await logOut(provider.logoutToken({ sub: bert.sub }))).statusCode).toBe(200);
      expect(await me(second.cookie)).toBe(401);
      expect((await audit())[0]).toMatchObject({ action: 'session.delete', detail: { sessions: 1 } });
    });

    test('asks to be called again while the provider does not give its keys', async () => {
      await server.app.close();
      await start({ issuer: `${provider.issuer}/elsewhere` });
      const answer = await logOut(provider.logoutToken({ sub: bert.sub }));
      expect([answer.statusCode, answer.json()]).toEqual([503, { error: 'temporarily_unavailable' }]);
    });

    test('refuses every token that is none', async () => {
      const { cookie } = await comeIn(inGroups('readers'));
      const { sub } = bert;
      const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
      const now = Math.floor(Date.now() / 1_000);
      for (const token of [
        provider.logoutToken({ sub }, foreign),
        provider.logoutToken({ sub, aud: 'another client' }),
        provider.logoutToken({ sub, iss: 'https://evil.example' }),
        provider.logoutToken({ sub, nonce: 'n' }),
        provider.logoutToken({ sub, events: undefined }),
        provider.logoutToken({ sub, events: { [LOGOUT]: 'yes' } }),
        provider.logoutToken({ sub, events: [LOGOUT] }),
        provider.logoutToken({ sub, jti: undefined }),
        provider.logoutToken({ sub, iat: undefined }),
        provider.logoutToken({ sub, iat: now - 600, exp: now + 60 }),
        provider.logoutToken({ sub, exp: now - 600 }),
        provider.logoutToken({}),
        `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`,
        'x',
        '',
      ]) {
        const answer = await logOut(token);
        expect([answer.statusCode, answer.json()]).toEqual([400, { error: 'invalid_request' }]);
      }
      expect(await me(cookie)).toBe('viewer');
    });
  });
});
