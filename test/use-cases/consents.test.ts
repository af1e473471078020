/** Connecting an authorization in the browser: who may end what was begun, and what is stored. */
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { Authorization } from '../../src/contracts/authorizations.ts';
import type { NewConsent } from '../../src/contracts/consents.ts';
import type { Caller } from '../../src/domain/people/people.ts';
import { localized, sentence } from '../../src/domain/text/sentence.ts';
import { accountNamed, otherSide } from '../support/consenting.ts';
import { aiko } from '../support/service.ts';
import { type ServiceBench, useServiceBench } from '../support/service-bench.ts';

const signal = () => AbortSignal.timeout(60_000);
const editor: Caller = { ...aiko, role: 'editor' };
const admin: Caller = { id: 'user-2', name: 'Ben Sato', role: 'administrator' };
const MINUTE = 60_000;

const application = { client_id: 'client-1', client_secret: 'an-invented-secret-of-LY' };

const stateOf = (url: string) => new URL(url).searchParams.get('state') ?? '';

async function created({ service }: ServiceBench): Promise<Authorization> {
  const { value } = await service.authorizations.create(
    {
      provider: 'ly_ads',
      method: 'ly_ads_application',
      label: 'LY main',
      description: '',
      configuration: { ...application, base_account_id: '', column_headings: 'write' },
    },
    aiko,
  );
  return value;
}

/** Begins in the browser. @returns what comes back with the code */
async function begun({ service }: ServiceBench, { id, revision }: Authorization, change: Partial<NewConsent> = {}) {
  const input = { revision, by: 'redirect', replace_identity: false, ...change } as const;
  return stateOf((await service.consents.begin(id, input, editor, true)).url);
}

async function connected(bench: ServiceBench, code = 'code-1', change: Partial<NewConsent> = {}) {
  const authorization = await created(bench);
  const state = await begun(bench, authorization, change);
  expect(await bench.service.consents.answer({ state, code }, editor)).toEqual({
    authorizationId: authorization.id,
    outcome: 'connected',
  });
  return bench.service.authorizations.get(authorization.id);
}

const auditOf = async ({ service }: ServiceBench, id: string) =>
  (await service.auditLog.list({ subject_id: id, limit: 20 })).items.map(({ action, actor, detail }) => ({
    action,
    actor,
    detail,
  }));

describe('connecting an authorization', () => {
  const current = useServiceBench({ role: 'api', publicUrl: 'https://lineup.example.com/' });

  test('by the redirect: the token is sealed, the revision stays, and all see who has connected it', async () => {
    const side = otherSide();
    side.codes.set('code-1', 'BIZ-1');
    const bench = current();
    const authorization = await created(bench);
    expect(authorization.connection).toEqual({
      connected: false,
      by: null,
      at: null,
      identity: null,
      refreshed_at: null,
      account: null,
      redirect_uri: 'https://lineup.example.com/api/connect/callback',
    });
    const { id, revision } = authorization;
    const input = { revision, by: 'redirect', replace_identity: false } as const;
    const { url, expires_at } = await bench.service.consents.begin(id, input, editor, true);
    expect(Object.fromEntries(new URL(url).searchParams)).toEqual({
      client_id: 'client-1',
      redirect_uri: 'https://lineup.example.com/api/connect/callback',
      state: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(Date.parse(expires_at)).toBeGreaterThan(Date.now());
    const answer = { state: stateOf(url), code: 'code-1' };
    expect(await bench.service.consents.answer(answer, editor)).toEqual({ authorizationId: id, outcome: 'connected' });
    const now = await bench.service.authorizations.get(id);
    expect(now).toMatchObject({
      revision,
      health: 'unknown',
      health_reason: 'The authorization is connected. Choose its base account.',
      connection: {
        connected: true,
        by: 'Aiko Tanaka',
        at: expect.any(String),
        identity: 'BIZ-1',
        refreshed_at: expect.any(String),
      },
    });
    expect((await bench.service.authorizations.list()).find((listed) => listed.id === id)?.connection).toEqual(
      now.connection,
    );
    const { db } = bench.running.database;
    const { rows } = await sql<{ all: string }>`
      select coalesce((select json_agg(t)::text from lineup.authorization_tokens t), '')
        || coalesce((select json_agg(c)::text from lineup.consent_attempts c), '')
        || coalesce((select json_agg(l)::text from lineup.audit_log l), '') as all`.execute(db);
    expect(rows[0]?.all).toContain('BIZ-1');
    for (const secret of [stateOf(url), 'code-1', 'access-token', 'refresh-token', application.client_secret]) {
      expect(rows[0]?.all).not.toContain(secret);
    }
    expect((await auditOf(bench, id))[0]).toEqual({
      action: 'authorization.connect',
      actor: 'Aiko Tanaka',
      detail: { label: 'LY main', identity: 'BIZ-1' },
    });
    // What comes back works once.
    side.codes.set('code-1', 'BIZ-1');
    expect(await bench.service.consents.answer(answer, editor)).toEqual({ authorizationId: null, outcome: 'expired' });
  });

  test('nobody ends what another person has begun, and nobody without a session or the right', async () => {
    const side = otherSide();
    side.codes.set('code-1', 'BIZ-1');
    const bench = current();
    const { consents, authorizations } = bench.service;
    const authorization = await created(bench);
    const state = await begun(bench, authorization);
    const end = async (person: Caller | undefined) =>
      (await consents.answer({ state, code: 'code-1' }, person)).outcome;
    expect(await end(admin)).toBe('other_person');
    expect(await end(undefined)).toBe('signed_out');
    expect(await end({ ...editor, role: 'viewer' })).toBe('other_person');
    expect(side.asked).toEqual([]);
    expect((await authorizations.get(authorization.id)).connection?.connected).toBe(false);
    // A code that somebody else enters is not theirs either.
    const code = { revision: authorization.revision, by: 'code', replace_identity: false } as const;
    await consents.begin(authorization.id, code, editor, false);
    await expect(consents.enterCode(authorization.id, 'code-1', admin)).rejects.toMatchObject({
      code: 'consent_expired',
    });
    expect(side.asked).toEqual([]);
  });

  test('an answer too late, a second beginning and an unknown state connect nothing', async () => {
    const side = otherSide();
    side.codes.set('code-1', 'BIZ-1');
    const bench = current();
    const { consents } = bench.service;
    const authorization = await created(bench);
    const first = await begun(bench, authorization);
    const second = await begun(bench, authorization);
    const outcomeOf = async (state: string) => (await consents.answer({ state, code: 'code-1' }, editor)).outcome;
    expect(await outcomeOf(first)).toBe('expired');
    expect(await outcomeOf('a-guess')).toBe('expired');
    bench.clock.advance(31 * MINUTE);
    expect(await outcomeOf(second)).toBe('expired');
    expect(side.asked).toEqual([]);
  });

  test('other credentials between the beginning and the answer connect nothing, also while the code is exchanged', async () => {
    const side = otherSide();
    side.codes.set('code-1', 'BIZ-1').set('code-2', 'BIZ-1');
    const bench = current();
    const { consents, authorizations } = bench.service;
    const authorization = await created(bench);
    const { id } = authorization;
    const replace = (revision: number, client_id: string) =>
      authorizations.change(id, revision, { configuration: { ...application, client_id } }, admin, admin.role);
    const state = await begun(bench, authorization);
    const changed = await replace(authorization.revision, 'client-2');
    expect((await consents.answer({ state, code: 'code-1' }, editor)).outcome).toBe('changed');
    expect(side.asked).toEqual([]);
    const later = await begun(bench, changed);
    side.during = async () => void (await replace(changed.revision, 'client-3'));
    expect((await consents.answer({ state: later, code: 'code-2' }, editor)).outcome).toBe('changed');
    expect((await authorizations.get(id)).connection).toMatchObject({ connected: false, identity: null });
  });

  test('another Business ID replaces the one of before only when that was asked for', async () => {
    const side = otherSide();
    side.codes.set('code-1', 'BIZ-1').set('code-2', 'BIZ-2').set('code-3', 'BIZ-2').set('code-4', 'BIZ-2');
    const bench = current();
    const { consents, authorizations } = bench.service;
    const before = await connected(bench);
    const again = await begun(bench, before);
    expect((await consents.answer({ state: again, code: 'code-2' }, editor)).outcome).toBe('identity');
    expect((await authorizations.get(before.id)).connection).toEqual(before.connection);
    const byCode = { revision: before.revision, by: 'code', replace_identity: false } as const;
    await consents.begin(before.id, byCode, admin, false);
    await expect(consents.enterCode(before.id, 'code-3', admin)).rejects.toMatchObject({
      code: 'consent_of_another',
      message: expect.stringContaining('BIZ-2'),
    });
    // Nor when other credentials make the consent of before worthless.
    const state = await begun(bench, before, { replace_identity: true });
    expect((await consents.answer({ state, code: 'code-4' }, editor)).outcome).toBe('connected');
    expect((await authorizations.get(before.id)).connection).toMatchObject({ identity: 'BIZ-2' });
    expect((await auditOf(bench, before.id))[0]?.detail).toMatchObject({ identity: 'BIZ-2', before: 'BIZ-1' });
  });

  test('a refusal of the person, and one of the destination, are told apart', async () => {
    otherSide();
    const bench = current();
    const { consents } = bench.service;
    const authorization = await created(bench);
    const outcomeOf = async (answer: { code?: string; error?: string }) =>
      (await consents.answer({ state: await begun(bench, authorization), ...answer }, editor)).outcome;
    expect(await outcomeOf({ error: 'access_denied' })).toBe('denied');
    expect(await outcomeOf({ error: 'server_error' })).toBe('refused');
    expect(await outcomeOf({ error: 'access_denied', code: 'code-1' })).toBe('denied');
    expect(await outcomeOf({ code: 'unknown' })).toBe('refused');
    expect(bench.events.at(-1)).toMatchObject({ event: 'authorization.connect_failed' });
  });

  test('a code that was mistyped may be entered again, but not without end', async () => {
    const side = otherSide();
    side.codes.set('code-1', 'BIZ-1').set('code-2', 'BIZ-1');
    const bench = current();
    const { consents, authorizations } = bench.service;
    const { id, revision } = await created(bench);
    const begin = () => consents.begin(id, { revision, by: 'code', replace_identity: false }, editor, false);
    expect(new URL((await begin()).url).searchParams.get('redirect_uri')).toBe('oob');
    await expect(consents.enterCode(id, 'mistyped', editor)).rejects.toMatchObject({ code: 'line_unauthorized' });
    await consents.enterCode(id, 'code-1', editor);
    expect((await authorizations.get(id)).connection).toMatchObject({ connected: true, identity: 'BIZ-1' });
    await expect(consents.enterCode(id, 'code-2', editor)).rejects.toMatchObject({ code: 'consent_expired' });
    await begin();
    for (let tries = 0; tries < 10; tries += 1) {
      await expect(consents.enterCode(id, 'mistyped', editor)).rejects.toMatchObject({ code: 'line_unauthorized' });
    }
    await expect(consents.enterCode(id, 'code-2', editor)).rejects.toMatchObject({ code: 'consent_expired' });
  });

  test('the base account comes from the list, survives a new secret, and not another application', async () => {
    const side = otherSide();
    side.codes.set('code-1', 'BIZ-1').set('code-2', 'BIZ-1');
    const unusable = sentence`Your right to this account is only to read.`;
    side.accounts.push(accountNamed('1003', 'Read only', { unusable }));
    const bench = current();
    const { consents, authorizations } = bench.service;
    const { id, revision } = await connected(bench);
    expect(await consents.baseAccounts(id, signal())).toEqual([
      { id: '1001', name: 'Example Store', is_manager: false, problem: null },
      { id: '1002', name: 'Example Group', is_manager: true, problem: null },
      { id: '1003', name: 'Read only', is_manager: false, problem: localized(unusable) },
    ]);
    const choose = (account_id: string, seen = revision) =>
      consents.chooseBaseAccount(id, { revision: seen, account_id }, editor, signal());
    await expect(choose('9999')).rejects.toMatchObject({ fields: [{ path: 'account_id' }] });
    await expect(choose('1003')).rejects.toMatchObject({ fields: [{ path: 'account_id' }] });
    await choose('1002');
    const chosen = await authorizations.get(id);
    expect(chosen).toMatchObject({
      revision: revision + 1,
      health: 'healthy',
      connection: { connected: true, account: { id: '1002', name: 'Example Group' } },
    });
    await expect(choose('1001')).rejects.toMatchObject({ code: 'changed_meanwhile' });
    expect((await auditOf(bench, id))[0]).toMatchObject({
      action: 'authorization.choose_account',
      detail: { account_id: '1002', before: null },
    });
    const replace = async (change: Record<string, string>) =>
      authorizations.change(
        id,
        (await authorizations.get(id)).revision,
        { configuration: { ...application, ...change } },
        admin,
        admin.role,
      );
    expect((await replace({ client_secret: 'a-newer-secret' })).connection).toMatchObject({
      connected: true,
      account: { id: '1002', name: 'Example Group' },
    });
    expect((await replace({ client_id: 'client-2' })).connection).toMatchObject({ connected: false, account: null });
  });

  test('a verification asks for the consent, and says what a person must do', async () => {
    const side = otherSide();
    side.codes.set('code-1', 'BIZ-1').set('code-2', 'BIZ-1');
    const bench = current();
    const { consents, authorizations } = bench.service;
    const unconnected = await created(bench);
    const first = await authorizations.verify(unconnected.id, {}, editor, signal());
    expect(first).toMatchObject({ health: 'unknown', checks: [{ name: 'key', ok: false }] });
    expect((await bench.published()).filter((event) => event.type === 'authorization_unhealthy')).toEqual([]);
    const { id, revision } = await connected(bench);
    await consents.chooseBaseAccount(id, { revision, account_id: '1001' }, editor, signal());
    expect(await authorizations.verify(id, {}, editor, signal())).toMatchObject({
      health: 'healthy',
      checks: [{ name: 'key', ok: true }],
    });
    side.accounts = side.accounts.filter((account) => account.id !== '1001');
    expect(await authorizations.verify(id, {}, editor, signal())).toMatchObject({
      health: 'unhealthy',
      checks: [
        { name: 'key', ok: true },
        { name: 'base_account', ok: false },
      ],
    });
    side.revoke();
    bench.clock.advance(3_600_000);
    expect((await authorizations.verify(id, {}, editor, signal())).health).toBe('unhealthy');
    expect(await authorizations.get(id)).toMatchObject({
      health_reason: expect.stringContaining('Connect the authorization again'),
    });
  });

  test('only a destination that asks for a consent gets one, and only a browser is sent back', async () => {
    otherSide();
    const bench = current();
    const { consents, authorizations } = bench.service;
    const line = await authorizations.get(bench.authorizationId);
    const wanted = { by: 'code', replace_identity: false } as const;
    await expect(consents.begin(line.id, { ...wanted, revision: line.revision }, editor, true)).rejects.toMatchObject({
      code: 'action_not_allowed',
    });
    const { id, revision } = await created(bench);
    await expect(
      consents.begin(id, { revision, by: 'redirect', replace_identity: false }, editor, false),
    ).rejects.toMatchObject({ code: 'action_not_allowed' });
    await expect(consents.begin(id, { ...wanted, revision: revision + 1 }, editor, true)).rejects.toMatchObject({
      code: 'changed_meanwhile',
    });
  });
});

describe('without a public address', () => {
  const current = useServiceBench({ role: 'api' });

  test('there is only the code', async () => {
    otherSide();
    const bench = current();
    const { id, revision, connection } = await created(bench);
    expect(connection?.redirect_uri).toBeNull();
    const input = { revision, by: 'redirect', replace_identity: false } as const;
    await expect(bench.service.consents.begin(id, input, editor, true)).rejects.toMatchObject({
      code: 'action_not_allowed',
    });
  });
});
