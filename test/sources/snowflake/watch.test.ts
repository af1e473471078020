/** What a trigger sees of tables and queries of Snowflake. */
import { expect, test } from 'vitest';
import type { Watched } from '../../../src/contracts/watched.ts';
import { latestOf } from '../../../src/sources/watch.ts';
import { configuration, providerOf, startSnowflake } from '../support/snowflake.ts';

test('a table that was altered, without reading it, and the maximum of a column', async () => {
  let altered = '2026-01-05T03:00:00.000000001';
  let times = ['2026-01-01 00:00:00.000000001', null];
  const columns = [{ name: 'AT', type: 'timestamp_ntz' }];
  const table = { columns, rows: 2, row: (number: number) => [times[number]!], altered: () => altered };
  const sim = await startSnowflake({
    tables: [
      { ...table, name: ['SHOP', 'CRM', 'LOADS'] },
      { ...table, name: ['SHOP', 'CRM', 'SEEN'], view: true },
    ],
  });
  const look = (watched: Watched, audience = 'SHOP.CRM.LOADS', changes = {}) =>
    latestOf(providerOf(), configuration(sim, changes), audience, watched, new AbortController().signal);

  const first = await look({ kind: 'metadata' });
  expect(await look({ kind: 'metadata' }, 'LOADS', { schema: 'CRM' })).toBe(first);
  altered = '2026-01-05T03:00:00.000000002';
  expect(await look({ kind: 'metadata' })).not.toBe(first);
  for (const audience of ['SHOP.CRM.SEEN', 'SELECT AT FROM SHOP.CRM.LOADS', 'LOADS'])
    await expect(look({ kind: 'metadata' }, audience)).rejects.toMatchObject({ code: 'source_unsupported' });

  const before = await look({ kind: 'column', column: 'AT' });
  expect(before).toMatch(/^[0-9a-f]{32}$/);
  expect(await look({ kind: 'query', query: 'SELECT MAX(AT) FROM SHOP.CRM.LOADS' })).toBe(before);
  times = [null, '2026-01-01 00:00:00.000000002'];
  expect(await look({ kind: 'column', column: 'AT' })).not.toBe(before);
  await expect(look({ kind: 'query', query: 'SELECT AT FROM SHOP.CRM.LOADS' })).rejects.toMatchObject({
    code: 'invalid_argument',
  });
});
