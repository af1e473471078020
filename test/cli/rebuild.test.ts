/** A lost installation, rebuilt from its configuration file beside the same LINE. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { startBigQuerySimulator } from '../../simulators/bigquery/index.ts';
import { startLyticsSimulator } from '../../simulators/lytics/index.ts';
import { startS3Simulator } from '../../simulators/s3/index.ts';
import { sampleBucket } from '../../simulators/s3/sample.ts';
import { startSnowflakeSimulator } from '../../simulators/snowflake/index.ts';
import type { DemoSource } from '../../src/cli/demo/sources.ts';
import type { JobView } from '../../src/contracts/jobs.ts';
import { newChannel } from '../../src/contracts/notifications.ts';
import { newSuppressionList } from '../../src/domain/audiences/suppression-lists.ts';
import { variableOf } from '../../src/plan/reference.ts';
import { members } from '../support/cli.ts';
import type { TestDatabase } from '../support/databases.ts';
import { needsPostgres } from '../support/postgres.ts';
import { webReceiver } from '../support/receivers.ts';
import { aiko, aNewJob, SECRET_KEY } from '../support/service.ts';
import { until } from '../support/service-bench.ts';
import { type Serving, serving } from '../support/serving.ts';

const atRest = ({ status }: JobView) => status !== 'runnable';

test('jobs adopt the audiences that they had, in their order, also those of further identifiers', async () => {
  const lost = await serving();
  const source = lost.write('vip.csv', 'email,mobile\na@example.com,0312345678\nb@example.com,0312345679\n');
  const phones = {
    identifier_type: 'phone',
    id_field: 'mobile',
    audience_name: 'Phones',
    default_country: 'JP',
  };
  const made = [
    await lost.createJob({ segment_id: source, siblings: [phones] }, 'Two identifiers'),
    await lost.createJob({ segment_id: lost.write('more.csv', members(5).csv), audience_name: 'More' }, 'A'),
    await lost.createJob({ segment_id: source, audience_name: 'Third' }, 'Between'),
  ];
  for (const { id } of made) await lost.waitForJob(id, atRest);
  await lost.lineup(['export-config', '--out', 'written.yaml']);
  const written = readFileSync(join(lost.directory, 'written.yaml'), 'utf8');
  const audiencesAtLine = () => lost.simulator.inspect().audiences.map(({ id, name }) => [id, name]);
  const audiences = audiencesAtLine();
  const own = audiences.filter(([, name]) => ['VIP', 'Phones', 'More', 'Third'].includes(name!));
  expect(own).toHaveLength(4);

  const young = await serving({ sameLine: lost.simulator });
  await young.service.settings.write('files', { roots: [join(lost.directory, 'members')] }, aiko);
  const file = join(young.directory, 'lineup.yaml');
  writeFileSync(file, written);
  const environment = {
    MAIN_ACCOUNT_ACCESS_KEY: lost.simulator.keys[0]!.accessKey,
    MAIN_ACCOUNT_SECRET_KEY: SECRET_KEY,
  };
  const applied = await young.lineup(['apply', file, '--yes'], { environment });
  expect([applied.code, applied.stderr]).toEqual([0, expect.stringContaining('done: + create job "Between"')]);
  for (const [id, name] of own) {
    expect(applied.stdout).toContain(`audience ${id} "${name}" is adopted: the first run replaces its members`);
  }
  const { items } = await young.service.jobs.list({ limit: 9 });
  for (const { id } of items) {
    expect((await young.waitForJob(id, atRest)).last_run).toMatchObject({ status: 'succeeded' });
  }
  expect(audiencesAtLine()).toEqual(audiences);
  await young.lineup(['export-config', '--out', 'again.yaml']);
  expect(readFileSync(join(young.directory, 'again.yaml'), 'utf8')).toBe(written);
  expect((await young.lineup(['diff', file])).code).toBe(0);

  // The id of another audience is reported at its line, and nothing is changed.
  writeFileSync(file, written.replace(`"${own.find(([, name]) => name === 'VIP')?.[0]}"`, '"424242"'));
  const other = await young.lineup(['diff', file]);
  expect([other.code, other.stderr]).toEqual([
    2,
    expect.stringMatching(
      /lineup\.yaml:\d+:\d+ jobs\[0\]\.configuration\.audience_id: In the service, the job "Two identifiers" fills the audience \d+\. Write that id/,
    ),
  ]);
}, 240_000);

const hidden = ['token', 'secret_access_key', 'service_account_key', 'private_key', 'connection_url'];

const whole = { ...needsPostgres, timeout: 400_000 };

/** Every kind of source that a test can have, the configuration of its authorization, and an audience of it. */
async function allSources(database: TestDatabase) {
  const lytics = await startLyticsSimulator({ members: 300 });
  onTestFinished(() => lytics.close());
  const s3 = await startS3Simulator();
  onTestFinished(() => s3.close());
  const bigquery = await startBigQuerySimulator({ members: 50 });
  onTestFinished(() => bigquery.close());
  const snowflake = await startSnowflakeSimulator({ members: 30 });
  onTestFinished(() => snowflake.close());
  const { connection } = database.database;
  if (connection.kind !== 'postgres') throw new Error('expected a server');
  const connection_url = connection.url.reveal();
  const client = new pg.Client({ connectionString: connection_url });
  await client.connect();
  onTestFinished(() => client.end());
  await client.query(`create schema crm; create table crm.members (email text);
    insert into crm.members values ('a@example.com'), ('b@example.com')`);
  const found: (Pick<DemoSource, 'provider' | 'method' | 'label' | 'configuration' | 'audience'> & {
    id_field?: string;
  })[] = [
    {
      provider: 'lytics',
      method: 'lytics_api_token',
      label: 'Lytics',
      configuration: { token: lytics.token, origin: lytics.origin },
      audience: lytics.segmentId('all_members'),
    },
    {
      provider: 's3',
      method: 's3_access_key',
      label: 'Daily exports (S3)',
      configuration: {
        access_key_id: s3.keys.accessKeyId,
        secret_access_key: s3.keys.secretAccessKey,
        region: s3.region,
        endpoint: s3.endpoint,
        bucket: sampleBucket,
      },
      audience: `newest:s3://${sampleBucket}/daily/*.csv.gz`,
    },
    {
      provider: 'bigquery',
      method: 'bigquery_service_account_key',
      label: 'Warehouse',
      configuration: { service_account_key: bigquery.credentials, endpoint: bigquery.origin },
      audience: 'SELECT email FROM crm.members',
    },
    {
      provider: 'snowflake',
      method: 'snowflake_key_pair',
      label: 'Shop (Snowflake)',
      configuration: {
        account: snowflake.account,
        user: snowflake.user,
        private_key: snowflake.privateKey,
        database: snowflake.database,
        origin: snowflake.origin,
      },
      audience: 'SELECT EMAIL FROM SHOP.CRM.MEMBERS',
      id_field: 'EMAIL',
    },
    {
      provider: 'postgresql',
      method: 'postgresql_connection_url',
      label: 'CRM',
      configuration: { connection_url },
      audience: 'crm.members',
    },
  ];
  const socket = new URL(connection_url).searchParams.get('host');
  const hosts = [...new Set(['127.0.0.1', 'localhost', ...(socket ? [socket] : [])])];
  return { sources: found, hosts };
}

/** The variables of a written file with the values that its authorizations and channels had. */
function environmentOf(
  text: string,
  values: Readonly<Record<string, Record<string, unknown>>>,
): Record<string, string> {
  const { authorizations, notification_channels } = parse(text) as Record<
    string,
    { label: string; configuration: Record<string, unknown> }[]
  >;
  const entries = [...authorizations!, ...notification_channels!].flatMap(({ label, configuration }) =>
    Object.entries(configuration).flatMap(([key, value]) => {
      const variable = typeof value === 'string' ? variableOf(value) : undefined;
      return variable === undefined ? [] : [[variable, String(values[label]?.[key])]];
    }),
  );
  return Object.fromEntries(entries);
}

test('a whole installation is rebuilt from its file: every source, list, setting and channel', whole, async () => {
  const lost = await serving();
  const { service } = lost;
  const { sources, hosts } = await allSources(lost.database);
  const receiver = await webReceiver();
  const folderOf = (name: string, count: number) => lost.write(name, members(count).csv);
  const vip = lost.write(
    'vip.csv',
    'email,mobile\na@example.com,0312345678\nb@example.com,0312345679\nc@example.com,0312345670\n',
  );
  await service.settings.write('network', { internal_hosts: hosts }, aiko);
  await service.settings.write('retention', { runs_days: 90, audit_days: 500 }, aiko);
  await service.settings.write('appearance', { language: 'ja', time_zone: 'Asia/Tokyo' }, aiko);
  await service.settings.write('alerts', { late: { action: 'warn', minutes: 90 } }, aiko);
  const values: Record<string, Record<string, unknown>> = {
    'Main account': { access_key: lost.simulator.keys[0]!.accessKey, secret_key: SECRET_KEY },
  };
  const signing_key = `whsec_${'B'.repeat(32)}`;
  const mail = {
    host: '127.0.0.1',
    port: 2525,
    security: 'none' as const,
    from: 'lineup@example.com',
    to: ['ops@example.com'],
  };
  const channels = [
    { kind: 'webhook', label: 'Hook', configuration: { url: receiver.url, signing_key } },
    {
      kind: 'slack',
      label: 'Chat',
      configuration: { url: receiver.url },
      language: 'th',
      events: ['job_failed'],
    },
    {
      kind: 'email',
      label: 'Mail',
      configuration: { ...mail, user: 'ops', password: 'an invented password' },
    },
  ];
  for (const channel of channels) {
    await service.notifications.create(newChannel.parse(channel), aiko);
    values[channel.label] = channel.configuration;
  }
  for (const { segment_id, name, applies_to } of [
    { name: 'Opted out', segment_id: folderOf('out.csv', 1), applies_to: 'all_jobs' },
    { name: 'Buyers', segment_id: folderOf('buyers.csv', 2), applies_to: 'chosen_jobs' },
  ]) {
    const list = newSuppressionList.parse({ name, segment_id, applies_to, fields: { email: 'email' } });
    await service.suppressionLists.create(list, aiko);
  }
  const buyers = (await service.suppressionLists.list()).find(({ name }) => name === 'Buyers')!.id;
  const phones = {
    identifier_type: 'phone',
    id_field: 'mobile',
    audience_name: 'Phones',
    default_country: 'JP',
  };
  await lost.createJob(
    { segment_id: vip, siblings: [phones], alerts: { slow: { action: 'warn', minutes: 9 } } },
    'Siblings',
  );
  const held = { hold_out: { share: 10, experiment: 'spring' }, suppression_lists: [buyers] };
  await lost.createJob({ segment_id: folderOf('held.csv', 60), audience_name: 'Held out', ...held }, 'Held out');
  const cron = { run_frequency: 'custom', time_of_day: null, cron_expressions: ['30 6 * * MON-FRI'] };
  await lost.createJob({ segment_id: folderOf('cron.csv', 9), audience_name: 'Cron', ...cron }, 'Cron');
  // Its audience must not change until somebody resumes it.
  const waiting = aNewJob(lost.authorizationId, { segment_id: vip, audience_name: 'Paused' });
  await service.jobs.create({ ...waiting, name: 'Paused', paused: true }, aiko);
  for (const { audience, id_field = 'email', ...input } of sources) {
    const { provider, method, label, configuration } = input;
    const made = await service.authorizations.create({ provider, method, label, configuration, description: '' }, aiko);
    values[label] = configuration;
    const job = aNewJob(lost.authorizationId, { segment_id: audience, audience_name: label, id_field });
    await service.jobs.create({ ...job, name: label, source_authorization_id: made.value.id }, aiko);
  }
  const settled = async ({ service: { jobs } }: Serving) =>
    until(
      async () => (await jobs.list({ limit: 50 })).items,
      (all) => all.every(atRest),
      300_000,
    );
  const before = await settled(lost);
  expect(before.map(({ name, last_run }) => [name, last_run?.status, last_run?.error?.message])).toEqual(
    before.map(({ name }) => [name, name === 'Paused' ? 'interrupted' : 'succeeded', undefined]),
  );
  const audiences = ({ audience_id, sibling_audience_ids, name }: JobView) => [
    name,
    audience_id,
    ...sibling_audience_ids,
  ];

  const written = await exported(lost);
  for (const secret of [
    SECRET_KEY,
    signing_key,
    receiver.url,
    'an invented password',
    ...sources.flatMap(({ configuration }) => hidden.flatMap((key) => configuration[key] ?? [])),
  ]) {
    expect(written).not.toContain(secret);
  }
  const young = await serving({ sameLine: lost.simulator, empty: true });
  const file = join(young.directory, 'lineup.yaml');
  writeFileSync(file, written);
  const asEditor = await young.lineup(['apply', file, '--yes']);
  expect([asEditor.code, asEditor.stderr]).toEqual([
    2,
    expect.stringMatching(
      /lineup\.yaml:\d+:\d+ settings: Only an administrator may see and change settings and notification_channels/,
    ),
  ]);
  const LINEUP_TOKEN = await young.token('administrator');
  const applied = await young.lineup(['apply', file, '--yes'], {
    environment: { LINEUP_TOKEN, ...environmentOf(written, values) },
  });
  expect([applied.code, applied.stderr]).toEqual([0, expect.stringContaining('done: + create job "CRM"')]);
  const after = await settled(young);
  expect(after.map(audiences)).toEqual(before.map(audiences));
  expect(after.map(({ name, last_run }) => [name, last_run?.status])).toEqual(
    before.map(({ name, last_run }) => [name, last_run?.status]),
  );
  const same = await young.lineup(['diff', file], { environment: { LINEUP_TOKEN } });
  expect([same.code, same.stdout]).toEqual([0, expect.stringContaining('No changes.')]);
  expect(await exported(young)).toBe(written);

  writeFileSync(file, written.replace('paused: true', 'paused: false'));
  const resumed = await young.lineup(['apply', file, '--yes'], { environment: { LINEUP_TOKEN } });
  expect([resumed.code, resumed.stdout]).toEqual([0, expect.stringContaining('    paused: true → false')]);
  const [last] = (await settled(young)).filter(({ name }) => name === 'Paused');
  expect([last?.status, last?.last_run?.status]).toEqual(['sleeping', 'succeeded']);
  writeFileSync(file, written);
  expect((await young.lineup(['apply', file, '--yes'], { environment: { LINEUP_TOKEN } })).code).toBe(0);
  expect((await young.service.jobs.get(last!.id)).status).toBe('paused');
});

async function exported(service: Serving): Promise<string> {
  await service.lineup(['export-config', '--out', 'written.yaml'], {
    environment: { LINEUP_TOKEN: await service.token('administrator') },
  });
  return readFileSync(join(service.directory, 'written.yaml'), 'utf8');
}
