/** A full examination of an installation: its findings, its secrecy, and that it changes nothing. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { startLineOfficialAccountSimulator } from '../../simulators/line-official-account/index.ts';
import { type Examination, examineInstallation, type Finding } from '../../src/compose/doctor.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import { initialState } from '../../src/jobs/states.ts';
import type { Database } from '../../src/store/database/database.ts';
import { migrate, readMigrations } from '../../src/store/database/migrate.ts';
import { createAuthorization } from '../../src/store/repositories/authorizations.ts';
import { createJob } from '../../src/store/repositories/jobs.ts';
import { createChannel } from '../../src/store/repositories/notification-channels.ts';
import { writeSetting } from '../../src/store/repositories/settings.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { needsPostgres } from '../support/postgres.ts';
import { aiko, aNewJob, anAuthorization, at, newKey, openBox, SECRET_KEY } from '../support/service.ts';

const [, onPostgres] = databases;

/** A web server that answers every request, with its own time. */
async function webServer({ aheadMs = 0, status = 200 } = {}): Promise<string> {
  const server = createServer((_, answer) => {
    answer.sendDate = false;
    answer.writeHead(status, { date: new Date(Date.now() + aheadMs).toUTCString() }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A port that accepts connections and never answers. */
async function silence(): Promise<number> {
  const server = createTcpServer((socket) => onTestFinished(() => void socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lineup-doctor-'));
  const made = directory;
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
});

const examineWith = (environment: Record<string, string>, limits?: object): Promise<Examination> =>
  examineInstallation(
    {
      version: '1.2.3',
      limits: { quickMs: 20_000, hostMs: 20_000, databaseMs: 30_000, ...limits },
    },
    { LINEUP_DATA_DIR: join(directory, 'data'), ...environment },
  );

const about = ({ findings }: Examination, topic: string): readonly Finding[] =>
  findings.filter((finding) => finding.topic === topic);

describe('an installation before its first start', () => {
  test('has no problems, and the examination creates no files', async () => {
    const LINE_ADS_BASE_URL = await webServer({ status: 404 });
    const seen = await examineWith({ LINE_ADS_BASE_URL });
    expect(seen.findings.filter(({ status }) => status === 'problem')).toEqual([]);
    expect(about(seen, 'Versions')[0]?.message).toMatch(/^Lineup 1\.2\.3 \(source\), Node\.js 24\./);
    expect(about(seen, 'LINE Ads API')[0]?.message).toContain('answers');
    expect(readdirSync(directory)).toEqual([]);
  });

  test('reports a clock that LINE would refuse, and hosts that do not answer', async () => {
    const far = await webServer({ aheadMs: 20 * 60_000 });
    const seen = await examineWith({
      LINE_ADS_BASE_URL: far,
      LINEUP_URL: await webServer({ status: 503 }),
      LINEUP_TOKEN: 'hunter2',
      LYTICS_API_TOKEN: 'hunter2',
      LYTICS_ORIGIN: 'http://127.0.0.1:9',
      LINEUP_OIDC_ISSUER: 'http://127.0.0.1:2',
      LINEUP_OIDC_CLIENT_ID: 'lineup',
      LINEUP_OIDC_CLIENT_SECRET: 'hunter2',
      HTTPS_PROXY: 'http://aiko:hunter2@127.0.0.1:9',
    });
    expect(about(seen, 'Clock')).toMatchObject([
      { status: 'problem', message: expect.stringContaining('20 minutes behind') },
    ]);
    expect(about(seen, 'Service')[0]?.message).toContain('not ready (HTTP 503)');
    expect(about(seen, 'Host')[0]?.message).toContain('Lytics at 127.0.0.1:9 cannot be reached');
    expect(about(seen, 'Single sign-on')[0]?.message).toContain('refused (ECONNREFUSED)');
    expect(about(seen, 'Proxy')[0]?.message).toContain('All HTTP requests use it');
    expect(JSON.stringify(seen)).not.toMatch(/hunter2|aiko/);
  });

  test('gets all other findings when a host does not answer in time', async () => {
    const seen = await examineWith({ LINE_ADS_BASE_URL: `http://127.0.0.1:${await silence()}` }, { hostMs: 50 });
    expect(about(seen, 'LINE Ads API')).toMatchObject([
      { status: 'problem', message: expect.stringContaining('within 1 s') },
    ]);
    expect(about(seen, 'Time zones')[0]?.status).toBe('ok');
    expect(seen.leftBehind).toBe(true);
  });

  test('names an invalid variable, and everything else is examined', async () => {
    const LINE_ADS_BASE_URL = await webServer();
    const seen = await examineWith({
      LINE_ADS_BASE_URL,
      LINEUP_LOG_LEVEL: 'hunter2',
      LINEUP_INTERNAL_HOSTS: 'http://hunter2/',
      LINEUP_SECRET_KEY: 'hunter2',
      DATABASE_URL: 'mysql://hunter2@db/lineup',
    });
    expect(about(seen, 'Configuration').map(({ message }) => message.split(' ')[0])).toEqual([
      'LINEUP_LOG_LEVEL',
      'LINEUP_INTERNAL_HOSTS',
    ]);
    expect(about(seen, 'Secret key')[0]).toMatchObject({
      status: 'problem',
      message: expect.stringContaining('LINEUP_SECRET_KEY does not hold a valid key'),
    });
    expect(about(seen, 'Database')[0]).toMatchObject({
      status: 'problem',
      message: expect.stringContaining('DATABASE_URL is not a PostgreSQL URL'),
    });
    expect(about(seen, 'LINE Ads API')[0]?.status).toBe('ok');
    expect(JSON.stringify(seen)).not.toContain('hunter2');
  });

  test('reports an unreachable database without its user', async () => {
    const seen = await examineWith({
      LINE_ADS_BASE_URL: await webServer(),
      DATABASE_URL: 'postgres://aiko.tanaka:hunter2@127.0.0.1:9/lineup',
      LINEUP_SECRET_KEY: newKey(),
    });
    expect(about(seen, 'Database')).toMatchObject([
      { status: 'problem', message: expect.stringContaining('127.0.0.1:9/lineup cannot be reached') },
    ]);
    expect(about(seen, 'Secret key')[0]?.message).toContain('not checked');
    expect(JSON.stringify(seen)).not.toMatch(/hunter2|aiko/);
  });

  test('does not show the name of a home directory', async () => {
    const seen = await examineWith({
      LINE_ADS_BASE_URL: await webServer(),
      LINEUP_DATA_DIR: join(homedir(), 'no-such-directory-of-lineup'),
    });
    expect(about(seen, 'Data directory')[0]?.message).toContain('~/no-such-directory-of-lineup');
    expect(JSON.stringify(seen)).not.toContain(join(homedir(), 'no-such'));
  });

  test('reports a data directory that is a file', async () => {
    writeFileSync(join(directory, 'data'), '');
    const seen = await examineWith({ LINE_ADS_BASE_URL: await webServer() });
    expect(about(seen, 'Secret key')[0]?.status).toBe('problem');
  });
});

describe('an installation on a server', needsPostgres, () => {
  let opened: TestDatabase;
  let environment: Record<string, string>;
  let key: string;
  const urlOfDatabase = ({ connection }: Database): string => {
    if (connection.kind !== 'postgres') throw new Error('this is not PostgreSQL');
    return connection.url.reveal();
  };
  beforeEach(async () => {
    opened = await onPostgres!.migrated();
    const { drop } = opened;
    onTestFinished(drop);
    key = newKey();
    environment = {
      LINE_ADS_BASE_URL: await webServer(),
      DATABASE_URL: urlOfDatabase(opened.database),
      LINEUP_SECRET_KEY: key,
    };
  });

  /** Hosts of every kind. They hold secrets that the findings must not show. */
  async function fill(): Promise<string[]> {
    const { db } = opened.database;
    const box = await openBox(db, key);
    const about = { label: 'Label of Aiko', description: '' };
    const lytics = await webServer();
    const port = await silence();
    const { id } = await anAuthorization(db, box);
    await createAuthorization(
      db,
      box,
      { provider: 'lytics', method: 'm', ...about, configuration: { token: 'token-1', origin: lytics } },
      aiko,
      at(0),
    );
    const connection_url = `postgres://crm_aiko:password-1@127.0.0.1:${port}/crm`;
    await createAuthorization(
      db,
      box,
      {
        provider: 'postgresql',
        method: 'm',
        ...about,
        configuration: { connection_url, ca_certificate: '' },
      },
      aiko,
      at(0),
    );
    const mail = { host: '127.0.0.1', port: 9, security: 'none', user: 'mail-aiko', password: 'password-2' };
    const people = { from: 'lineup@example.com', to: ['aiko@example.com'] };
    const channel = { label: 'Of Aiko', language: 'en', target: 'aiko@example.com', events: [] } as const;
    await createChannel(
      db,
      box,
      { kind: 'email', ...channel, configuration: new Secret({ ...mail, ...people }) },
      aiko,
      at(0),
    );
    const url = `${lytics}/services/hook-secret`;
    await createChannel(db, box, { kind: 'slack', ...channel, configuration: new Secret({ url }) }, aiko, at(0));
    await db
      .transaction()
      .execute((tx) =>
        writeSetting(
          tx,
          box,
          'files',
          { value: { roots: [], url_roots: [{ url: `${lytics}/exports-of-aiko/` }] } },
          aiko,
          at(0),
        ),
      );
    await db
      .transaction()
      .execute((tx) => createJob(tx, aNewJob(id, { timezone: 'Asia/Bangkok' }), initialState, aiko, at(0)));
    return ['token-1', 'password-1', 'password-2', 'hook-secret', 'aiko', 'Aiko', SECRET_KEY, key];
  }

  const everything = async ({ db }: Database): Promise<unknown> => {
    const { rows } = await sql<{ all: unknown }>`
      select jsonb_build_object('keys', (select jsonb_agg(k) from lineup.secret_keys k),
        'settings', (select jsonb_agg(s) from lineup.settings s),
        'authorizations', (select jsonb_agg(a order by id) from lineup.authorizations a),
        'leases', (select count(*) from lineup.leases)) as all`.execute(db);
    return rows[0]?.all;
  };

  test('tries every host as the service would, and shows no secret and no user', async () => {
    const secrets = await fill();
    const before = await everything(opened.database);
    const closed = await examineWith(environment);
    expect(about(closed, 'Host').map(({ message }) => message.includes('is inside this network'))).toEqual(
      Array(5).fill(true),
    );
    const seen = await examineWith({ ...environment, LINEUP_INTERNAL_HOSTS: '127.0.0.1' });
    const hosts = about(seen, 'Host').map(({ status, message }) => `${status}: ${message.replace(/:\d{5}/, '')}`);
    expect(hosts.toSorted()).toEqual([
      'ok: Lytics at 127.0.0.1 can be reached.',
      'ok: PostgreSQL source at 127.0.0.1 can be reached.',
      'ok: Slack at 127.0.0.1 can be reached.',
      'ok: files at 127.0.0.1 can be reached.',
      'problem: mail server at 127.0.0.1:9 cannot be reached: the connection was refused (ECONNREFUSED).',
    ]);
    expect(about(seen, 'Secret key')[0]?.message).toBe('From LINEUP_SECRET_KEY; it decrypts all 5 stored secrets.');
    expect(about(seen, 'Tables')[0]?.message).toMatch(/^Up to date/);
    expect(about(seen, 'Time zones')[0]?.message).toContain('1 used');
    const reported = JSON.stringify([closed, seen]);
    expect(secrets.filter((secret) => reported.includes(secret))).toEqual([]);
    expect(await everything(opened.database)).toEqual(before);
  });

  test('tries LY Ads only where an authorization is for it, and names those that nobody has connected', async () => {
    const { db } = opened.database;
    const without = await examineWith(environment);
    expect(about(without, 'LY Ads API')).toEqual([]);
    expect(about(without, 'Connected authorizations')).toEqual([]);
    const { id } = await createAuthorization(
      db,
      await openBox(db, key),
      {
        provider: 'ly_ads',
        method: 'ly_ads_application',
        label: 'Label of Aiko',
        description: '',
        configuration: {
          client_id: 'client-1',
          client_secret: 'secret-1',
          base_account_id: '',
          column_headings: 'write',
        },
      },
      aiko,
      at(0),
    );
    const seen = await examineWith({ ...environment, LY_ADS_BASE_URL: await webServer({ status: 404 }) });
    expect(about(seen, 'LY Ads API')).toMatchObject([{ status: 'ok', message: expect.stringContaining('answers') }]);
    expect(about(seen, 'Connected authorizations')).toMatchObject([
      { status: 'warning', message: `${id} is not connected, so no job can use it.` },
    ]);
    const away = await examineWith({ ...environment, LY_ADS_BASE_URL: 'http://127.0.0.1:9' });
    expect(about(away, 'LY Ads API')).toMatchObject([{ status: 'problem' }]);
    expect(JSON.stringify([seen, away])).not.toMatch(/Aiko|client-1|secret-1/);
  });

  test('tries LINE Official Account where an authorization is for it, with the clock of its assertions', async () => {
    const { db } = opened.database;
    expect(about(await examineWith(environment), 'LINE Official Account API')).toEqual([]);
    const configuration = { channel_id: '1657000001', channel_secret: 'secret-1' };
    const official = { provider: 'line_official_account', method: 'line_official_account_secret' };
    const input = { ...official, label: 'Label of Aiko', description: '', configuration };
    await createAuthorization(db, await openBox(db, key), input, aiko, at(0));
    const far = await webServer({ status: 404, aheadMs: 20 * 60_000 });
    const seen = await examineWith({ ...environment, LINE_OFFICIAL_ACCOUNT_BASE_URL: far });
    expect(about(seen, 'LINE Official Account API')).toMatchObject([{ status: 'ok', message: `${far} answers.` }]);
    expect(about(seen, 'Clock').map(({ status }) => status)).toEqual(['ok', 'problem']);
    expect(about(seen, 'Authorizations')).toMatchObject([{ status: 'ok' }]);
    expect(JSON.stringify(seen)).not.toMatch(/Aiko|1657000001|secret-1/);
    expect(about(seen, 'Audiences that end')).toEqual([]);
    // This server is none of LINE's.
    expect(about(seen, 'Room for audiences')).toMatchObject([{ status: 'warning' }]);
    const simulator = await startLineOfficialAccountSimulator({ channelSecret: 'secret-1' });
    onTestFinished(() => simulator.close());
    for (let n = 0; n < 3; n += 1) simulator.addAudience({ name: `Audience ${n}`, channelId: '1657000001' });
    const counted = await examineWith({ ...environment, LINE_OFFICIAL_ACCOUNT_BASE_URL: simulator.url });
    expect(about(counted, 'Room for audiences')).toMatchObject([
      { status: 'ok', message: expect.stringMatching(/has \d of 1000 audiences\./) },
    ]);
    expect(JSON.stringify(counted)).not.toMatch(/Aiko|1657000001|secret-1/);

    const { rows } = await sql<{ id: string }>`select id from lineup.authorizations`.execute(db);
    const job = aNewJob(rows[0]!.id, {
      identifier_type: 'line_user_id',
      id_field: 'id',
      audience_id: '7',
      audience_name: null,
    });
    const filling = { ...job, type: 'line_official_account_audience_export' as const };
    const { id } = await db.transaction().execute((tx) => createJob(tx, filling, initialState, aiko, at(0)));
    const lives = [
      ['6', '2019-01-01'],
      ['7', '2020-01-01'],
    ];
    for (const [audience, ends] of lives)
      await sql`insert into lineup.audience_lives (job_id, audience_id, ends_at)
        values (${id}, ${audience}, ${ends}::timestamptz)`.execute(db);
    expect(about(await examineWith(environment), 'Audiences that end')).toMatchObject([
      { status: 'problem', message: `${id}: the audience 7 has ended.` },
    ]);
    const waits = { run_frequency: 'when_ready' as const, day_of_week: null, time_of_day: null };
    const trigger = { kind: 'after_job' as const, job_id: id };
    const after = aNewJob(rows[0]!.id, { ...waits, trigger, audience_id: '8', audience_name: null });
    const waiting = await db.transaction().execute((tx) => createJob(tx, after, initialState, aiko, at(0)));
    const part = { of: id, value: 'Osaka', run: 'run_gone' };
    await db.transaction().execute((tx) => createJob(tx, after, initialState, aiko, at(0), part));
    await sql`update lineup.jobs set status = 'failed' where id = ${id}`.execute(db);
    expect(about(await examineWith(environment), 'Jobs that wait')).toMatchObject([
      { status: 'warning', message: `${waiting.id} waits for ${id}, which has failed.` },
    ]);
    const watching = async (trigger: object) => {
      const watch = aNewJob(rows[0]!.id, { ...waits, trigger, audience_name: JSON.stringify(trigger) });
      return (await db.transaction().execute((tx) => createJob(tx, watch, initialState, aiko, at(0)))).id;
    };
    const watched = await watching({ kind: 'object' });
    await sql`insert into lineup.trigger_looks (job_id, failing_since, problem, failures, next_at)
      values (${watched}, now() - interval '5 hours', '{"message": "It is away."}', 3, now())`.execute(db);
    const called = await watching({ kind: 'webhook' });
    const later = await examineWith(environment);
    expect(about(later, 'Looks at sources')).toMatchObject([
      { status: 'warning', message: expect.stringContaining(`${watched}: Lineup could not look`) },
    ]);
    expect(about(later, 'Webhooks for jobs')).toMatchObject([
      { status: 'warning', message: expect.stringContaining(`${called} has no signing secret`) },
    ]);
    expect(about(await examineWith(environment), 'Audiences by value')).toMatchObject([
      { status: 'warning', message: expect.stringContaining(`${id}: 1 of 1 audiences`) },
    ]);
  });

  test('reports a different key, and a missing one', async () => {
    await fill();
    const other = await examineWith({ ...environment, LINEUP_SECRET_KEY: newKey() });
    expect(about(other, 'Secret key')[0]).toMatchObject({
      status: 'problem',
      message: expect.stringContaining('0 of 5'),
    });
    expect(about(other, 'Host').at(-1)?.message).toContain('of 5 authorizations or channels cannot be read');
    const none = await examineWith({ ...environment, LINEUP_SECRET_KEY: '' });
    expect(about(none, 'Secret key')[0]?.message).toContain('their key is missing');
  });

  test('with an older database is not migrated', async () => {
    const { database, drop } = await onPostgres!.empty();
    onTestFinished(drop);
    const all = await readMigrations();
    const on = { ...environment, DATABASE_URL: urlOfDatabase(database) };
    const unused = await examineWith({ ...on, LINEUP_SECRET_KEY: '' });
    expect(about(unused, 'Tables')[0]?.message).toContain('None yet');
    expect(about(unused, 'Secret key')[0]?.message).toContain('refuses to start');

    await migrate(database, all.slice(0, -2));
    expect(about(await examineWith(on), 'Tables')[0]?.message).toContain(`2 of ${all.length} migrations are missing`);
    await migrate(database, all);
    await sql`insert into lineup.migrations values (${all.length + 1}::int, 'later', 'later', now())`.execute(
      database.db,
    );
    expect(about(await examineWith(on), 'Tables')[0]?.message).toContain('this version may use them');
    await sql`update lineup.migrations set oldest = number where name = 'later'`.execute(database.db);
    expect(about(await examineWith(on), 'Tables')).toMatchObject([
      { status: 'problem', message: expect.stringContaining('newer version') },
    ]);
  });
});
