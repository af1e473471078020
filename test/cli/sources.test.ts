/** Members that are in no file: an audience of Lytics, a table or a query of PostgreSQL. */
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startLyticsSimulator } from '../../simulators/lytics/index.ts';
import { bench, held, members, sha256 } from '../support/cli.ts';

const email = [
  '--field',
  'email',
  '--identifier-type',
  'email',
  '--ad-account',
  'A1',
  '--audience-name',
  'VIP',
];

describe('lytics:', () => {
  test('a whole audience arrives, with faults on both sides', async () => {
    const lytics = await startLyticsSimulator();
    onTestFinished(() => lytics.close());
    const { export: run, simulator } = await bench();
    lytics.addFault({ kind: 'status', status: 500, nth: 3 });
    lytics.addFault({ kind: 'cut', nth: 5 });
    lytics.addFault({ kind: 'expired', nth: 8 });
    simulator.addFault({ kind: 'reset', when: 'after', endpoint: 'upload' });
    const { code, run: document } = await run(['--source', 'lytics:newsletter_japan', ...email], {
      environment: { LYTICS_API_TOKEN: lytics.token, LYTICS_ORIGIN: lytics.origin },
    });
    expect([code, document.counts?.rows]).toEqual([0, 1200]);
    const valid = [...lytics.members('newsletter_japan', 'email')]
      .flatMap(({ email: value }) => (typeof value === 'string' ? [value.trim().toLowerCase()] : []))
      .filter((value) => /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(value));
    expect(held(simulator, document.audience?.id ?? '')).toEqual([...new Set(valid.map(sha256))].sort());
  });

  test('without a token is a usage error that names the variable', async () => {
    const { export: run } = await bench();
    const { code, run: document } = await run(['--source', 'lytics:vip', ...email]);
    expect([code, document.error?.code]).toEqual([2, 'missing_credentials']);
    expect(document.error?.message).toContain('LYTICS_API_TOKEN');
  });
});

describe.runIf(process.env.LINEUP_TEST_DATABASE_URL)('postgresql:', () => {
  test.each([
    ['a table', (schema: string) => `${schema}.members`],
    ['a query', (schema: string) => `select email from ${schema}.members where id <= 20`],
  ])('%s', async (_, name) => {
    const url = process.env.LINEUP_TEST_DATABASE_URL ?? '';
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
    const { code, run: document } = await run(['--source', `postgresql:${name(schema)}`, ...email], {
      environment: { LINEUP_POSTGRES_URL: url },
    });
    expect(code).toBe(0);
    expect(held(simulator, document.audience?.id ?? '')).toEqual(members(20).hashes);
  });
});
