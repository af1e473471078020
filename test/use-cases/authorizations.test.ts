/** Keys and ad accounts are different things: which one LINE’s answers are about, what is stored, and what is saved. */
import { describe, expect, test } from 'vitest';
import type { NewAuthorization } from '../../src/contracts/authorizations.ts';
import { members } from '../support/cli.ts';
import { aiko, SECRET_KEY } from '../support/service.ts';
import { type ServiceBench, serviceBench, until, useServiceBench } from '../support/service-bench.ts';

const signal = () => AbortSignal.timeout(60_000);
const TOGETHER = 'LINE does not accept this access key and secret key together. Check both.';

const keysOf = (bench: ServiceBench, secret_key = SECRET_KEY) => ({
  access_key: bench.simulator.keys[0]!.accessKey,
  secret_key,
});

const another = (bench: ServiceBench, change: Partial<NewAuthorization> = {}): NewAuthorization => ({
  provider: 'line_ads',
  method: 'line_ads_api_key',
  label: 'Another',
  description: '',
  configuration: keysOf(bench),
  ...change,
});

const outcomes = (checks: readonly { name: string; ok: boolean | null }[]) =>
  Object.fromEntries(checks.map(({ name, ok }) => [name, ok]));

describe('authorizations', () => {
  const current = useServiceBench({ role: 'api' });
  /** An authorization with a key that LINE accepts. */
  const made = async () => (await current().service.authorizations.create(another(current()), aiko)).value.id;

  test('a mistyped ad account leaves a valid key healthy, and only the account is reported', async () => {
    const bench = current();
    const { authorizations } = bench.service;
    const id = await made();
    const mistyped = await authorizations.verify(id, { adAccountId: 'A9' }, aiko, signal());
    expect(mistyped.health).toBe('healthy');
    expect(outcomes(mistyped.checks)).toMatchObject({ connection: true, key: true, ad_account: false });
    expect(await authorizations.get(id)).toMatchObject({
      health: 'healthy',
      health_reason: null,
      adaccount_id: null,
    });
    // An account that LINE accepts is stored, and is the default for the next check.
    await authorizations.verify(id, { adAccountId: 'A1' }, aiko, signal());
    expect((await authorizations.get(id)).adaccount_id).toBe('A1');
    const again = await authorizations.verify(id, {}, aiko, signal());
    expect(outcomes(again.checks)).toMatchObject({ key: true, ad_account: true, role: true });
    await authorizations.verify(id, { adAccountId: 'A9' }, aiko, signal());
    expect((await authorizations.get(id)).adaccount_id).toBe('A1');
  });

  test('a missing permission is a problem of the role, not of the key', async () => {
    const bench = current();
    const { authorizations } = bench.service;
    const adTech = bench.simulator.keys[1]!;
    const { value } = await authorizations.create(
      another(bench, { configuration: { access_key: adTech.accessKey, secret_key: adTech.secretKey } }),
      aiko,
    );
    const found = await authorizations.verify(value.id, { adAccountId: 'A1' }, aiko, signal());
    expect(outcomes(found.checks)).toMatchObject({ key: true, ad_account: true, role: false });
    expect(found.health).toBe('healthy');
  });

  test('a wrong secret is reported as LINE’s answer says: one of the two keys is wrong', async () => {
    const bench = current();
    const { authorizations } = bench.service;
    const input = another(bench, { configuration: keysOf(bench, 'a-wrong-one') });
    const { value } = await authorizations.create(input, aiko);
    const found = await authorizations.verify(value.id, { adAccountId: 'A1' }, aiko, signal());
    expect(outcomes(found.checks)).toMatchObject({ clock: true, key: false, ad_account: null, role: null });
    expect(await authorizations.get(value.id)).toMatchObject({
      health: 'unhealthy',
      health_reason: expect.stringContaining(TOGETHER),
    });
  });

  test('a clock that is far off says nothing about the key', async () => {
    const bench = current();
    const { authorizations } = bench.service;
    const id = await made();
    bench.simulator.configure({ clockSkewMs: 20 * 60_000 });
    const found = await authorizations.verify(id, { adAccountId: 'A1' }, aiko, signal());
    bench.simulator.configure({ clockSkewMs: 0 });
    expect(outcomes(found.checks)).toMatchObject({ clock: false, key: null, ad_account: null });
    expect(await authorizations.get(id)).toMatchObject({
      health: 'unknown',
      health_reason: expect.stringContaining('clock is 20 minutes behind'),
    });
  });

  test('a refusal without LINE’s own form says nothing about the key', async () => {
    const bench = current();
    const { authorizations } = bench.service;
    const id = await made();
    bench.simulator.addFault({ kind: 'status', status: 403, reason: 'AUTHORIZATION_FAILED' });
    const found = await authorizations.verify(id, { adAccountId: 'A1' }, aiko, signal());
    expect(outcomes(found.checks)).toMatchObject({ connection: true, key: null });
    expect((await authorizations.get(id)).health).toBe('unknown');
  });

  test('credentials are tested before they are saved, and a refusal is reported at its field', async () => {
    const bench = current();
    const { authorizations } = bench.service;
    const before = await authorizations.list();
    const wrong = another(bench, {
      configuration: keysOf(bench, 'a-wrong-one'),
      verify: 'first',
      adaccount_id: 'A1',
    });
    await expect(authorizations.create(wrong, aiko)).rejects.toMatchObject({
      code: 'authorization_not_verified',
      fields: [{ path: 'configuration.secret_key', message: expect.stringContaining(TOGETHER) }],
    });
    await expect(
      authorizations.create(another(bench, { verify: 'first', adaccount_id: 'A9' }), aiko),
    ).rejects.toMatchObject({
      code: 'authorization_not_verified',
      fields: [{ path: 'adaccount_id', message: expect.stringContaining('ACCOUNT_NOT_ALLOWED') }],
    });
    expect(await authorizations.list()).toHaveLength(before.length);

    const anyway = await authorizations.create({ ...wrong, verify: 'anyway' }, aiko);
    expect(anyway.value).toMatchObject({
      health: 'unhealthy',
      health_reason: expect.stringContaining(TOGETHER),
    });
    const right = another(bench, { label: 'Right', verify: 'first', adaccount_id: 'A1' });
    const made = await authorizations.create(right, aiko);
    expect(made.value).toMatchObject({ health: 'healthy', adaccount_id: 'A1' });
    // They cannot be tested without an ad account.
    const untried = await authorizations.create(another(bench, { verify: 'first' }), aiko);
    expect(untried.value).toMatchObject({ health: 'unknown', health_checked_at: null });
  });

  test('new credentials are tested with the known ad account', async () => {
    const bench = current();
    const { authorizations } = bench.service;
    const made = await authorizations.create(another(bench, { verify: 'first', adaccount_id: 'A1' }), aiko);
    const { id, revision } = made.value;
    const wrong = { configuration: keysOf(bench, 'a-wrong-one') };
    await expect(
      authorizations.change(id, revision, { ...wrong, verify: 'first' }, aiko, 'editor'),
    ).rejects.toMatchObject({ code: 'authorization_not_verified' });
    expect(await authorizations.get(id)).toMatchObject({ health: 'healthy', revision });
    const changed = await authorizations.change(id, revision, { ...wrong, verify: 'anyway' }, aiko, 'editor');
    expect(changed).toMatchObject({ health: 'unhealthy', revision: revision + 1 });
    const right = { configuration: keysOf(bench), verify: 'first', adaccount_id: 'A1' } as const;
    expect(await authorizations.change(id, revision + 1, right, aiko, 'editor')).toMatchObject({
      health: 'healthy',
    });
  });

  test('a source’s credentials are tested before they are saved', async () => {
    const bench = current();
    const before = await bench.service.authorizations.list();
    const input = another(bench, {
      provider: 'postgresql',
      method: 'postgresql_connection_url',
      configuration: { connection_url: 'postgres://nobody:wrong@127.0.0.1:1/none', ca_certificate: '' },
      verify: 'first',
    });
    await expect(bench.service.authorizations.create(input, aiko)).rejects.toMatchObject({
      code: 'authorization_not_verified',
      fields: [{ path: 'configuration.connection_url' }],
    });
    expect(await bench.service.authorizations.list()).toHaveLength(before.length);
  });

  test('a run whose key LINE refuses marks the key, and people get one message', async () => {
    const bench = await serviceBench();
    const { authorizations, jobs } = bench.service;
    const id = bench.authorizationId;
    const { id: jobId } = await bench.createJob({ segment_id: bench.write('vip.csv', members(5).csv) });
    await bench.waitForJob(jobId, ({ status }) => status === 'sleeping');
    const { revision } = await authorizations.get(id);
    await authorizations.change(id, revision, { configuration: keysOf(bench, 'revoked') }, aiko, 'editor');
    for (const _ of [1, 2]) {
      const before = await jobs.get(jobId);
      await jobs.act(jobId, before.actions.includes('run_now') ? 'run_now' : 'resume', aiko);
      await bench.waitForJob(
        jobId,
        ({ status, last_run }) => status !== 'runnable' && last_run?.id !== before.last_run?.id,
      );
    }
    const sick = await until(
      () => authorizations.get(id),
      ({ health }) => health !== 'unknown',
    );
    expect(sick).toMatchObject({ health: 'unhealthy', health_reason: expect.stringContaining(TOGETHER) });
    const unhealthy = async () => (await bench.published()).filter(({ type }) => type === 'authorization_unhealthy');
    await until(unhealthy, (all) => all.length > 0);
    expect(await unhealthy()).toMatchObject([{ authorizationId: id, authorizationLabel: 'Main account' }]);
  });
});
