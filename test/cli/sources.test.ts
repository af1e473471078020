/** Members from other sources than files: an audience of Lytics, a table or a query of PostgreSQL. */
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startLyticsSimulator } from '../../simulators/lytics/index.ts';
import { bench, held, members, sha256, toVip } from '../support/cli.ts';
import { needsPostgres, serverUrl } from '../support/postgres.ts';

const isAddress = (value: string): boolean => /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(value.trim());

describe('lytics:', () => {
  test('a whole audience arrives, although both sides have faults', async () => {
    // Sixty pages, and three chunks.
    const lytics = await startLyticsSimulator({ members: 6_000 });
    onTestFinished(() => lytics.close());
    const { export: run, simulator } = await bench();
    for (const fault of [
      { kind: 'status', status: 429, nth: 1 },
      { kind: 'status', status: 500, nth: 3, endpoint: 'scan' },
      { kind: 'reset', nth: 6, endpoint: 'scan' },
      { kind: 'cut', nth: 9, endpoint: 'scan' },
      { kind: 'garbled', nth: 12, endpoint: 'scan' },
      // A member who joined before the scan started again is included.
      { kind: 'joined', members: 30, nth: 15, endpoint: 'scan' },
      { kind: 'expired', nth: 18, endpoint: 'scan' },
      { kind: 'slow', ms: 100, nth: 28, endpoint: 'scan' },
      { kind: 'short', rows: 0, nth: 40, endpoint: 'scan' },
      { kind: 'repeated', members: 7, nth: 52, endpoint: 'scan' },
    ] as const) {
      lytics.addFault(fault);
    }
    for (const fault of [
      { kind: 'status', status: 429, nth: 1, endpoint: 'upload' },
      { kind: 'busy', nth: 2, endpoint: 'upload' },
      { kind: 'reset', nth: 3, endpoint: 'upload' },
      { kind: 'reset', when: 'after', fileName: '-1.txt' },
      { kind: 'status', status: 503, nth: 5, endpoint: 'upload' },
      { kind: 'status', status: 502, when: 'after', fileName: '-2.txt' },
      { kind: 'garbled', fileName: '-3.txt' },
      { kind: 'status', status: 500, nth: 6, endpoint: 'upload-jobs' },
    ] as const) {
      simulator.addFault(fault);
    }
    const { code, run: document } = await run(['--source', 'lytics:all_members', ...toVip, '--chunk-records', '2400'], {
      environment: { LYTICS_API_TOKEN: lytics.token, LYTICS_ORIGIN: lytics.origin },
    });

    const given = [...lytics.members('all_members', 'email')].map(({ email: value }) => String(value ?? ''));
    const wanted = new Set(given.filter(isAddress).map((value) => sha256(value.trim().toLowerCase())));
    expect([code, document.error]).toEqual([0, null]);
    expect(held(simulator, document.audience?.id ?? '')).toEqual([...wanted].sort());
    // Seven values came twice, and are in the audience once.
    expect(document.counts).toMatchObject({
      rows: 6_037,
      scanned: 6_037,
      missing: given.filter((value) => value.trim() === '').length,
      unique: wanted.size,
      uploaded: wanted.size,
    });
    const { missing = 0, invalid = {}, duplicates, unique } = document.counts ?? {};
    expect(missing + Number(invalid.not_an_email) + Number(duplicates) + Number(unique)).toBe(6_037);
    expect(document.chunks.map(({ action, jobStatus }) => [action, jobStatus])).toEqual(
      Array.from({ length: 3 }, () => ['ADD', 'FINISHED']),
    );
    // No upload was sent while LINE processed another, and none twice.
    expect(simulator.state.violations).toEqual([]);
    const met = [...simulator.inspect().requests, ...lytics.inspect().requests].flatMap(({ faults }) => faults);
    expect(met).toHaveLength(18);
  });

  test('a missing token is a usage error that names the variable', async () => {
    const { export: run } = await bench();
    const { code, run: document } = await run(['--source', 'lytics:vip', ...toVip]);
    expect([code, document.error?.code]).toEqual([2, 'missing_credentials']);
    expect(document.error?.message).toContain('LYTICS_API_TOKEN');
  });
});

describe('postgresql:', needsPostgres, () => {
  test.each([
    ['a table', (schema: string) => `${schema}.members`],
    ['a query', (schema: string) => `select email from ${schema}.members where id <= 20`],
  ])('%s can be exported', async (_, name) => {
    const url = serverUrl ?? '';
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const schema = `crm_${process.pid}_${Math.floor(performance.now())}`;
    onTestFinished(async () => {
      await client.query(`drop schema ${schema} cascade`);
      await client.end();
    });
    await client.query(`create schema ${schema}; create table ${schema}.members (id int, email text);
      insert into ${schema}.members select n, 'member' || n || '@example.com' from generate_series(1, 20) as n`);
    const { export: run, simulator } = await bench();
    const { code, run: document } = await run(['--source', `postgresql:${name(schema)}`, ...toVip], {
      environment: { LINEUP_POSTGRES_URL: `${url}&application_name=crm&connect_timeout=60` },
    });
    expect(code).toBe(0);
    expect(held(simulator, document.audience?.id ?? '')).toEqual(members(20).hashes);
  });
});
