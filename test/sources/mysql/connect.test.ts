import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LineupError } from '../../../src/domain/errors/errors.ts';
import { openMysql } from '../../../src/sources/mysql/open.ts';
import { testConnection } from '../../../src/sources/mysql/provider.ts';
import type { MysqlConnection } from '../../../src/sources/mysql/target.ts';
import { needsMariadb } from '../../support/mariadb.ts';
import { makeCertificate } from '../support/certificate.ts';
import { outcomeOf } from '../support/failures.ts';
import { useMariadb } from '../support/mariadb.ts';
import { startMysqlProxy } from '../support/mysql-proxy.ts';
import { recordedNetwork } from '../support/network.ts';
import { readBlocks, readValues } from '../support/values.ts';

describe('a connection to MariaDB', needsMariadb, () => {
  const database = useMariadb();
  const user = `${database.name}_user`;
  const audience = { database: database.name, table: 'members' };

  beforeAll(async () => {
    await database.sql(`
      CREATE USER ${user}@localhost IDENTIFIED BY 'hunter2';
      CREATE TABLE members (email varchar(100));
      INSERT INTO members SELECT CONCAT('member', seq, '@example.com') FROM seq_1_to_100000`);
  });
  afterAll(() => database.sql(`DROP USER ${user}@localhost`));

  /** The sentence of a first connection, or its error. */
  const failureOf = async (connection: MysqlConnection) =>
    outcomeOf(testConnection(connection).then(({ works }) => works));

  it('shows the server that it reaches', async () => {
    expect(`${await failureOf(database.connection())}`).toMatch(
      /^MariaDB [\d.]+: .* can be read in MySQL "lineup_test_.*\(root@\/.*\)\.$/,
    );
  });

  it('needs the right password and a right on the database', async () => {
    for (const password of ['', 'hunter22'])
      expect(await failureOf(database.connection(user, password))).toMatchObject({
        code: 'source_unauthorized',
        reason: '1045',
        message: expect.stringContaining('refuses this user or password'),
      });
    expect(await failureOf(database.connection(user, 'hunter2'))).toMatchObject({
      code: 'source_unauthorized',
      reason: '1044',
    });
    await database.sql(`ALTER USER ${user}@localhost ACCOUNT LOCK`);
    expect(await failureOf(database.connection(user, 'hunter2'))).toMatchObject({
      code: 'source_unauthorized',
      message: expect.stringContaining('account of this user is locked'),
    });
  });

  it('needs a database, a host and a server that listens', async () => {
    const through = await startMysqlProxy();
    expect(await failureOf({ url: through.url('127.0.0.1', 'nowhere') })).toMatchObject({
      code: 'source_not_found',
      reason: '1049',
    });
    expect(await failureOf({ url: 'mysql://ana:hunter2@no-such-host.invalid/x' })).toMatchObject({
      code: 'source_failed',
      message: expect.stringMatching(/\(ana@no-such-host\.invalid:3306\) cannot be read: its host name/),
    });
    const gone = await startMysqlProxy();
    const url = gone.url('127.0.0.1', 'x');
    await gone.close();
    expect(await failureOf({ url })).toMatchObject({ reason: 'ECONNREFUSED', retryable: true });
    const socket = { url: 'mysql://ana@localhost/x?socket=/nowhere/socket', ownMachine: true };
    expect(await failureOf(socket)).toMatchObject({ reason: 'ENOENT' });
  });

  it('fails if it is cut before it is ready', async () => {
    const cut = await startMysqlProxy({ cutAfter: 0 });
    expect(await failureOf({ url: cut.url('127.0.0.1', database.name) })).toMatchObject({
      code: 'source_failed',
      retryable: true,
    });
  });

  it('is stopped by its signal', async () => {
    const silent = await startMysqlProxy();
    const controller = new AbortController();
    const trying = testConnection({ url: silent.url('127.0.0.1', database.name) }, controller.signal);
    controller.abort();
    await expect(trying).rejects.toMatchObject({ code: 'interrupted' });
    await expect(testConnection(database.connection(), AbortSignal.abort())).rejects.toMatchObject({
      code: 'interrupted',
    });
  });

  describe('if only some hosts are allowed', () => {
    const refusal = new LineupError('invalid_argument', 'That host is not allowed.');

    it.each(['127.0.0.1', 'db.example.com', 'localhost', '::1'])(
      'the check gets %s before anything is sent',
      async (host) => {
        const server = await startMysqlProxy();
        const url = server.url(host === '::1' ? '[::1]' : host, database.name);
        const { asked, access } = recordedNetwork(refusal);
        await expect(testConnection({ url, network: access })).rejects.toBe(refusal);
        expect(asked).toEqual([host]);
        expect(server.connections).toBe(0);
      },
    );

    it('the check applies to every connection of a source', async () => {
      const server = await startMysqlProxy();
      const url = server.url('db.example.com', database.name, 'ssl-mode=DISABLED');
      const { asked, access } = recordedNetwork();
      const connection = { url, network: access };
      const query = "SELECT CONCAT('a', SLEEP(2)) AS email";
      const source = await openMysql({ connection, audience: { query }, silenceMs: 200 });
      expect(await readValues(source, 'email')).toEqual(['a0']);
      // The connection of the opening, that of the scan, and those that ask whether the server still works.
      expect(server.connections).toBeGreaterThan(2);
      expect(asked.length).toBeGreaterThanOrEqual(server.connections);
      expect(new Set(asked)).toEqual(new Set(['db.example.com']));
    });
  });

  describe('with TLS', () => {
    const own = makeCertificate('localhost');
    const other = makeCertificate('elsewhere.example.com');

    it('reads a whole scan', async () => {
      const server = await startMysqlProxy({ certificate: own });
      const url = server.url('localhost', database.name, 'ssl-mode=VERIFY_IDENTITY');
      const source = await openMysql({ connection: { url, ca: own.cert }, audience });
      expect(await readValues(source, 'email')).toHaveLength(100_000);
      expect(server.encrypted).toBe(2);
    });

    it.each([
      ['VERIFY_IDENTITY', own, own, 'localhost', undefined],
      ['VERIFY_IDENTITY', own, undefined, 'localhost', 'not from a trusted authority'],
      ['VERIFY_IDENTITY', own, other, 'localhost', 'not from a trusted authority'],
      ['VERIFY_IDENTITY', other, other, 'localhost', 'is for another name'],
      ['VERIFY_IDENTITY', own, own, '127.0.0.1', 'is for another name'],
      ['VERIFY_CA', other, other, 'localhost', undefined],
      ['VERIFY_CA', own, other, 'localhost', 'not from a trusted authority'],
      ['REQUIRED', own, undefined, 'localhost', undefined],
    ])('follows ssl-mode=%s (%#)', async (mode, certificate, authority, host, message) => {
      const server = await startMysqlProxy({ certificate });
      const url = server.url(host, database.name, `ssl-mode=${mode}`);
      const outcome = await failureOf({ url, ca: authority?.cert ?? '' });
      if (message === undefined) expect(outcome).toMatch(/^MariaDB /);
      else expect(outcome).toMatchObject({ code: 'source_failed', message: expect.stringContaining(message) });
      expect(server.encrypted).toBe(1);
    });

    it('does not continue in clear text if the server offers no TLS', async () => {
      const server = await startMysqlProxy();
      const failure = await failureOf({ url: server.url('127.0.0.1', database.name, 'ssl-mode=REQUIRED') });
      expect(failure).toMatchObject({ message: expect.stringContaining('it does not support TLS') });
    });
  });

  it('fails a scan if it is cut in the middle', async () => {
    const cut = await startMysqlProxy({ cutAfter: 1_000_000 });
    const broken = await openMysql({ connection: { url: cut.url('127.0.0.1', database.name) }, audience });
    const scan = await broken.scan(['email']);
    expect((await readBlocks(scan)).length).toBeGreaterThan(500_000);
    await expect(scan.finished).rejects.toMatchObject({
      code: 'source_failed',
      retryable: true,
      message: expect.stringMatching(/\.members in MySQL .* the connection was lost\.$/),
    });
  });
});
