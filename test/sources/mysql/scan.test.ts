import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openMysql } from '../../../src/sources/mysql/open.ts';
import type { Scan } from '../../../src/sources/source.ts';
import { needsMariadb } from '../../support/mariadb.ts';
import { silenceContract, silenceMs } from '../silence-contract.ts';
import { useMariadb } from '../support/mariadb.ts';
import { type MysqlProxy, startMysqlProxy } from '../support/mysql-proxy.ts';
import { readBlocks, readMembers } from '../support/values.ts';

describe('a scan of MariaDB', { ...needsMariadb, timeout: 180_000 }, () => {
  const database = useMariadb();
  const connection = database.connection();
  const audience = { database: database.name, table: 'members' };
  const reader = `${database.name}_reader`;

  beforeAll(() =>
    database.sql(`
      CREATE USER ${reader}@localhost;
      CREATE TABLE members (id int PRIMARY KEY, email varchar(100)) ENGINE = InnoDB;
      INSERT INTO members SELECT seq, CONCAT('member', seq, '@example.com') FROM seq_1_to_300000;
      ANALYZE TABLE members;
      GRANT SELECT ON members TO ${reader}@localhost`),
  );
  afterAll(() => database.sql(`DROP USER ${reader}@localhost`));

  /** The thread of a running scan. */
  const threads = () =>
    database.sql(
      `SELECT ID AS id, STATE AS state FROM information_schema.PROCESSLIST
       WHERE DB = ? AND COMMAND = 'Query' AND INFO LIKE 'SELECT %email%' AND ID <> CONNECTION_ID()`,
      [database.name],
    );
  const thread = () =>
    vi.waitFor(async () => {
      const found = await threads();
      expect(found).toHaveLength(1);
      return found[0]!;
    });

  it('sees one moment, whatever changes meanwhile', async () => {
    const scan = await (await openMysql({ connection, audience })).scan(['email']);
    const blocks = scan.blocks[Symbol.asyncIterator]();
    await blocks.next();
    // The last ones, which are not read yet.
    await database.sql("UPDATE members SET email = 'changed@example.com' WHERE id > 295000");
    const rest = await readBlocks(scan);
    await scan.finished;
    await scan.close();
    await database.sql("UPDATE members SET email = CONCAT('member', id, '@example.com') WHERE id > 295000");
    expect(rest.includes('changed@')).toBe(false);
  });

  it('gives all rows, whatever limit the server has', async () => {
    await database.sql('CREATE TABLE some SELECT * FROM members LIMIT 1000; SET GLOBAL sql_select_limit = 10');
    try {
      const some = { database: database.name, table: 'some' };
      const scan = await (await openMysql({ connection, audience: some })).scan(['email']);
      expect(await readMembers(scan)).toHaveLength(1_000);
      await scan.close();
    } finally {
      await database.sql('SET GLOBAL sql_select_limit = DEFAULT');
    }
  });

  it('makes the server wait for a slow reader, and is not given up meanwhile', async () => {
    const scan = await (await openMysql({ connection, audience, silenceMs })).scan(['email']);
    const blocks = scan.blocks[Symbol.asyncIterator]();
    await blocks.next();
    await vi.waitFor(async () => expect((await thread()).state).toBe('Writing to net'));
    expect(scan.progress()).toBeLessThan(0.9);
    // Many times longer than the silence limit.
    await database.sql('SELECT SLEEP(2)');
    await readBlocks(scan);
    await scan.finished;
    expect(scan.progress()).toBe(1);
    await scan.close();
  });

  it('ends its statement at the server when it is stopped, even before the first row', async () => {
    const query = 'SELECT CONCAT(SLEEP(600)) AS email';
    const scan = await (await openMysql({ connection, audience: { query } })).scan(['email']);
    const reading = readBlocks(scan);
    await thread();
    await scan.close();
    await reading;
    await expect(scan.finished).rejects.toMatchObject({ code: 'interrupted' });
    await vi.waitFor(async () => expect(await threads()).toEqual([]));
  });

  it('has a time limit at the server', async () => {
    const query = 'SELECT CONCAT(SLEEP(600)) AS email';
    const source = await openMysql({ connection, audience: { query }, scanTimeoutMs: 1_000 });
    const scan = await source.scan(['email']);
    await readBlocks(scan);
    await expect(scan.finished).rejects.toMatchObject({
      code: 'source_failed',
      message: expect.stringContaining('took too long'),
    });
    await scan.close();
  });

  it('says that the administrator ended it', async () => {
    const scan = await (await openMysql({ connection, audience })).scan(['email']);
    const blocks = scan.blocks[Symbol.asyncIterator]();
    await blocks.next();
    await database.sql(`KILL ${(await thread()).id}`);
    await readBlocks(scan);
    await expect(scan.finished).rejects.toMatchObject({ code: 'source_failed', retryable: true });
    await scan.close();
  });

  it('fails if its table is changed between its snapshot and its first row', async () => {
    const source = await openMysql({ connection, audience });
    await database.sql('RENAME TABLE members TO others');
    const scan = await source.scan(['email']);
    await readBlocks(scan);
    await expect(scan.finished).rejects.toMatchObject({
      code: 'source_not_found',
      message: expect.stringContaining('there is no such table or view'),
    });
    await scan.close();
    await database.sql('RENAME TABLE others TO members; ALTER TABLE members CHANGE email mail varchar(100)');
    const renamed = await source.scan(['email']);
    await readBlocks(renamed);
    await expect(renamed.finished).rejects.toMatchObject({ code: 'field_not_found' });
    await renamed.close();
    await database.sql('ALTER TABLE members CHANGE mail email varchar(100)');
  });

  describe('that is silent', () => {
    async function begin(query: string): Promise<{ scan: Scan; proxy: MysqlProxy }> {
      const proxy = await startMysqlProxy(database.name);
      const url = proxy.url('127.0.0.1', '', reader);
      const source = await openMysql({ connection: { url }, audience: { query }, silenceMs });
      return { scan: await source.scan(['email']), proxy };
    }

    silenceContract({
      begin,
      running: thread,
      slowly: (value, seconds) => `IF(SLEEP(${seconds}) = 0, '${value}', NULL)`,
    });

    it('is given up when its thread has ended at the server', async () => {
      const { scan, proxy } = await begin('SELECT CONCAT(SLEEP(600)) AS email');
      const reading = readBlocks(scan);
      const { id } = await thread();
      proxy.freeze();
      await database.sql(`KILL ${id}`);
      await reading;
      await expect(scan.finished).rejects.toMatchObject({ code: 'source_failed', retryable: true });
      await scan.close();
    });
  });
});
