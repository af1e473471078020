/** A job of LY Ads whose consent ends: it waits for a person, who is told, and goes on after *Connect again*. */
import { expect, onTestFinished, test } from 'vitest';
import { startLyAdsSimulator } from '../../simulators/ly-ads/index.ts';
import { newJob } from '../../src/contracts/jobs.ts';
import { aiko, quietTime } from '../support/service.ts';
import { serviceBench } from '../support/service-bench.ts';

const HOUR = 3_600_000;
const signal = () => AbortSignal.timeout(60_000);

test('a refused refresh makes its job wait and tells people, and a new consent wakes it', async () => {
  const lyAds = await startLyAdsSimulator({ jobMs: 0, reachMs: 0, rateToleranceMs: 500 });
  onTestFinished(() => lyAds.close());
  const bench = await serviceBench({ lyAdsUrl: lyAds.url });
  const { authorizations, consents, jobs } = bench.service;
  const { clientId, clientSecret } = lyAds.client;
  const { value } = await authorizations.create(
    {
      provider: 'ly_ads',
      method: 'ly_ads_application',
      label: 'LY main',
      description: '',
      configuration: {
        client_id: clientId,
        client_secret: clientSecret,
        base_account_id: '',
        column_headings: 'write',
      },
    },
    aiko,
  );
  const { id } = value;
  const connect = async () => {
    const { revision } = await authorizations.get(id);
    await consents.begin(id, { revision, by: 'code', replace_identity: false }, aiko, false);
    await consents.enterCode(id, lyAds.code(), aiko);
  };
  await connect();
  const { revision, connection } = await authorizations.get(id);
  await consents.chooseBaseAccount(id, { revision, account_id: '1001' }, aiko, signal());
  expect((await authorizations.get(id)).health).toBe('healthy');

  const people = Array.from({ length: 120 }, (_, n) => `person${n}@example.com`);
  const source = bench.write('members.csv', ['email', ...people, ''].join('\n'));
  const job = newJob.parse({
    name: 'LY members',
    type: 'ly_ads_audience_export',
    authorization_id: id,
    configuration: {
      segment_id: source,
      id_field: 'email',
      adaccount_id: '1011',
      audience_name: 'Members',
      identifier_type: 'email',
      member_days: 30,
      run_frequency: 'daily',
      time_of_day: quietTime(),
      timezone: 'Asia/Tokyo',
    },
  });
  const made = (await jobs.create(job, aiko)).value;
  await bench.waitForJob(made.id, ({ condition }) => condition === 'scheduled', 60_000);
  // The Business ID was suspended, because nobody used it.
  await fetch(`${lyAds.adminUrl}/business-ids/BIZ0001/delete-tokens`, { method: 'POST' });
  await jobs.act(made.id, 'run_now', aiko);
  const waiting = await bench.waitForJob(made.id, ({ condition }) => condition === 'waiting', 60_000);
  expect(waiting.error).toMatchObject({ code: 'line_unauthorized' });
  expect(await authorizations.get(id)).toMatchObject({ health: 'unhealthy', revision: revision + 1 });
  // Only a person can help: neither a further run nor a check asks LY again, and nobody is told twice.
  const refreshes = () => lyAds.inspect().requests.filter(({ grantType }) => grantType === 'refresh_token').length;
  const asked = refreshes();
  await jobs.act(made.id, 'run_now', aiko);
  await bench.waitForJob(made.id, ({ condition }) => condition === 'waiting', 60_000);
  expect((await authorizations.verify(id, {}, aiko, signal())).health).toBe('unhealthy');
  expect(refreshes()).toBe(asked);
  const told = (await bench.published()).map(({ type }) => type);
  expect(told.filter((type) => type === 'authorization_unhealthy')).toHaveLength(1);
  expect(told.filter((type) => type === 'job_waiting')).toHaveLength(1);

  await connect();
  const done = await bench.waitForJob(made.id, ({ condition }) => condition === 'scheduled', 60_000);
  expect(done.error).toBeNull();
  const now = await authorizations.get(id);
  expect(now).toMatchObject({ health: 'healthy', connection: { connected: true, identity: connection?.identity } });
  // A refresh is no edit.
  lyAds.advance(HOUR);
  bench.clock.advance(HOUR);
  await authorizations.verify(id, {}, aiko, signal());
  const refreshed = await authorizations.get(id);
  expect(refreshed.revision).toBe(now.revision);
  expect(Date.parse(refreshed.connection?.refreshed_at ?? '')).toBeGreaterThan(
    Date.parse(now.connection?.refreshed_at ?? ''),
  );

  // A person ends the connection: the tokens are gone at once, and the job waits for a new consent.
  await consents.disconnect(id, aiko);
  const { db } = bench.running.database;
  expect(await db.selectFrom('authorization_tokens').selectAll().execute()).toEqual([]);
  expect(await authorizations.get(id)).toMatchObject({
    revision: now.revision,
    health: 'unknown',
    health_reason: expect.stringContaining('was disconnected'),
    connection: { connected: false, by: null, identity: null, account: { id: '1001' } },
  });
  const [entry] = (await bench.service.auditLog.list({ subject_id: id, limit: 1 })).items;
  expect(entry).toMatchObject({
    action: 'authorization.disconnect',
    detail: { label: 'LY main', identity: 'BIZ0001' },
  });
  await expect(consents.disconnect(id, aiko)).rejects.toMatchObject({ code: 'action_not_allowed' });
  await jobs.act(made.id, 'run_now', aiko);
  const alone = await bench.waitForJob(made.id, ({ condition }) => condition === 'waiting', 60_000);
  expect(alone.error).toMatchObject({ message: expect.stringContaining('is not connected') });
  await connect();
  await bench.waitForJob(made.id, ({ condition }) => condition === 'scheduled', 60_000);
  expect(lyAds.inspect().violations).toEqual([]);
});
