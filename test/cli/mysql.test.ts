/** Members from MariaDB: a table or a query. */
import { createConnection } from 'mysql2/promise';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bench, held, members, toVip } from '../support/cli.ts';
import { mariadbSocket, mariadbUrl, needsMariadb } from '../support/mariadb.ts';

describe('mysql:', needsMariadb, () => {
  test.each([
    ['a table', (database: string) => `${database}.members`],
    ['a query', (database: string) => `select email from ${database}.members where id <= 20`],
  ])('%s can be exported', async (_, name) => {
    const client = await createConnection({
      socketPath: mariadbSocket,
      user: 'root',
      multipleStatements: true,
    });
    const database = `crm_${process.pid}_${Math.floor(performance.now())}`;
    onTestFinished(async () => {
      await client.query(`drop database ${database}`);
      await client.end();
    });
    await client.query(`create database ${database}; use ${database}; create table members (id int, email text);
      insert into members select seq, concat('member', seq, '@example.com') from seq_1_to_20`);
    const { export: run, simulator } = await bench();
    const { code, run: document } = await run(['--source', `mysql:${name(database)}`, ...toVip], {
      environment: { LINEUP_MYSQL_URL: `${mariadbUrl}&connect_timeout=60` },
    });
    expect([code, document.error]).toEqual([0, null]);
    expect(held(simulator, document.audience?.id ?? '')).toEqual(members(20).hashes);
  });

  test('a missing URL is a usage error that names the variable', async () => {
    const { export: run } = await bench();
    const { code, run: document } = await run(['--source', 'mysql:members', ...toVip]);
    expect([code, document.error?.code]).toEqual([2, 'missing_credentials']);
    expect(document.error?.message).toContain('LINEUP_MYSQL_URL');
  });
});
