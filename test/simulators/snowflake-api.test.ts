/** The simulator of Snowflake, asked by an independent client. */
import { expect, onTestFinished, test } from 'vitest';
import { SimulatorInputError } from '../../simulators/shared/input.ts';
import { type SnowflakeSimulatorOptions, startSnowflakeSimulator } from '../../simulators/snowflake/index.ts';
import { simulateSnowflake, snowflakeSimulatorOptions } from '../../simulators/snowflake/options.ts';
import { settings } from '../../simulators/snowflake/settings.ts';

async function startSim(options: SnowflakeSimulatorOptions = {}) {
  const sim = await startSnowflakeSimulator({ members: 100, ...options });
  onTestFinished(() => sim.close());
  const headers = {
    authorization: `Bearer ${sim.token}`,
    'x-snowflake-authorization-token-type': 'PROGRAMMATIC_ACCESS_TOKEN',
    'content-type': 'application/json',
  };
  const ask = async (method: string, path: string, body?: object, changed: Record<string, string> = {}) => {
    const url = `${sim.origin}/api/v2/statements${path}`;
    const given = {
      method,
      headers: { ...headers, ...changed },
      ...(body && { body: JSON.stringify(body) }),
    };
    const answer = await fetch(url, given);
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, json: text === '' ? {} : JSON.parse(text) };
  };
  return { sim, ask };
}

const statement = 'SELECT EMAIL, PHONES FROM SHOP.CRM.VIP WHERE EMAIL IS NOT NULL LIMIT 7';

test('runs a statement at once, or while the client asks again', async () => {
  let now = Date.now();
  const { sim, ask } = await startSim({ partitionRows: 3, now: () => now });
  const whole = await ask('POST', '', { statement });
  expect(whole.status).toBe(200);
  expect(whole.json.resultSetMetaData.numRows).toBe(7);
  expect(whole.json.resultSetMetaData.rowType).toMatchObject([{ name: 'EMAIL' }, { name: 'PHONES' }]);
  expect(whole.json.resultSetMetaData.partitionInfo).toHaveLength(3);
  expect(whole.json.data).toHaveLength(3);
  const last = await ask('GET', `/${whole.json.statementHandle}?partition=2`);
  expect(last.headers.get('content-encoding')).toBe('gzip');
  expect(last.json.data).toHaveLength(1);
  expect((await ask('GET', `/${whole.json.statementHandle}?partition=3`)).status).toBe(404);

  sim.configure({ executionMs: 1_000 });
  const begun = await ask('POST', '?async=true&requestId=one', { statement });
  expect([begun.status, begun.json.code]).toEqual([202, '333334']);
  const again = await ask('POST', '?async=true&requestId=one&retry=true', { statement });
  expect(again.json.statementHandle).toBe(begun.json.statementHandle);
  const path = `/${begun.json.statementHandle}`;
  expect((await ask('GET', path)).status).toBe(202);
  now += 1_000;
  expect((await ask('GET', path)).json.data).toHaveLength(3);
  sim.advance(25 * 3_600_000);
  expect((await ask('GET', path)).status).toBe(404);
});

test('wants to know which application asks', async () => {
  const { ask } = await startSim();
  for (const name of ['', ' ', '(none)'])
    expect(await ask('POST', '', { statement }, { 'user-agent': name })).toMatchObject({
      status: 400,
      json: { code: '391903' },
    });
  expect((await ask('POST', '', { statement }, { 'user-agent': 'shop/1.2 (nightly)' })).status).toBe(200);
});

test('cancels a statement that runs', async () => {
  const { ask } = await startSim({ executionMs: 3_600_000 });
  const { json } = await ask('POST', '?async=true', { statement });
  expect((await ask('POST', `/${json.statementHandle}/cancel`)).status).toBe(200);
  const after = await ask('GET', `/${json.statementHandle}`);
  expect(after).toMatchObject({ status: 422, json: { code: '000604', sqlState: '57014' } });
});

test('refuses who may not sign in, and statements that it does not understand', async () => {
  const { ask } = await startSim();
  const wrong: Record<string, string>[] = [
    { authorization: 'Bearer wrong' },
    { 'x-snowflake-authorization-token-type': 'KEYPAIR_JWT' },
    { 'x-snowflake-authorization-token-type': 'KEYPAIR_JWT', authorization: 'Bearer a.b.c' },
  ];
  for (const headers of wrong) expect((await ask('POST', '', { statement }, headers)).status).toBe(401);
  const codes: Record<string, string> = {
    'DELETE FROM SHOP.CRM.VIP': '001003',
    'SELECT EMAIL FROM SHOP.CRM.VIP; SELECT 1': '000008',
    'SELECT NOTHING FROM SHOP.CRM.VIP': '000904',
    'SELECT UPPER(EMAIL) FROM SHOP.CRM.VIP': '002140',
    'SELECT EMAIL FROM SHOP.CRM.NOBODY': '002003',
    'SELECT EMAIL FROM SHOP.PAYROLL.SALARIES': '003001',
    'SELECT EMAIL FROM VIP': '090105',
  };
  for (const [sql, code] of Object.entries(codes))
    expect(await ask('POST', '', { statement: sql }), sql).toMatchObject({ status: 422, json: { code } });
  expect((await ask('POST', '', {})).status).toBe(400);
  expect((await ask('POST', '', { statement }, { 'content-type': 'text/plain' })).status).toBe(415);
  expect((await ask('DELETE', '/x')).status).toBe(404);
});

test('has a flag for every setting, and prints what to copy', async () => {
  const keys = snowflakeSimulatorOptions.map(({ key }) => key);
  const own = ['port', 'host', 'account', 'user', 'token', 'publicKey', 'members', 'faults'];
  expect(keys).toEqual([...own, ...Object.keys(settings)]);
  const lines: string[] = [];
  const sim = await simulateSnowflake({ members: 7 }, (line) => lines.push(line));
  onTestFinished(() => sim.close());
  expect(lines.join('\n')).toMatch(/export SNOWFLAKE_ORIGIN=http\S+ SNOWFLAKE_ACCOUNT=.*SHOP\.CRM\.MEMBERS \(7\)/s);
  await expect(startSnowflakeSimulator({ publicKey: 'no key' })).rejects.toThrow(SimulatorInputError);
});
