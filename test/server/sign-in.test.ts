/** Sign-in as people use it, on a real database and through the real routes. */
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { setupLink } from '../../src/server/auth/auth.ts';
import { listAudit } from '../../src/store/repositories/audit-log.ts';
import { signInAttempts } from '../../src/use-cases/sign-in-attempts.ts';
import { mainDatabase, useDatabase } from '../support/databases.ts';
import { cookieOf, join, ORIGIN, PASSWORD, setUp, signIn, type TestServer, testServer } from '../support/server.ts';
import { openBox } from '../support/service.ts';
import { audited, type Given, tokens, useCases } from '../support/use-cases.ts';
import { answers } from './answers.ts';

describe('sign-in', () => {
  const current = useDatabase(mainDatabase);
  let service: ReturnType<typeof useCases>;
  let given: Given;
  let server: TestServer;
  beforeEach(async () => {
    given = answers();
    service = useCases(given);
    server = await testServer(current.database, service);
  });
  afterEach(() => server.app.close());

  const setup = (token: string | undefined, email = 'aiko@example.com') =>
    server.browse({
      method: 'POST',
      url: '/api/v1/setup',
      payload: { token, name: 'Aiko Tanaka', email, password: PASSWORD },
    });
  const me = (cookie: string) => server.browse({ method: 'GET', url: '/api/v1/me', headers: { cookie } });

  test('the first administrator can use the setup link once', async () => {
    const before = await server.browse({ method: 'GET', url: '/api/v1/sign-in' });
    expect(before.json()).toEqual({ setup_needed: true, single_sign_on: null, language: 'en' });
    const link = await setupLink(server.auth, ORIGIN);
    const token = link?.replace(`${ORIGIN}/setup#`, '');
    expect((await setup('administrator.guessed')).statusCode).toBe(403);
    const made = await setup(token);
    expect(made.statusCode).toBe(201);
    expect(made.json()).toMatchObject({ email: 'aiko@example.com', role: 'administrator', disabled: false });
    expect((await setup(token, 'bert@example.com')).json()).toMatchObject({ code: 'not_permitted' });
    expect(await setupLink(server.auth, ORIGIN)).toBeUndefined();
    // Created by a process that started at the same moment.
    const late = await server.auth.links.issue('setup', 'administrator');
    expect((await setup(late.reveal(), 'late@example.com')).statusCode).toBe(403);
    expect((await server.browse({ method: 'GET', url: '/api/v1/sign-in' })).json().setup_needed).toBe(false);
    expect(audited(service).map(({ action, actor }) => [action, actor.name])).toEqual([['user.setup', 'Aiko Tanaka']]);
  });

  test('a newer setup link replaces the older one; of two uses at the same time one wins', async () => {
    const older = (await setupLink(server.auth, ORIGIN))?.split('#')[1];
    const newer = (await setupLink(server.auth, ORIGIN))?.split('#')[1];
    expect((await setup(older)).statusCode).toBe(403);
    const both = await Promise.all([setup(newer, 'one@example.com'), setup(newer, 'two@example.com')]);
    expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([201, 403]);
    expect(await server.auth.people.list()).toHaveLength(1);
    const { links } = server.auth;
    const link = await links.issue('invitation', 'somebody');
    const uses = await Promise.all([1, 2, 3].map(() => links.redeem('invitation', link)));
    expect(uses.filter((subject) => subject !== undefined)).toEqual(['somebody']);
  });

  test('a link can be checked without using it up, and wrong, used and replaced links get the same answer', async () => {
    const check = async (path: string, token: string, remoteAddress?: string) => {
      const answer = await server.browse({
        method: 'POST',
        url: `/api/v1/${path}/check`,
        remoteAddress,
        payload: { token },
      });
      if (answer.statusCode === 204) return 204;
      const { request_id: _, ...body } = answer.json();
      return body;
    };
    const setupToken = (await setupLink(server.auth, ORIGIN))?.split('#')[1] ?? '';
    const refused = await check('setup', 'administrator.guessed');
    expect(refused).toMatchObject({ code: 'not_permitted' });
    expect([await check('setup', setupToken), await check('setup', setupToken)]).toEqual([204, 204]);
    expect(await check('invitations', setupToken)).toEqual(refused);
    expect((await setup(setupToken)).statusCode).toBe(201);
    expect(await check('setup', setupToken)).toEqual(refused);
    // Created by a process that started at the same moment. An administrator exists already.
    const late = await server.auth.links.issue('setup', 'administrator');
    expect(await check('setup', late.reveal())).toEqual(refused);

    const invited = await server.auth.people.add({ name: 'Bert', email: 'bert@example.com', role: 'viewer' });
    const older = await server.auth.links.issue('invitation', invited.id);
    const newer = await server.auth.links.issue('invitation', invited.id);
    const invitations = [older.reveal(), newer.reveal(), `${invited.id}.guessed`, 'nobody.guessed'];
    const reported = [];
    for (const token of invitations) reported.push(await check('invitations', token));
    expect(reported).toEqual([refused, 204, refused, refused]);
    const accept = { token: newer.reveal(), password: PASSWORD };
    expect(
      (await server.browse({ method: 'POST', url: '/api/v1/invitations/accept', payload: accept })).statusCode,
    ).toBe(200);
    expect(await check('invitations', newer.reveal())).toEqual(refused);
  });

  test('the secret of the link is not in the database', async () => {
    const secret = (await setupLink(server.auth, ORIGIN))?.split('.').at(-1) ?? '';
    expect(secret.length).toBeGreaterThan(40);
    const { rows } = await sql<{ text: string }>`select v::text as text from lineup.verifications v`.execute(
      current.database.db,
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.text).not.toContain(secret);
  });

  test('sign-in gives a session with the user’s permissions, and sign-out ends it; the audit log has both', async () => {
    await setUp(server);
    const answer = await server.browse({
      method: 'POST',
      url: '/api/v1/session',
      payload: { email: 'Aiko@example.com', password: PASSWORD },
    });
    expect(answer.statusCode).toBe(200);
    expect(String(answer.headers['set-cookie'])).toMatch(/lineup\.session_token=.*HttpOnly.*SameSite=Lax/);
    const cookie = cookieOf(answer);
    const who = (await me(cookie)).json();
    expect(who).toMatchObject({
      name: 'Aiko Tanaka',
      role: 'administrator',
      user: { email: 'aiko@example.com' },
    });
    expect(who.operations).toContain('users.write');
    const out = await server.browse({ method: 'DELETE', url: '/api/v1/session', headers: { cookie } });
    expect(out.statusCode).toBe(204);
    expect((await me(cookie)).json()).toMatchObject({ code: 'not_signed_in', status: 401 });
    // No session ends, so there is nothing to log.
    await server.browse({ method: 'DELETE', url: '/api/v1/session' });
    expect(audited(service).map(({ action, actor }) => [action, actor.name])).toEqual([
      ['user.setup', 'Aiko Tanaka'],
      ['session.create', 'Aiko Tanaka'],
      ['session.delete', 'Aiko Tanaka'],
    ]);
  });

  test('a wrong password and an unknown address get the same answer', async () => {
    await setUp(server);
    const attempt = async (email: string, password: string) => {
      const answer = await server.browse({
        method: 'POST',
        url: '/api/v1/session',
        payload: { email, password },
      });
      const { request_id: _, ...body } = answer.json();
      return { status: answer.statusCode, body, cookies: answer.cookies };
    };
    const wrong = await attempt('aiko@example.com', 'not the password');
    expect(wrong).toMatchObject({ status: 401, body: { code: 'sign_in_failed' }, cookies: [] });
    expect(await attempt('nobody@example.com', 'not the password')).toEqual(wrong);
  });

  test('requests are limited for each address, correct or not', async () => {
    await setUp(server);
    const enter = (remoteAddress: string) =>
      server.browse({
        method: 'POST',
        url: '/api/v1/session',
        remoteAddress,
        headers: { 'x-forwarded-for': '203.0.113.9', 'x-lineup-client-address': '203.0.113.9' },
        payload: { email: 'aiko@example.com', password: PASSWORD },
      });
    expect((await enter('198.51.100.1')).statusCode).toBe(200);
    // As if 28 more requests had come.
    const { db } = current.database;
    const more = await sql`update lineup.sign_in_rates set count = count + 28 where count = 1`.execute(db);
    expect(more.numAffectedRows).toBe(1n);
    expect((await enter('198.51.100.1')).statusCode).toBe(200);
    const refused = await enter('198.51.100.1');
    expect(refused.statusCode).toBe(429);
    expect(refused.json()).toMatchObject({ code: 'too_many_requests', retryable: true });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await enter('198.51.100.2')).statusCode).toBe(200);
  });

  describe('guessing', () => {
    const guess = (password: string, email = 'aiko@example.com', remoteAddress = '198.51.100.1') =>
      server.browse({ method: 'POST', url: '/api/v1/session', remoteAddress, payload: { email, password } });
    const auditLines = async () =>
      (await listAudit(current.database.db, { limit: 100 })).map(({ action, subject_id, detail }) => ({
        action,
        subject_id,
        detail,
      }));
    beforeEach(async () => {
      const { db } = current.database;
      const now = () => new Date('2026-03-02T09:00:00Z');
      given.signInAttempts.begin = signInAttempts({ db, box: await openBox(db), now }).begin;
      await setUp(server);
    });

    test('is slowed down, even with the correct password; the audit log records it without addresses', async () => {
      for (let n = 0; n < 5; n += 1) expect((await guess('not the password')).statusCode).toBe(401);
      const refused = await guess(PASSWORD);
      expect(refused.json()).toMatchObject({ code: 'too_many_requests', status: 429, retryable: true });
      expect(refused.json().detail).toBe('Too many attempts have failed. Try again in 30 seconds.');
      expect(refused.headers['retry-after']).toBe('30');
      // A user at another address keeps the session, and can sign in.
      const { user } = (await me(await signIn(server))).json();
      expect((await guess('not the password', 'stranger@example.com')).statusCode).toBe(401);
      expect(await auditLines()).toEqual([
        {
          action: 'session.refused',
          subject_id: 'unknown',
          detail: { failures: 1, request_id: expect.stringMatching(/^[0-9a-f]{16}$/) },
        },
        ...[5, 2, 1].map((failures) => ({
          action: 'session.refused',
          subject_id: user.id,
          detail: { failures, request_id: expect.any(String) },
        })),
      ]);
    });

    test('is slowed down for the current password and for links, too', async () => {
      const cookie = await signIn(server);
      const change = () =>
        server.browse({
          method: 'POST',
          url: '/api/v1/me/password',
          headers: { cookie },
          payload: { current_password: 'not the password', new_password: 'another long password' },
        });
      for (let n = 0; n < 5; n += 1) expect((await change()).statusCode).toBe(400);
      expect((await change()).statusCode).toBe(429);
      const accept = (url: string) =>
        server.browse({
          method: 'POST',
          url: `/api/v1/${url}`,
          payload: { token: 'a.b', password: 'x7Gq0pLm2Rt9', name: 'A', email: 'a@example.com' },
        });
      const link = (n: number) =>
        server.browse({
          method: 'POST',
          url: '/api/v1/invitations/accept',
          payload: { token: `user.${n}`, password: 'x7Gq0pLm2Rt9' },
        });
      for (let n = 0; n < 20; n += 1) expect((await link(n)).statusCode).toBe(403);
      expect((await link(20)).statusCode).toBe(429);
      expect((await accept('setup')).statusCode).toBe(429);
      for (const path of ['setup/check', 'invitations/check']) {
        const looked = await server.browse({
          method: 'POST',
          url: `/api/v1/${path}`,
          payload: { token: 'user.21' },
        });
        expect(looked.statusCode, path).toBe(429);
      }
      const actions = (await auditLines()).map(({ action }) => action);
      expect(actions.filter((action) => action === 'password.refused')).toHaveLength(3);
      expect(actions.filter((action) => action === 'link.refused')).toHaveLength(5);
    });
  });

  test('a weak password is refused in every form, and does not use up the link', async () => {
    const link = await setupLink(server.auth, ORIGIN);
    const person = { name: 'Aiko Tanaka', email: 'aiko@example.com' };
    const begin = (password: string) =>
      server.browse({
        method: 'POST',
        url: '/api/v1/setup',
        payload: { token: link?.split('#')[1], ...person, password },
      });
    const refused = (path: string) => ({
      status: 400,
      code: 'invalid_argument',
      errors: [{ path, message: expect.stringContaining('easy to guess') }],
    });
    const common = ['password1234', 'qwertyuiop123', '123456789012', 'aaaaaaaaaaaa'];
    const personal = ['Aiko Tanaka 1', 'aiko@example.com', 'lineup-lineup'];
    for (const easy of [...common, ...personal]) {
      expect((await begin(easy)).json()).toMatchObject(refused('password'));
    }
    expect((await begin(PASSWORD)).statusCode).toBe(201);
    const cookie = await signIn(server);
    const { user } = (await me(cookie)).json();
    const again = await server.browse({
      method: 'POST',
      url: `/api/v1/users/${user.id}/invitation`,
      headers: { cookie },
      payload: {},
    });
    const token = again.json().link.split('#')[1];
    const accept = (password: string) =>
      server.browse({ method: 'POST', url: '/api/v1/invitations/accept', payload: { token, password } });
    const change = (new_password: string) =>
      server.browse({
        method: 'POST',
        url: '/api/v1/me/password',
        headers: { cookie },
        payload: { current_password: PASSWORD, new_password },
      });
    for (const easy of ['password1234', 'Aiko Tanaka 1']) {
      expect((await accept(easy)).json()).toMatchObject(refused('password'));
      expect((await change(easy)).json()).toMatchObject(refused('new_password'));
    }
    expect((await accept('another long password')).statusCode).toBe(200);
  });

  test('another site cannot act for a signed-in user', async () => {
    await setUp(server);
    const cookie = await signIn(server);
    const change = (headers: Record<string, string>) =>
      server.app.inject({
        method: 'PUT',
        url: '/api/v1/settings/appearance',
        headers: { host: 'lineup.example.com', cookie, ...headers },
        payload: { language: 'ja' },
      });
    expect((await change({ origin: 'https://evil.example' })).json()).toMatchObject({
      code: 'not_permitted',
    });
    expect((await change({ origin: 'null' })).statusCode).toBe(403);
    expect((await change({})).statusCode).toBe(403);
    expect(service.calls.filter(({ operation }) => operation.startsWith('settings.'))).toEqual([]);
    expect((await change({ origin: ORIGIN })).statusCode).toBe(200);
    // Behind a proxy that gives the server another name, and by another name of the server.
    expect((await change({ origin: ORIGIN, host: 'api:8080' })).statusCode).toBe(200);
    expect((await change({ origin: 'http://localhost:8080', host: 'localhost:8080' })).statusCode).toBe(200);
    // The same host with another scheme or port is another site.
    for (const origin of ['https://localhost:8080', 'http://localhost:8081', 'http://localhost']) {
      expect((await change({ origin, host: 'localhost:8080' })).statusCode).toBe(403);
    }
    expect((await change({ origin: 'https://lineup.example.com' })).statusCode).toBe(403);
    // Sign-in works by another name of the server, too.
    const byAddress = await server.app.inject({
      method: 'POST',
      url: '/api/v1/session',
      headers: { host: '198.51.100.7:8080', origin: 'http://198.51.100.7:8080' },
      payload: { email: 'aiko@example.com', password: PASSWORD },
    });
    expect(byAddress.statusCode).toBe(200);
    const elsewhere = await server.app.inject({
      method: 'POST',
      url: '/api/v1/session',
      headers: { host: 'lineup.example.com', origin: 'https://evil.example' },
      payload: { email: 'aiko@example.com', password: PASSWORD },
    });
    expect(elsewhere.statusCode).toBe(403);
    const form = await server.browse({
      method: 'POST',
      url: '/api/v1/session',
      headers: { 'content-type': 'text/plain' },
      payload: JSON.stringify({ email: 'aiko@example.com', password: PASSWORD }),
    });
    expect(form.json()).toMatchObject({ code: 'invalid_argument', status: 400 });
  });

  test('a Host header cannot select a route of better-auth', async () => {
    await setUp(server);
    const payload = { email: 'aiko@example.com', password: PASSWORD };
    for (const host of ['evil.example/api/auth/sign-up/email?', 'evil.example/api/auth/x#', 'a b', 'x:99999999']) {
      const answer = await server.app.inject({
        method: 'POST',
        url: '/api/v1/session',
        headers: { host, origin: ORIGIN },
        payload,
      });
      expect([answer.statusCode, answer.json().code]).toEqual([400, 'invalid_argument']);
    }
    const other = await server.app.inject({
      method: 'POST',
      url: '/api/v1/session',
      headers: { host: 'another.example', origin: ORIGIN },
      payload,
    });
    expect(other.statusCode).toBe(200);
  });

  test('an invited user sets a password, and can do what the role allows', async () => {
    await setUp(server);
    const cookie = await signIn(server);
    const invite = (person: object) =>
      server.browse({ method: 'POST', url: '/api/v1/users', headers: { cookie }, payload: person });
    const bert = { name: 'Bert Braun', email: 'bert@example.com', role: 'viewer' } as const;
    const invited = (await invite(bert)).json();
    expect(invited.link).toMatch(/^http:\/\/lineup\.example\.com\/invitation#/);
    expect((await invite(bert)).json().errors).toMatchObject([
      { path: 'email', message: 'Another user already has this e-mail address.' },
    ]);
    const accept = () =>
      server.browse({
        method: 'POST',
        url: '/api/v1/invitations/accept',
        payload: { token: invited.link.split('#')[1], password: 'a password of his own' },
      });
    expect((await accept()).statusCode).toBe(200);
    expect((await accept()).statusCode).toBe(403);
    const his = await signIn(server, 'bert@example.com', 'a password of his own');
    expect((await me(his)).json().operations).not.toContain('jobs.act');
    const users = await server.browse({ method: 'GET', url: '/api/v1/users', headers: { cookie: his } });
    expect(users.json()).toMatchObject({ code: 'not_permitted', status: 403 });
  });

  test('a disabled user loses access at once, and a changed role applies at once', async () => {
    await setUp(server);
    const cookie = await signIn(server);
    const id = await join(server, cookie, { name: 'Bert Braun', email: 'bert@example.com', role: 'viewer' });
    const his = await signIn(server, 'bert@example.com');
    const change = (id: string, payload: object) =>
      server.browse({ method: 'PATCH', url: `/api/v1/users/${id}`, headers: { cookie }, payload });
    expect((await change(id, { role: 'editor' })).json().role).toBe('editor');
    expect((await me(his)).json().operations).toContain('jobs.act');
    expect((await change(id, { disabled: true })).json().disabled).toBe(true);
    expect((await me(his)).statusCode).toBe(401);
    const again = await server.browse({
      method: 'POST',
      url: '/api/v1/session',
      payload: { email: 'bert@example.com', password: PASSWORD },
    });
    expect(again.json()).toMatchObject({ code: 'sign_in_failed', detail: 'This user is disabled.' });
    expect((await change(id, { disabled: false })).statusCode).toBe(200);
    expect((await me(his)).statusCode).toBe(401);
    expect((await me(await signIn(server, 'bert@example.com'))).statusCode).toBe(200);
  });

  test('one administrator always remains, even if a token or two administrators make the changes', async () => {
    await setUp(server);
    const cookie = await signIn(server);
    const { user } = (await me(cookie)).json();
    const change = (id: string, payload: object, headers: Record<string, string>) =>
      server.browse({ method: 'PATCH', url: `/api/v1/users/${id}`, headers, payload });
    // Nobody can remove their own administrator role, and no token can remove the last one.
    const token: Record<string, string> = { authorization: `Bearer ${tokens.administrator}` };
    for (const headers of [{ cookie }, token]) {
      for (const payload of [{ role: 'viewer' }, { disabled: true }]) {
        const answer = await change(user.id, payload, headers);
        expect(answer.json()).toMatchObject({ code: 'action_not_allowed', status: 409 });
      }
    }
    expect((await me(cookie)).json().role).toBe('administrator');

    const other = { name: 'Bert Braun', email: 'bert@example.com', role: 'administrator' } as const;
    const id = await join(server, cookie, other);
    const his = await signIn(server, 'bert@example.com');
    const answers = await Promise.all([
      change(id, { role: 'viewer' }, { cookie }),
      change(user.id, { role: 'viewer' }, { cookie: his }),
    ]);
    expect(answers.map(({ statusCode }) => statusCode)).not.toEqual([200, 200]);
    const roles = [(await me(cookie)).json().role, (await me(his)).json().role];
    expect(roles).toContain('administrator');
  });

  test('nobody removes the last administrator or themselves, and a removed user is signed out', async () => {
    await setUp(server);
    const cookie = await signIn(server);
    const { user } = (await me(cookie)).json();
    const remove = (id: string, headers: Record<string, string>) =>
      server.browse({ method: 'DELETE', url: `/api/v1/users/${id}`, headers });
    const token: Record<string, string> = { authorization: `Bearer ${tokens.administrator}` };
    for (const headers of [{ cookie }, token]) {
      expect((await remove(user.id, headers)).json()).toMatchObject({
        code: 'action_not_allowed',
        status: 409,
      });
    }
    expect((await me(cookie)).statusCode).toBe(200);
    const id = await join(server, cookie, { name: 'Bert Braun', email: 'bert@example.com', role: 'viewer' });
    const his = await signIn(server, 'bert@example.com');
    expect((await remove(id, { cookie: his })).statusCode).toBe(403);
    expect((await remove(id, { cookie })).json()).toEqual({ name: 'former user 1', channels: [] });
    expect((await me(his)).statusCode).toBe(401);
  });

  test('only an administrator who can sign in counts as the last one', async () => {
    await setUp(server);
    const cookie = await signIn(server);
    const { user } = (await me(cookie)).json();
    const token = { authorization: `Bearer ${tokens.administrator}` };
    const change = (id: string, payload: object) =>
      server.browse({ method: 'PATCH', url: `/api/v1/users/${id}`, headers: token, payload });
    const invited = await server.browse({
      method: 'POST',
      url: '/api/v1/users',
      headers: token,
      payload: { name: 'Bert Braun', email: 'bert@example.com', role: 'administrator' },
    });
    const { user: bert, link } = invited.json();
    for (const payload of [{ role: 'editor' }, { disabled: true }]) {
      const answer = await change(user.id, payload);
      expect(answer.json()).toMatchObject({ code: 'action_not_allowed', status: 409 });
    }
    // An administrator who cannot sign in may be removed, because this changes nothing for the others.
    expect((await change(bert.id, { disabled: true })).statusCode).toBe(200);
    expect((await change(bert.id, { disabled: false })).statusCode).toBe(200);
    await server.browse({
      method: 'POST',
      url: '/api/v1/invitations/accept',
      payload: { token: link.split('#')[1], password: PASSWORD },
    });
    expect((await change(user.id, { disabled: true })).statusCode).toBe(200);
    expect((await change(bert.id, { disabled: true })).statusCode).toBe(409);
  });

  test('a change of one’s password needs the old one and ends other sessions', async () => {
    await setUp(server);
    const [here, there] = [await signIn(server), await signIn(server)];
    const change = (current_password: string) =>
      server.browse({
        method: 'POST',
        url: '/api/v1/me/password',
        headers: { cookie: here },
        payload: { current_password, new_password: 'another long password' },
      });
    expect((await change('not the password')).json().errors).toMatchObject([
      { path: 'current_password', message: 'The current password is wrong.' },
    ]);
    const changed = await change(PASSWORD);
    expect(changed.statusCode).toBe(204);
    expect((await me(there)).statusCode).toBe(401);
    expect((await me(cookieOf(changed))).statusCode).toBe(200);
    expect((await me(await signIn(server, 'aiko@example.com', 'another long password'))).statusCode).toBe(200);
  });

  test('over https the cookies are Secure', async () => {
    await setUp(server);
    const secure = await testServer(current.database, service, { publicUrl: 'https://lineup.example.com' });
    const answer = await secure.app.inject({
      method: 'POST',
      url: '/api/v1/session',
      headers: { host: 'lineup.example.com', origin: 'https://lineup.example.com' },
      payload: { email: 'aiko@example.com', password: PASSWORD },
    });
    expect(answer.statusCode).toBe(200);
    expect(String(answer.headers['set-cookie'])).toMatch(/__Secure-lineup\.session_token=.*Secure/);
    const who = await secure.app.inject({ url: '/api/v1/me', headers: { cookie: cookieOf(answer) } });
    expect(who.statusCode).toBe(200);
    await secure.app.close();
  });

  test('the log holds no password, token, session or address', async () => {
    await setUp(server);
    const cookie = await signIn(server);
    await me(cookie);
    await server.browse({
      method: 'GET',
      url: '/api/v1/me?token=lineup_in-the-address',
      headers: { cookie },
    });
    const lines = server
      .log()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const asked = lines.filter(({ req }) => req?.path === '/api/v1/me');
    expect(asked).toHaveLength(2);
    expect(asked[0]).toMatchObject({ msg: 'Answered', res: { status: 200 }, by: expect.any(String) });
    for (const secret of [PASSWORD, cookie.split('=')[1]!.slice(0, 20), 'in-the-address']) {
      expect(server.log()).not.toContain(secret);
    }
    expect(server.log()).not.toContain('aiko@example.com');
  });
});
