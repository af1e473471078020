/** The catalogue, the check of an authorization, and what an audience may be. */
import { expect, test } from 'vitest';
import type { Table } from '../../../simulators/snowflake/index.ts';
import { configuration, openTable, providerOf, startSnowflake } from '../support/snowflake.ts';
import { readMembers } from '../support/values.ts';

const signal = () => AbortSignal.timeout(30_000);

test('lists tables and views in pages, finds some by a part of their name, and leaves out what the role may not read', async () => {
  const sim = await startSnowflake();
  const provider = providerOf();
  const ids: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await provider.audiences(configuration(sim), { limit: 2, cursor }, signal());
    ids.push(...page.items.map(({ id }) => id));
    if (page.next === null) break;
    cursor = page.next;
  }
  expect(ids).toEqual([
    'SHOP.CRM.LAPSED',
    'SHOP.CRM.MEMBERS',
    'SHOP.CRM."Members of 2026"',
    'SHOP.CRM.NEWSLETTER_JAPAN',
    'SHOP.CRM.VIP',
    'SHOP.MARKETING.BUYERS',
  ]);
  const found = await provider.audiences(configuration(sim), { limit: 10, search: 'crm.v' }, signal());
  expect(found.items).toEqual([
    {
      id: 'SHOP.CRM.VIP',
      name: 'SHOP.CRM.VIP',
      description: 'Bought ten times or more',
      size: 13,
      updated_at: '2026-01-05T03:00:00.000Z',
      file: null,
    },
  ]);
  const view = await provider.audiences(configuration(sim), { limit: 1, search: 'BUYERS' }, signal());
  expect(view.items[0]?.size).toBeNull();
  // Quotes in a search are a value, not SQL.
  const none = await provider.audiences(configuration(sim), { limit: 1, search: `'" OR 1=1 --` }, signal());
  expect(none.items).toEqual([]);
  const without = provider.audiences(configuration(sim, { database: '' }), { limit: 1 }, signal());
  await expect(without).rejects.toMatchObject({ code: 'invalid_configuration' });
  const unknown = provider.audiences(configuration(sim, { database: 'nowhere' }), { limit: 1 }, signal());
  await expect(unknown).rejects.toThrow(/NOWHERE does not exist/);
});

test('tells what an authorization reaches, and what its role may do', async () => {
  const sim = await startSnowflake();
  const { works, rights } = await providerOf().verify(configuration(sim), signal());
  expect(works).toMatchObject({ values: ['10.1.0', 'LINEUP_READER', 6, expect.anything()] });
  expect(rights).toMatchObject({ more: false });
  const short = await providerOf().verify(configuration(sim, { database: '' }), signal());
  expect(short.works).toMatchObject({ template: expect.stringContaining('Enter a database') });
});

test('reads a table by any spelling of its name, with the database and the schema of the authorization', async () => {
  const sim = await startSnowflake();
  const names = ['SHOP.CRM.VIP', 'shop.crm.vip', '"SHOP"."CRM"."VIP"', 'crm.vip', 'VIP'];
  for (const name of names) {
    const source = await openTable(sim, name, { schema: 'crm' });
    expect(await readMembers(await source.scan(['EMAIL'])), name).toHaveLength(13);
  }
  const quoted = await openTable(sim, 'SHOP.CRM."Members of 2026"');
  expect(await readMembers(await quoted.scan(['PHONES']))).toHaveLength(40);
  for (const hidden of ['SHOP.PAYROLL.SALARIES', 'SHOP.CRM.NONE'])
    await expect(openTable(sim, hidden)).rejects.toThrow(/GRANT SELECT/);
});

test('reads a query, and shows where a wrong one is wrong', async () => {
  const sim = await startSnowflake();
  const query = 'SELECT EMAIL, PHONE AS mobile -- of members\nFROM SHOP.CRM.VIP;\n';
  const source = await openTable(sim, query);
  expect((await source.fields()).map(({ name }) => name)).toEqual(['EMAIL', 'MOBILE']);
  expect(await readMembers(await source.scan(['MOBILE', 'EMAIL']))).toHaveLength(13);
  const wrong = openTable(sim, 'SELECT EMAIL,\n  EMIAL FROM SHOP.CRM.VIP');
  await expect(wrong).rejects.toThrow('The query is not correct in line 2, column 3: there is no such column.');
  const syntax = openTable(sim, 'SELECT EMAIL FORM SHOP.CRM.VIP');
  await expect(syntax).rejects.toThrow('The query is not correct: this is a syntax error.');
});

test('gives numbers, dates and truth as a person sees them, and refuses what has no text', async () => {
  const table: Table = {
    name: ['SHOP', 'CRM', 'TYPES'],
    columns: [
      { name: 'WHOLE', type: 'fixed', precision: 38, scale: 0 },
      { name: 'FRACTION', type: 'fixed', precision: 38, scale: 2 },
      { name: 'FLOAT', type: 'real' },
      { name: 'DAY', type: 'date' },
      { name: 'PROFILE', type: 'variant' },
      { name: 'BLOB', type: 'binary' },
    ],
    rows: 2,
    row: (number) => (number === 0 ? [819012345678, 819012345678, 1.5, '2026-01-31', '{}', 'ff'] : Array(6).fill(null)),
  };
  const sim = await startSnowflake({ tables: [table] });
  const source = await openTable(sim, 'SHOP.CRM.TYPES');
  expect(await source.fields()).toEqual([
    { name: 'WHOLE', type: 'NUMBER(38,0)', list: false },
    { name: 'FRACTION', type: 'NUMBER(38,2)', list: false },
    { name: 'FLOAT', type: 'FLOAT', list: false },
    { name: 'DAY', type: 'DATE', list: false },
    { name: 'PROFILE', type: 'VARIANT', list: false },
    { name: 'BLOB', type: 'BINARY', list: false },
  ]);
  const valuesOf = async (name: string) => (await readMembers(await source.scan([name]))).flat();
  expect(await valuesOf('WHOLE')).toEqual(['819012345678', '']);
  expect(await valuesOf('FRACTION')).toEqual(['819012345678', '']);
  expect(await valuesOf('FLOAT')).toEqual(['1.5', '']);
  expect(await valuesOf('DAY')).toEqual(['2026-01-31', '']);
  for (const name of ['PROFILE', 'BLOB'])
    await expect(source.scan([name])).rejects.toMatchObject({ code: 'field_type' });
});

test('previews lists, masked', async () => {
  const source = await openTable(await startSnowflake(), 'SHOP.CRM.VIP');
  const rows = await source.preview('EMAILS', 5);
  expect(rows).toHaveLength(5);
  expect(JSON.stringify(rows)).not.toMatch(/[a-z]{3,}\d*@/);
});

test('lists only tables, not queries and not the tables about the account', async () => {
  const { lists } = providerOf();
  const ids = [
    'SHOP.CRM.VIP',
    'CRM.VIP',
    'SELECT 1',
    'SNOWFLAKE.ACCOUNT_USAGE.USERS',
    'SHOP.INFORMATION_SCHEMA.TABLES',
  ];
  expect(await Promise.all(ids.map((id) => lists(id, null)))).toEqual([true, false, false, false, false]);
});

test('names the host of the account, or its own', () => {
  const { hosts } = providerOf();
  const given = (changes: Record<string, string>) =>
    hosts?.({ reveal: () => changes } as never)?.map(({ host, port, tls }) => [host, port, tls]);
  expect(given({ account: 'MyOrg-My_Account' })).toEqual([['myorg-my-account.snowflakecomputing.com', 443, true]]);
  expect(given({ account: 'xy12345-sales.global' })).toEqual([
    ['xy12345-sales.global.snowflakecomputing.com', 443, true],
  ]);
  expect(given({ account: 'xy12345.ap-northeast-1.aws' })).toEqual([
    ['xy12345.ap-northeast-1.aws.snowflakecomputing.com', 443, true],
  ]);
  for (const account of ['', 'a/b', 'evil.com/', 'a@b', 'a:1', '.a', 'a..b', 'a#', 'a?b', 'a\\b', '１'])
    expect(() => given({ account }), account).toThrow(/account identifier/);
});
