import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseConnection } from '../../../src/sources/database/target.ts';
import { openMysql } from '../../../src/sources/mysql/open.ts';
import { mysqlProvider, testConnection } from '../../../src/sources/mysql/provider.ts';
import { sessionError } from '../../../src/sources/mysql/session-error.ts';
import { needsMariadb } from '../../support/mariadb.ts';
import { connectionContract } from '../connection-contract.ts';
import { outcomeOf } from '../support/failures.ts';
import { useMariadb } from '../support/mariadb.ts';
import { startMysqlProxy } from '../support/mysql-proxy.ts';

describe('a connection to MariaDB', needsMariadb, () => {
  const database = useMariadb();
  const user = `${database.name}_user`;

  beforeAll(async () => {
    await database.sql(`
      CREATE USER ${user}@localhost IDENTIFIED BY 'hunter2';
      CREATE TABLE members (email varchar(100));
      INSERT INTO members SELECT CONCAT('member', seq, '@example.com') FROM seq_1_to_100000`);
  });
  afterAll(() => database.sql(`DROP USER ${user}@localhost`));

  /** The sentence of a first connection, or its error. */
  const failureOf = async (connection: DatabaseConnection) =>
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
    const through = await startMysqlProxy('nowhere');
    expect(await failureOf({ url: through.url('127.0.0.1') })).toMatchObject({
      code: 'source_not_found',
      reason: '1049',
    });
    expect(await failureOf({ url: 'mysql://ana:hunter2@no-such-host.invalid/x' })).toMatchObject({
      code: 'source_failed',
      message: expect.stringMatching(/\(ana@no-such-host\.invalid:3306\) cannot be read: its host name/),
    });
    const gone = await startMysqlProxy('x');
    const url = gone.url('127.0.0.1');
    await gone.close();
    expect(await failureOf({ url })).toMatchObject({ reason: 'ECONNREFUSED', retryable: true });
    const socket = { url: 'mysql://ana@localhost/x?socket=/nowhere/socket', ownMachine: true };
    expect(await failureOf(socket)).toMatchObject({ reason: 'ENOENT' });
  });

  const checks = { 'no TLS': 'DISABLED', nothing: 'REQUIRED', authority: 'VERIFY_CA', all: 'VERIFY_IDENTITY' };
  connectionContract({
    system: 'MySQL',
    parameters: (check, file) =>
      `ssl-mode=${checks[check]}${file === undefined ? '' : `&ssl-ca=${encodeURIComponent(file)}`}`,
    proxy: (options) => startMysqlProxy(database.name, options),
    addresses: [],
    test: testConnection,
    open: (connection, query, limits) => {
      const audience = query === undefined ? { database: database.name, table: 'members' } : { query };
      return openMysql({ connection, audience, ...limits });
    },
    provider: mysqlProvider,
    slowQuery: "SELECT CONCAT('a', SLEEP(2)) AS email",
    sessionError,
  });
});
