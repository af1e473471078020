/** Members of Snowflake: a whole export, and one whose scan is interrupted. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { person } from '../../simulators/shared/people.ts';
import { type SnowflakeSimulator, startSnowflakeSimulator } from '../../simulators/snowflake/index.ts';
import { bench, held, sha256 } from '../support/cli.ts';

const MEMBERS = 2_000;
/** A scan of these takes longer than the second after which there is a checkpoint, and has pages left then. */
const LONG = 6_000;

async function scene(options = {}) {
  const snowflake = await startSnowflakeSimulator({ members: MEMBERS, partitionRows: 100, ...options });
  onTestFinished(() => snowflake.close());
  const environment = {
    SNOWFLAKE_ORIGIN: snowflake.origin,
    SNOWFLAKE_ACCOUNT: snowflake.account,
    SNOWFLAKE_USER: snowflake.user,
    SNOWFLAKE_PRIVATE_KEY: snowflake.privateKey,
    SNOWFLAKE_WAREHOUSE: snowflake.warehouse,
  };
  return { at: await bench(), snowflake, environment };
}

const asked = [
  ...['--source', 'snowflake:SHOP.CRM.MEMBERS', '--field', 'EMAIL', '--identifier-type', 'email'],
  ...['--ad-account', 'A1', '--audience-name', 'VIP', '--chunk-records', '700'],
];

const wanted = (members = MEMBERS) => {
  const values = Array.from({ length: members }, (_, n) => (person(n + 1).email ?? '').trim());
  const addresses = values.filter((value) => /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(value));
  return [...new Set(addresses.map((value) => sha256(value.toLowerCase())))].sort();
};

const statementsOf = (snowflake: SnowflakeSimulator) =>
  snowflake.inspect().requests.filter(({ statement }) => statement?.startsWith('SELECT "EMAIL"')).length;

test('a whole table arrives, although Snowflake has faults', async () => {
  const { at, snowflake, environment } = await scene();
  snowflake.addFault({ kind: 'reset', endpoint: 'submit', nth: 2 });
  snowflake.addFault({ kind: 'status', status: 429, endpoint: 'partition', nth: 4 });
  snowflake.addFault({ kind: 'broken', endpoint: 'partition', nth: 8 });
  snowflake.addFault({ kind: 'expired', endpoint: 'partition', nth: 14 });
  const { code, run } = await at.export(asked, { environment });
  expect([code, run.error]).toEqual([0, null]);
  expect(held(at.simulator, run.audience?.id ?? '')).toEqual(wanted());
  expect(run.counts).toMatchObject({ rows: MEMBERS });
});

test('the same members arrive as hashes of Snowflake, and the run says so', async () => {
  const { at, snowflake, environment } = await scene();
  const { code, run } = await at.export([...asked, '--hash-in-database'], { environment });
  expect([code, run.error, run.hashInDatabase]).toEqual([0, null, true]);
  expect(held(at.simulator, run.audience?.id ?? '')).toEqual(wanted());
  expect(statementsOf(snowflake)).toBe(0);
  const { stdout } = await at.run(['runs', 'show', run.runId ?? '']);
  expect(stdout).toContain('SHOP.CRM.MEMBERS, hashed in the database · ');
  const [source, rest] = [asked.slice(0, 6), ['--out', 'chunks', '--hash-in-database', '--json']];
  const prepared = await at.run(['prepare', ...source, ...rest], { environment });
  expect(JSON.parse(prepared.stdout)).toMatchObject({
    hashInDatabase: true,
    counts: { unique: run.counts?.unique },
  });
});

test('a killed scan continues with the same statement, and reads no row twice', {
  timeout: 120_000,
}, async () => {
  const { at, snowflake, environment } = await scene({ members: LONG, partitionMs: 100 });
  const fault = snowflake.addFault({ kind: 'slow', ms: 600_000, endpoint: 'partition', nth: 56 });
  const { child, finished } = at.start(['export', ...asked, '--poll-interval', '50'], { environment });
  await vi.waitFor(
    () => expect(snowflake.inspect().faults.find(({ id }) => id === fault)?.seen).toBeGreaterThanOrEqual(56),
    { interval: 25, timeout: 100_000 },
  );
  child.kill('SIGKILL');
  await finished;
  snowflake.clearFaults();
  snowflake.configure({ partitionMs: 0 });
  const [begun] = JSON.parse((await at.run(['runs', 'list', '--json'])).stdout) as { runId: string }[];
  const before = snowflake.inspect().requests.length;
  const { code, run } = await at.export(['--resume', begun?.runId ?? ''], { environment });
  expect([code, run.error]).toEqual([0, null]);
  expect(run.counts).toMatchObject({ rows: LONG });
  expect(held(at.simulator, run.audience?.id ?? '')).toEqual(wanted(LONG));
  expect(statementsOf(snowflake)).toBe(1);
  const again = snowflake
    .inspect()
    .requests.slice(before)
    .filter(({ endpoint }) => endpoint === 'partition');
  expect(again.length).toBeLessThan(55);
});
