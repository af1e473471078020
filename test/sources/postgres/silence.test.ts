import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openPostgres } from '../../../src/sources/postgres/open.ts';
import type { Scan } from '../../../src/sources/source.ts';
import { needsPostgres } from '../../support/postgres.ts';
import { lost, silenceContract, silenceMs } from '../silence-contract.ts';
import { usePostgres } from '../support/postgres.ts';
import { type PostgresProxy, startPostgresProxy } from '../support/postgres-proxy.ts';
import { readBlocks, readMembers } from '../support/values.ts';

describe('a silent scan', { ...needsPostgres, timeout: 180_000 }, () => {
  const database = usePostgres();
  const reader = `${database.name}_reader`;

  beforeAll(async () => {
    await database.sql(`
      CREATE ROLE ${reader} LOGIN;
      CREATE TABLE members AS SELECT 'member' || n || '@example.com' AS email FROM generate_series(1, 300000) AS n;
      GRANT SELECT ON members TO ${reader}`);
  });
  afterAll(() => database.sql(`DROP OWNED BY ${reader}; DROP ROLE ${reader}`));

  async function begin(query: string): Promise<{ scan: Scan; proxy: PostgresProxy }> {
    const proxy = await startPostgresProxy(database.urlAs(reader));
    const url = proxy.url('127.0.0.1');
    const source = await openPostgres({ connection: { url }, audience: { query }, silenceMs });
    return { scan: await source.scan(['email']), proxy };
  }

  /** The server process of the scan. */
  const backend = () =>
    vi.waitFor(async () => {
      const { rows } = await database.sql(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%'",
      );
      expect(rows).toHaveLength(1);
      return rows[0].pid as number;
    });

  silenceContract({
    begin,
    running: backend,
    slowly: (value, seconds) => `'${value}' || pg_sleep(${seconds})`,
  });

  it('is given up when its process has ended at the server', async () => {
    const { scan, proxy } = await begin('SELECT pg_sleep(600)::text AS email');
    const reading = readBlocks(scan);
    const pid = await backend();
    proxy.freeze();
    await database.sql('SELECT pg_terminate_backend($1)', [pid]);
    await reading;
    await expect(scan.finished).rejects.toMatchObject(lost);
    await scan.close();
  });

  it('continues while the server works and accepts no second connection', async () => {
    const { scan, proxy } = await begin("SELECT 'a' || pg_sleep(4) AS email");
    const reading = readMembers(scan);
    await backend();
    await database.sql(`ALTER ROLE ${reader} CONNECTION LIMIT 1`);
    try {
      expect(await reading).toEqual([['a']]);
      expect(proxy.connections).toBeGreaterThan(3);
    } finally {
      await database.sql(`ALTER ROLE ${reader} CONNECTION LIMIT -1`);
    }
  });

  it('continues while its own reader is slow', async () => {
    // Without a proxy, which would accept the rows before the reader does.
    const connection = { url: database.urlAs(reader) };
    const query = 'SELECT email FROM members';
    const scan = await (await openPostgres({ connection, audience: { query }, silenceMs })).scan(['email']);
    const blocks = scan.blocks[Symbol.asyncIterator]();
    await blocks.next();
    const pid = await backend();
    // The server waits many times longer than the silence limit, and treats the client as if it were lost.
    await database.sql('SELECT pg_sleep(2)');
    const { rows } = await database.sql('SELECT wait_event FROM pg_stat_activity WHERE pid = $1', [pid]);
    expect(rows).toEqual([{ wait_event: 'ClientWrite' }]);
    await readBlocks(scan);
    await scan.finished;
    await scan.close();
  });
});
