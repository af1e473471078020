import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HASH_OF_EMPTY } from '../../../packages/identifiers/src/rules.ts';
import { openMysql } from '../../../src/sources/mysql/open.ts';
import type { Scan } from '../../../src/sources/source.ts';
import { needsMariadb } from '../../support/mariadb.ts';
import { lateAnswerContract, silenceMs } from '../silence-contract.ts';
import { expectedHashes, readHashes } from '../support/hashing.ts';
import {
  columnPacket,
  described,
  eof,
  errorPacket,
  lengthCoded,
  packet,
  result,
  startHostileMysql,
} from '../support/hostile-mysql.ts';
import { useMariadb } from '../support/mariadb.ts';
import { type MysqlProxy, startMysqlProxy } from '../support/mysql-proxy.ts';
import { readBlocks } from '../support/values.ts';

const email = { identifierType: 'email' } as const;

describe('a scan of hashes of MariaDB', { ...needsMariadb, timeout: 180_000 }, () => {
  const database = useMariadb();
  const reader = `${database.name}_reader`;

  const slow = 'SELECT CONCAT(SLEEP(600)) AS value';
  const threads = () =>
    database.sql(
      `SELECT ID AS id FROM information_schema.PROCESSLIST
       WHERE DB = ? AND COMMAND = 'Query' AND INFO LIKE '%SHA2%members%' AND ID <> CONNECTION_ID()`,
      [database.name],
    );
  const running = () =>
    vi.waitFor(async () => {
      const found = await threads();
      expect(found).toHaveLength(1);
      return found[0]!;
    });

  async function begin(query: string, limits = {}): Promise<{ scan: Scan; proxy: MysqlProxy }> {
    const proxy = await startMysqlProxy(database.name);
    const url = proxy.url('127.0.0.1', '', reader);
    const source = await openMysql({ connection: { url }, audience: { query }, silenceMs, ...limits });
    return { scan: await source.scanHashes!([{ field: 'value', ...email }]), proxy };
  }

  beforeAll(() => database.sql(`CREATE USER ${reader}@localhost; GRANT SELECT ON * TO ${reader}@localhost`));
  afterAll(() => database.sql(`DROP USER ${reader}@localhost`));

  it('ends its statement at the server when it is stopped', async () => {
    const { scan } = await begin(slow);
    const reading = readBlocks(scan);
    await running();
    await scan.close();
    await reading;
    await expect(scan.finished).rejects.toMatchObject({ code: 'interrupted' });
    await vi.waitFor(async () => expect(await threads()).toEqual([]));
  });

  it('has a time limit at the server', async () => {
    const { scan } = await begin(slow, { scanTimeoutMs: 1_000 });
    await readBlocks(scan);
    await expect(scan.finished).rejects.toMatchObject({
      code: 'source_failed',
      message: expect.stringContaining('took too long'),
    });
    await scan.close();
  });

  it('continues while the server works, and does not know how far it is', async () => {
    const { scan, proxy } = await begin("SELECT IF(SLEEP(3) = 0, 'taro@example.com', NULL) AS value");
    const reading = readHashes(scan);
    await running();
    expect(scan.progress()).toBeUndefined();
    expect(await reading).toEqual([expectedHashes(['taro@example.com'], email)]);
    expect(scan.progress()).toBe(1);
    // Besides those of the opening and the scan.
    expect(proxy.connections).toBeGreaterThan(3);
  });

  lateAnswerContract({ begin, running }, "SELECT IF(SLEEP(2) = 0, 'taro@example.com', NULL) AS value");
});

describe('a server that cannot hash', () => {
  const able = Buffer.concat([
    packet(1, Buffer.from([3])),
    ...['hash', 'digits', 'matched'].map((name, index) => columnPacket(2 + index, name)),
    eof(5),
    packet(6, ...[HASH_OF_EMPTY, '12', '1'].map(lengthCoded)),
    eof(7),
  ]);

  /** @param answers to the question whether the server can hash, and to the statement of hashes */
  async function failure(answers: { readonly matched: Buffer; readonly outcome?: Buffer }): Promise<unknown> {
    const url = await startHostileMysql({
      statement: (sql, describe) => {
        if (describe) return described('value');
        return sql.includes('AS matched') ? answers.matched : sql.includes('AS outcome') ? answers.outcome : undefined;
      },
    });
    const source = await openMysql({ connection: { url }, audience: { query: 'SELECT value FROM people' } });
    const scan = await source.scanHashes!([{ field: 'value', ...email }]);
    await readBlocks(scan);
    const error = await scan.finished.catch((reason: unknown) => reason);
    await scan.close();
    return error;
  }

  it.each([
    ['is too old', errorPacket(1, 1305, 'FUNCTION shop.REGEXP_REPLACE does not exist')],
    ['is too old, for a user without a database', errorPacket(1, 1046, 'No database selected')],
    ['is too old, for a user without the right to functions', errorPacket(1, 1370, 'execute command denied')],
    ['gives no hash', result('hash', [null])],
    ['gives something else', result('hash', ['taro@example.com'])],
  ])('because it %s is explained', async (_, matched) => {
    expect(await failure({ matched })).toMatchObject({
      code: 'source_unsupported',
      message: expect.stringContaining('MySQL 8'),
    });
  });

  it.each([
    ['stops the question', { matched: errorPacket(1, 1317, 'interrupted') }, 'took too long'],
    ['has a full disk', { matched: able, outcome: errorPacket(1, 1114, 'The table is full') }, 'no room left'],
    [
      'gives no outcomes',
      { matched: able, outcome: result('outcome', ['taro@example.com']) },
      'something else than hashes',
    ],
    ['gives NULL', { matched: able, outcome: result('outcome', [null]) }, 'something else than hashes'],
  ])('because it %s fails with a sentence', async (_, answers, message) => {
    expect(await failure(answers)).toMatchObject({
      code: 'source_failed',
      message: expect.stringContaining(message),
    });
  });
});
