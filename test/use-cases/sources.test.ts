/** Jobs with members from BigQuery, from Lytics or from a PostgreSQL database. */
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startBigQuerySimulator } from '../../simulators/bigquery/index.ts';
import { startLyticsSimulator } from '../../simulators/lytics/index.ts';
import { sendFile, serveFiles } from '../sources/support/file-server.ts';
import { held, members, sha256 } from '../support/cli.ts';
import { needsPostgres } from '../support/postgres.ts';
import { aiko, aNewJob } from '../support/service.ts';
import { type ServiceBench, serviceBench } from '../support/service-bench.ts';

const signal = () => AbortSignal.timeout(15_000);

async function authorize(bench: ServiceBench, provider: string, method: string, configuration: Record<string, string>) {
  const input = { provider, method, label: provider, description: '', configuration };
  return (await bench.service.authorizations.create(input, aiko)).value.id;
}

/** A job on a source’s audience, after its first run. */
async function exported(bench: ServiceBench, sourceAuthorizationId: string, segment_id: string, audience_name = 'VIP') {
  const input = {
    ...aNewJob(bench.authorizationId, { segment_id, audience_name }),
    source_authorization_id: sourceAuthorizationId,
  };
  const { id } = (await bench.service.jobs.create(input, aiko)).value;
  const job = await bench.waitForJob(id, ({ status }) => status !== 'runnable');
  expect(job).toMatchObject({ status: 'sleeping', error: null });
  return job;
}

describe('sources', () => {
  test('a Lytics audience is listed, previewed and exported, even if a cursor expires', async () => {
    const lytics = await startLyticsSimulator();
    onTestFinished(() => lytics.close());
    const bench = await serviceBench();
    const id = await authorize(bench, 'lytics', 'lytics_api_token', {
      token: lytics.token,
      origin: lytics.origin,
    });
    expect((await bench.service.authorizations.verify(id, {}, aiko, signal())).health).toBe('healthy');
    expect(await bench.service.sources.list()).toMatchObject([
      { provider: 'files' },
      { authorization_id: id, provider: 'lytics' },
    ]);
    const segment = lytics.segmentId('vip');
    const first = await bench.service.sources.audiences(id, { limit: 1 }, signal());
    const rest = await bench.service.sources.audiences(id, { limit: 99, cursor: first.next! }, signal());
    expect([...first.items, ...rest.items].map((audience) => audience.id)).toContain(segment);

    lytics.addFault({ kind: 'expired' });
    const job = await exported(bench, id, segment);
    const emails = [...lytics.members('vip', 'email')].flatMap(({ email }) => (email ? [String(email)] : []));
    expect(job.last_run).toMatchObject({ scanned: [...lytics.members('vip')].length });
    const plain = emails.find((email) => /^[a-z0-9.]+@[a-z0-9.]+$/.test(email))!;
    expect(held(bench.simulator, job.audience_id!)).toContain(sha256(plain));

    const wrong = await authorize(bench, 'lytics', 'lytics_api_token', {
      token: 'no-such-token',
      origin: lytics.origin,
    });
    expect((await bench.service.authorizations.verify(wrong, {}, aiko, signal())).health).toBe('unhealthy');
  });
});

describe('BigQuery', () => {
  test('a table and a query are listed, previewed and exported, even if a stream breaks', async () => {
    const bigquery = await startBigQuerySimulator({ members: 2_000, batchRows: 100 });
    onTestFinished(() => bigquery.close());
    const bench = await serviceBench();
    const configuration = { service_account_key: bigquery.credentials, endpoint: bigquery.origin };
    const id = await authorize(bench, 'bigquery', 'bigquery_service_account_key', configuration);
    expect((await bench.service.authorizations.verify(id, {}, aiko, signal())).health).toBe('healthy');
    const { items } = await bench.service.sources.audiences(id, { limit: 2 }, signal());
    expect(items).toMatchObject([{ id: 'crm.members', size: 2_000 }, { id: 'crm.lapsed' }]);
    const query = 'SELECT email FROM crm.members LIMIT 300';
    const { notice } = await bench.service.sources.fields('editor', id, query, signal());
    expect(notice?.message).toBe('This query reads 40.0 kB, less than USD 0.01 at list price.');
    bigquery.addFault({ kind: 'broken' });
    expect((await exported(bench, id, 'crm.members')).last_run).toMatchObject({ scanned: 2_000 });
    expect((await exported(bench, id, query, 'Query')).last_run).toMatchObject({ scanned: 300 });
  });
});

describe('a scan of Lytics', () => {
  test('that fails with a temporary error continues where it was at the next attempt', {
    timeout: 120_000,
  }, async () => {
    const lytics = await startLyticsSimulator({ members: 3_000 });
    onTestFinished(() => lytics.close());
    const bench = await serviceBench();
    const { token, origin } = lytics;
    const input = {
      ...aNewJob(bench.authorizationId, { segment_id: lytics.segmentId('all_members') }),
      source_authorization_id: await authorize(bench, 'lytics', 'lytics_api_token', { token, origin }),
    };
    // Longer than any request waits.
    lytics.addFault({ kind: 'status', status: 429, retryAfter: 3_600, endpoint: 'scan', nth: 20 });
    const { id, last_run } = (await bench.service.jobs.create(input, aiko)).value;
    const failed = await bench.waitForJob(id, ({ status }) => status !== 'runnable', 50_000);
    expect(failed).toMatchObject({ status: 'sleeping', error: { code: 'source_failed' } });

    bench.clock.advance(61_000);
    const job = await bench.waitForJob(id, ({ error, status }) => !error && status === 'sleeping', 50_000);
    expect(job.last_run).toMatchObject({ id: last_run!.id, status: 'succeeded', scanned: 3_000 });
    const { items } = await bench.service.runs.events(last_run!.id, { limit: 99 });
    expect(items.map(({ event }) => event.type)).toContain('scan_continued');
    const pages = lytics.inspect().requests.filter(({ endpoint }) => endpoint === 'scan');
    expect(pages.filter(({ path }) => !path.includes('start='))).toHaveLength(1);
  });
});

describe('a URL', () => {
  test('below a root is exported, despite a broken connection and a change of the file meanwhile', async () => {
    const before = members(3_000);
    const after = members(2_000);
    // Breaks the connection in the middle of each answer. After the second answer the file changes.
    const server = await serveFiles((request, response, count) => {
      const [etag, { csv }] = count < 4 ? ['"1"', before] : ['"2"', after];
      sendFile(request, response, Buffer.from(csv), { etag, breakAfter: 40_000 });
    });
    const bench = await serviceBench();
    const url = `${server.origin}/exports/members.csv`;
    await expect(bench.createJob({ segment_id: url })).rejects.toMatchObject({
      fields: [{ path: 'configuration.segment_id', message: expect.stringContaining('open to exports') }],
    });
    const url_roots = [{ url: `${server.origin}/exports` }];
    await bench.service.settings.write('files', { url_roots }, aiko);
    await expect(bench.createJob({ segment_id: `${url}?sig=secret` })).rejects.toMatchObject({
      message: expect.not.stringContaining('secret'),
    });
    const { id } = await bench.createJob({ segment_id: url });
    const job = await bench.waitForJob(id, ({ status }) => status !== 'runnable');
    expect(job).toMatchObject({ status: 'sleeping', error: null });
    expect(job.last_run).toMatchObject({ status: 'succeeded', scanned: 2_000 });
    expect(held(bench.simulator, job.audience_id!)).toEqual(after.hashes);

    await bench.service.settings.write('files', { url_roots: [] }, aiko);
    await bench.service.jobs.act(id, 'run_now', aiko);
    const closed = await bench.waitForJob(id, ({ status }) => status !== 'runnable');
    expect(closed.error).toMatchObject({ code: 'source_not_found' });
  });
});

describe('PostgreSQL as a source', needsPostgres, () => {
  test('a table and a query are exported', async () => {
    const bench = await serviceBench();
    const { connection } = bench.database.database;
    if (connection.kind !== 'postgres') throw new Error('expected a server');
    const url = connection.url.reveal();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    onTestFinished(() => client.end());
    const { hashes } = members(20);
    await client.query(`create schema crm; create table crm.members (id int, email text);
      insert into crm.members select n, 'member' || n || '@example.com' from generate_series(1, 20) as n`);
    const id = await authorize(bench, 'postgresql', 'postgresql_connection_url', { connection_url: url });
    // Lineup’s own database, through a socket that is not on the list.
    const refused = await bench.service.authorizations.verify(id, {}, aiko, signal());
    expect(refused).toMatchObject({
      health: 'unhealthy',
      checks: [{ message: expect.stringContaining('is a Unix socket of this machine') }],
    });
    const internal_hosts = [new URL(url).searchParams.get('host') ?? ''];
    await bench.service.settings.write('network', { internal_hosts }, aiko);
    // The server’s superuser. It works, but it has far too many rights, which every health check reports.
    const superuser = expect.stringMatching(/^This user is a superuser\. .* read-only rights is safer/);
    expect(await bench.service.authorizations.verify(id, {}, aiko, signal())).toMatchObject({
      health: 'healthy',
      checks: [
        { name: 'connection', ok: true },
        { name: 'rights', ok: false, message: superuser },
      ],
    });
    expect(await bench.service.authorizations.get(id)).toMatchObject({
      health: 'healthy',
      health_reason: superuser,
    });
    const { items } = await bench.service.sources.audiences(id, { limit: 9, search: 'crm' }, signal());
    expect(items.map((audience) => audience.id)).toEqual(['crm.members']);
    const job = await exported(bench, id, 'crm.members');
    expect(held(bench.simulator, job.audience_id!)).toEqual(hashes);

    const configuration = {
      ...job.configuration,
      segment_id: 'select email from crm.members where id <= 15',
    };
    await bench.service.jobs.change(job.id, job.revision, { configuration }, aiko);
    await bench.service.jobs.act(job.id, 'run_now', aiko);
    const done = await bench.waitForJob(job.id, ({ status }) => status !== 'runnable');
    expect(done.last_run).toMatchObject({ status: 'succeeded', unique: 15 });
    await expect(
      bench.service.jobs.change(
        job.id,
        done.revision,
        { configuration: { ...configuration, segment_id: 'with x as (select 1) delete from crm.members' } },
        aiko,
      ),
    ).rejects.toMatchObject({ fields: [{ path: 'configuration.segment_id' }] });
  });
});
