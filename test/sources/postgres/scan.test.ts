import { beforeAll, describe, expect, it, vi } from 'vitest';
import { openPostgres } from '../../../src/sources/postgres/open.ts';
import { needsPostgres } from '../../support/postgres.ts';
import { usePostgres } from '../support/postgres.ts';
import { membersOf, readBlocks, readMembers, scanFailure } from '../support/values.ts';

describe('a scan of PostgreSQL', needsPostgres, () => {
  const database = usePostgres();
  const connection = { url: database.url };
  const audience = { schema: 'public', table: 'members' };
  const MEMBERS = 300_000;

  beforeAll(async () => {
    await database.sql(`
      CREATE TABLE members AS SELECT 'member' || n || '@example.com' AS email FROM generate_series(1, ${MEMBERS}) AS n;
      ANALYZE members`);
  });

  /** The server process of a running scan. */
  async function backend(): Promise<number | undefined> {
    const { rows } = await database.sql(
      `SELECT pid FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'lineup' AND state = 'active' AND query LIKE 'COPY%'`,
    );
    return rows[0]?.pid;
  }

  it('sees one moment, whatever changes meanwhile', async () => {
    const scan = await (await openPostgres({ connection, audience })).scan(['email']);
    const blocks = scan.blocks[Symbol.asyncIterator]();
    await blocks.next();
    // Among them are the last ones, which are not read yet.
    await database.sql("UPDATE members SET email = 'changed@example.com' WHERE email LIKE 'member2999%'");
    try {
      const rest = await readBlocks(scan);
      await scan.finished;
      expect(rest.includes('changed@')).toBe(false);
    } finally {
      await scan.close();
      await database.sql(`DELETE FROM members WHERE email = 'changed@example.com';
        INSERT INTO members SELECT 'member' || n || '@example.com' FROM generate_series(1, ${MEMBERS}) AS n
          WHERE n::text LIKE '2999%'`);
    }
  });

  it('makes the server wait for a slow reader', async () => {
    const scan = await (await openPostgres({ connection, audience })).scan(['email']);
    const blocks = scan.blocks[Symbol.asyncIterator]();
    await blocks.next();
    // It stops with most of its rows not yet sent. Only a server that waits for its client is in this state.
    await vi.waitFor(async () => {
      const { rows } = await database.sql('SELECT wait_event FROM pg_stat_activity WHERE pid = $1', [await backend()]);
      expect(rows).toEqual([{ wait_event: 'ClientWrite' }]);
    });
    expect(scan.progress()).toBeLessThan(0.9);
    await scan.close();
  });

  it('asks the condition of a query once for each member of a list', async () => {
    const query = `SELECT ARRAY[email, '2.' || email] AS emails FROM (SELECT * FROM members LIMIT 2000) AS first WHERE random() < 0.5`;
    const source = await openPostgres({ connection, audience: { query } });
    const members = await readMembers(await source.scan(['emails']));
    expect(members.length).toBeGreaterThan(0);
    expect(members.filter(([first, second]) => second !== `2.${first}`)).toEqual([]);
  });

  it('gives its progress', async () => {
    const source = await openPostgres({ connection, audience });
    const scan = await source.scan(['email']);
    const seen: number[] = [];
    for await (const _ of scan.blocks) seen.push(scan.progress()!);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.some((progress) => progress > 0.2 && progress < 0.8)).toBe(true);
    expect(scan.progress()).toBe(1);
    await scan.close();
  });

  it('gives the progress of several fields, and their values of one moment, member by member', async () => {
    const read = 60_000;
    const query = `SELECT email, ARRAY[email, '2.' || email] AS emails, substr(email, 7, strpos(email, '@') - 7) AS n
      FROM (SELECT * FROM members LIMIT ${read}) AS first`;
    const source = await openPostgres({ connection, audience: { query } });
    const scan = await source.scan(['n', 'emails', 'email']);
    const seen: number[] = [];
    const streams: Buffer[][] = [[], [], []];
    for await (const block of scan.blocks) {
      seen.push(scan.progress()!);
      streams[scan.column()]!.push(Buffer.from(block));
    }
    await scan.finished;
    expect(seen.some((progress) => progress > 0.2 && progress < 0.8)).toBe(true);
    expect(scan.progress()).toBe(1);
    await scan.close();
    const [numbers, lists, emails] = streams.map((blocks, n) => membersOf(Buffer.concat(blocks), n === 1));
    expect(numbers).toHaveLength(read);
    const wrong = numbers!.findIndex(([n], at) => {
      const email = `member${n}@example.com`;
      return emails![at]!.join() !== email || lists![at]!.join() !== `${email},2.${email}`;
    });
    expect(wrong).toBe(-1);
  });

  it('refuses a member whose fields are too long together', async () => {
    const query = "SELECT 'a' AS id, repeat('a', 70000000) AS email";
    const source = await openPostgres({ connection, audience: { query } });
    const scan = await source.scan(['id', 'email']);
    await readBlocks(scan);
    await expect(scan.finished).rejects.toMatchObject({
      code: 'source_unreadable',
      message: expect.stringContaining('more than 64 MiB in the chosen fields'),
    });
    await scan.close();
  });

  it('gives a value of any length in pieces, and previews its beginning', async () => {
    const query = "SELECT repeat('a', 30000000) AS email";
    const source = await openPostgres({ connection, audience: { query } });
    const scan = await source.scan(['email']);
    let [longest, all] = [0, 0];
    for await (const block of scan.blocks) {
      longest = Math.max(longest, block.length);
      all += block.length;
    }
    await scan.finished;
    await scan.close();
    expect(all).toBe(30_000_001);
    expect(longest).toBeLessThan(1 << 20);
    expect(await source.preview('email', 1)).toEqual([{ row: 1, values: ['a***'] }]);
    const many = "SELECT array_agg('b' || n) AS email FROM generate_series(1, 1000000) AS n";
    const lists = await openPostgres({ connection, audience: { query: many } });
    expect(await lists.preview('email', 1)).toEqual([{ row: 1, values: Array(20).fill('***##') }]);
  });

  it('fails when the server ends it', async () => {
    const scan = await (await openPostgres({ connection, audience })).scan(['email']);
    const blocks = scan.blocks[Symbol.asyncIterator]();
    await blocks.next();
    await database.sql('SELECT pg_terminate_backend($1)', [await backend()]);
    await expect(readMembers(scan)).rejects.toMatchObject({ code: 'source_failed', retryable: true });
    await scan.close();
  });

  it('ends at the server when it is stopped, even if the server had nothing to send', async () => {
    const query = 'SELECT pg_sleep(600)::text AS email';
    const source = await openPostgres({ connection, audience: { query } });
    const controller = new AbortController();
    const scan = await source.scan(['email'], controller.signal);
    const reading = readBlocks(scan);
    const pid = await vi.waitFor(async () => {
      const running = await backend();
      expect(running).toBeTypeOf('number');
      return running;
    });
    controller.abort();
    await reading;
    await expect(scan.finished).rejects.toMatchObject({ code: 'interrupted' });
    await vi.waitFor(async () => expect(await backend()).not.toBe(pid), 20_000);
    await scan.close();
  });

  it('leaves no connection behind', async () => {
    const source = await openPostgres({ connection, audience });
    await source.preview('email', 1);
    await readMembers(await source.scan(['email']));
    await (await source.scan(['email'])).close();
    await vi.waitFor(async () => {
      const { rows } = await database.sql(
        "SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'lineup'",
      );
      expect(rows).toEqual([{ count: 0 }]);
    });
  });

  it('has a time limit', async () => {
    const query = "SELECT 'x' || pg_sleep(600) AS email";
    expect(
      await scanFailure(openPostgres({ connection, audience: { query }, scanTimeoutMs: 100 }), 'email'),
    ).toMatchObject({
      code: 'source_failed',
      reason: '57014',
      message: expect.stringContaining('took too long'),
    });
    const source = await openPostgres({ connection, audience: { query }, timeoutMs: 100 });
    await expect(source.preview('email', 1)).rejects.toMatchObject({ reason: '57014' });
  });

  it('shows no value of a member that makes the server fail', async () => {
    const query = 'SELECT (email::int)::text AS email FROM members';
    const failure = await scanFailure(openPostgres({ connection, audience: { query } }), 'email');
    expect(failure).toMatchObject({ code: 'source_failed', reason: '22P02' });
    expect(String(failure)).not.toMatch(/member\d/);
  });
});
