/** A PostgreSQL server that Lineup cannot use. Each time one sentence gives the reason and what to do. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openService } from '../../src/compose/service.ts';
import { silentLog } from '../../src/contracts/event-log.ts';
import type { LineupError } from '../../src/domain/errors/errors.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import { systemClock } from '../../src/machine/system-clock.ts';
import type { Database } from '../../src/store/database/database.ts';
import { migrate } from '../../src/store/database/migrate.ts';
import { openDatabase } from '../../src/store/database/open-database.ts';
import { connectionFailure, knownFailure } from '../../src/store/database/postgres-errors.ts';
import { makeCertificate } from '../sources/support/certificate.ts';
import { startPostgresProxy } from '../sources/support/postgres-proxy.ts';
import { bench } from '../support/cli.ts';
import { urlOf } from '../support/databases.ts';
import { needsPostgres } from '../support/postgres.ts';
import { needsPrograms, startStandby } from '../support/servers.ts';
import { newKey } from '../support/service.ts';

const open = (url: string): Promise<Database> => openDatabase({ url, dataDirectory: '' });
const failure = async (url: string): Promise<LineupError> =>
  open(url).then(
    async (database) => {
      await database.close();
      throw new Error('the database opened');
    },
    (error: LineupError) => error,
  );

describe('a failure of the server', () => {
  test.each([
    ['57P03', 'the database system is starting up', /starting up\. Start again/],
    ['57P03', 'the database system is in recovery mode', /in recovery\. Start again/],
    ['57P03', 'the database system is shutting down', /shutting down\. Start again/],
    ['53100', 'could not extend file: No space left on device', /disk is full/],
    ['28000', 'no pg_hba.conf entry for host "10.0.0.1", no encryption', /with TLS.*sslmode=verify-full/],
    ['CERT_HAS_EXPIRED', 'certificate has expired', /certificate has expired/],
    ['25006', 'cannot execute CREATE SCHEMA in a read-only transaction', /read-only/],
  ])('%s (%s) gets a message that says what to do', (code, text, message) => {
    const failure = connectionFailure(Object.assign(new Error(text), { code }), 'db:5432/lineup');
    expect(failure.message).toMatch(message);
    expect(failure.message).toContain('db:5432/lineup');
    expect(failure.code).toMatch(/^database_/);
  });

  test('is unchanged if an operator cannot correct it', () => {
    expect(knownFailure(new Error('a fault'), 'db')).toBeUndefined();
  });
});

describe('a server that', needsPostgres, () => {
  const suffix = randomBytes(6).toString('hex');
  const [database, member] = [`lineup_refusals_${suffix}`, `member_${suffix}`];
  let admin: pg.Client;
  /** The URL of the database for another user. */
  const as = (user: string, password = ''): string => {
    const url = new URL(urlOf(database));
    url.username = user;
    url.password = password;
    return url.href;
  };
  const owned = async (statements: string): Promise<void> => {
    const client = new pg.Client({ connectionString: urlOf(database) });
    await client.connect();
    await client.query(statements);
    await client.end();
  };

  beforeAll(async () => {
    admin = new pg.Client({ connectionString: urlOf('postgres') });
    await admin.connect();
    await admin.query(`create database ${database}`);
    await admin.query(`create role ${member} login password 'hunter2'`);
  });
  afterAll(async () => {
    await admin.query(`drop database ${database} with (force)`);
    await admin.query(`drop role ${member}`);
    await admin.end();
  });

  const secretKey = new Secret(newKey());
  const start = (url: string) =>
    openService({
      dataDirectory: '',
      databaseUrl: url,
      secretKey,
      baseUrls: { line_ads: 'http://localhost' },
      role: 'api',
      clock: systemClock,
      log: silentLog,
    });

  test('gives the user no right to create schemas: the message has the GRANT, also on the command line', async () => {
    await expect(start(as(member))).rejects.toMatchObject({
      code: 'database_refused',
      message: expect.stringMatching(/does not have the required rights.*grant create on database/),
    });
    const at = await bench();
    const { code, stdout, stderr } = await at.run(['tokens', 'create', '--name', 'CI', '--role', 'viewer'], {
      environment: { DATABASE_URL: as(member) },
    });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('does not have the required rights');
    expect(stderr).not.toMatch(/an internal error|\n\s+at /);
  });

  test('has both schemas already is accepted; with one of them it is refused', async () => {
    await owned(`create schema lineup authorization ${member}`);
    await expect(start(as(member))).rejects.toMatchObject({
      code: 'database_refused',
      message: expect.stringMatching(/lineup_queue/),
    });
    await owned(`create schema lineup_queue authorization ${member}`);
    await (await start(as(member))).close();
    await owned('drop schema lineup cascade; drop schema lineup_queue cascade');
  });

  test('is read-only for the user, or a replica: the message names what to use instead', async () => {
    await admin.query(`alter role ${member} set default_transaction_read_only = on`);
    onTestFinished(() => void admin.query(`alter role ${member} reset default_transaction_read_only`));
    expect(await failure(as(member))).toMatchObject({
      code: 'database_refused',
      message: expect.stringContaining('default_transaction_read_only'),
    });
  });

  test('follows a primary: the message names the primary', {
    ...needsPrograms,
    timeout: 120_000,
  }, async () => {
    const standby = await startStandby();
    onTestFinished(() => standby.close());
    expect(await failure(standby.url)).toMatchObject({
      code: 'database_refused',
      message: expect.stringMatching(/replica.*Name the primary/),
    });
  });

  test('refuses the password: the message shows neither the password nor other facts', async () => {
    await admin.query('do $$ begin create role needs_password; exception when duplicate_object then null; end $$');
    await admin.query(`grant needs_password to ${member}`);
    const refused = await failure(as(member, 'hunter3'));
    expect(refused).toMatchObject({
      code: 'database_refused',
      message: expect.stringContaining('refuses this user or password'),
    });
    expect(`${refused.message}${refused.stack}${refused.cause}`).not.toContain('hunter3');
    await (await open(as(member, 'hunter2'))).close();
    await admin.query(`revoke needs_password from ${member}`);
  });

  test('has no free connection: the message says how many each process needs', async () => {
    await admin.query(`alter role ${member} connection limit 0`);
    onTestFinished(() => void admin.query(`alter role ${member} connection limit -1`));
    expect(await failure(as(member))).toMatchObject({
      code: 'database_unreachable',
      retryable: true,
      message: expect.stringMatching(/no connection left.*up to 15/),
    });
  });

  test('has tables that another process locks: the message names that process, and the start continues afterwards', async () => {
    const holder = new pg.Client({ connectionString: urlOf(database), application_name: 'an older lineup' });
    await holder.connect();
    const { rows } = await holder.query('select pg_advisory_lock(7365820146), pg_backend_pid() as pid');
    const first = await open(urlOf(database));
    await expect(migrate(first, undefined, 200)).rejects.toMatchObject({
      code: 'storage_failed',
      retryable: true,
      message: expect.stringMatching(
        new RegExp(`process ${rows[0].pid} \\(program "an older lineup".*pg_terminate_backend\\(${rows[0].pid}\\)`),
      ),
    });
    const waiting = migrate(first);
    await holder.end();
    expect((await waiting).length).toBeGreaterThan(5);
    await first.close();
  });

  describe('speaks TLS', () => {
    let directory: string;
    let own: ReturnType<typeof makeCertificate>;
    let authority: string;
    beforeAll(() => {
      directory = mkdtempSync(join(tmpdir(), 'lineup-authority-'));
      own = makeCertificate('localhost');
      authority = join(directory, 'authority.pem');
      writeFileSync(authority, own.cert);
      writeFileSync(join(directory, 'none.pem'), 'no certificate');
    });
    afterAll(() => rmSync(directory, { recursive: true, force: true }));

    /** The behaviour of libpq in each mode, for a server with a self-signed certificate for `localhost`. */
    test.each([
      ['localhost', 'require', false, undefined],
      ['localhost', 'verify-full', true, undefined],
      ['localhost', 'verify-full', false, /does not trust the authority.*sslrootcert/],
      ['localhost', 'verify-ca', true, undefined],
      ['127.0.0.1', 'require', false, undefined],
      ['127.0.0.1', 'require', true, undefined],
      ['127.0.0.1', 'verify-ca', true, undefined],
      ['127.0.0.1', 'verify-full', true, /certificate is for another host name/],
    ] as const)('at %s with sslmode=%s, with its authority: %s', async (host, mode, known, refused) => {
      const proxy = await startPostgresProxy(urlOf(database), { certificate: own });
      const root = known ? `&sslrootcert=${encodeURIComponent(authority)}` : '';
      const url = proxy.url(host, `sslmode=${mode}${root}`);
      if (refused) {
        expect(await failure(url)).toMatchObject({
          code: 'database_refused',
          message: expect.stringMatching(refused),
        });
      } else {
        await (await open(url)).close();
        expect(proxy.encrypted).toBeGreaterThan(0);
      }
    });

    test('has no TLS: only disable works, and a URL without sslmode', async () => {
      const proxy = await startPostgresProxy(urlOf(database));
      expect(await failure(proxy.url('127.0.0.1', 'sslmode=require'))).toMatchObject({
        code: 'database_refused',
        message: expect.stringContaining('does not support TLS'),
      });
      for (const parameters of ['sslmode=disable', '']) {
        await (await open(proxy.url('127.0.0.1', parameters))).close();
      }
      expect(proxy.encrypted).toBe(0);
    });

    test.each([
      ['sslmode=prefer', /sslmode=prefer .* is unknown/],
      ['sslmode=no-verify', /is unknown/],
      ['sslmode=verify-ca', /needs sslrootcert/],
      ['sslmode=verify-full&sslrootcert=/nowhere/ca.pem', /\/nowhere\/ca\.pem .*cannot be read \(ENOENT\)/],
      ['sslmode=verify-full&sslrootcert=NONE', /not a certificate in PEM format/],
    ])('gets no connection with %s', async (parameters, message) => {
      const url = `postgres://u:hunter2@127.0.0.1:1/x?${parameters.replace('NONE', join(directory, 'none.pem'))}`;
      const refused = await failure(url);
      expect(refused).toMatchObject({
        code: 'invalid_configuration',
        message: expect.stringMatching(message),
      });
      expect(refused.message).not.toContain('hunter2');
    });
  });
});
