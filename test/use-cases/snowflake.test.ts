/**
 * An authorization for Snowflake in the service: checked, listed and read in a reader, only where the administrator
 * allows it.
 */
import { expect, onTestFinished, test } from 'vitest';
import { startSnowflakeSimulator } from '../../simulators/snowflake/index.ts';
import { aiko, aNewJob } from '../support/service.ts';
import { serviceBench } from '../support/service-bench.ts';

const signal = () => AbortSignal.timeout(30_000);

test('the service reads tables of Snowflake by key pair', async () => {
  const snowflake = await startSnowflakeSimulator({ members: 300 });
  onTestFinished(() => snowflake.close());
  const bench = await serviceBench();
  const { authorizations, sources, settings } = bench.service;
  const configuration = {
    account: snowflake.account,
    user: snowflake.user,
    private_key: snowflake.privateKey,
    database: snowflake.database,
    origin: snowflake.origin,
  };
  const input = { provider: 'snowflake', method: 'snowflake_key_pair', label: 'Shop', description: '' };
  // Before the authorization is there: the service checks each new one by itself, too.
  await settings.write('network', { internal_hosts: [] }, aiko);
  const { value: made } = await authorizations.create({ ...input, configuration }, aiko);
  expect(JSON.stringify(made)).not.toContain('PRIVATE KEY');

  const refused = await authorizations.verify(made.id, {}, aiko, signal());
  expect(refused.checks[0]?.message).toContain('is inside this network');
  expect(snowflake.inspect().requests).toEqual([]);

  await settings.write('network', { internal_hosts: [new URL(snowflake.origin).host] }, aiko);
  expect((await authorizations.verify(made.id, {}, aiko, signal())).health).toBe('healthy');
  const { items } = await sources.audiences(made.id, { limit: 10, search: 'vip' }, signal());
  expect(items.map(({ id }) => id)).toEqual(['SHOP.CRM.VIP']);

  const job = aNewJob(bench.authorizationId, {
    segment_id: 'SELECT EMAIL FROM SHOP.CRM.MEMBERS',
    id_field: 'EMAIL',
  });
  const { value } = await bench.service.jobs.create({ ...job, source_authorization_id: made.id }, aiko);
  await bench.waitForJob(value.id, ({ last_run }) => last_run?.status === 'succeeded');
});
