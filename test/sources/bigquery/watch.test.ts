/** What a trigger sees of tables and queries of BigQuery. */
import { expect, test } from 'vitest';
import type { Watched } from '../../../src/contracts/watched.ts';
import { latestOf } from '../../../src/sources/watch.ts';
import { credentialsFor, pathsOf, startBigQuery, swiftProvider } from './support.ts';

test('a table that was changed, without reading it, and the maximum of a column', async () => {
  let modified = 1_771_578_000_000;
  let rows = [{ batch: 7 }, { batch: 9 }];
  const fields = [{ name: 'batch', type: 'INTEGER' }] as const;
  const given = { dataset: 'crm', table: 'loads', fields, modified: () => modified };
  const sim = await startBigQuery({
    tables: [
      {
        ...given,
        get rows() {
          return rows;
        },
      },
      { ...given, table: 'view', type: 'VIEW', rows: 1 },
    ],
  });
  const look = (watched: Watched, audience = 'crm.loads') =>
    latestOf(swiftProvider(), credentialsFor(sim), audience, watched, new AbortController().signal);

  const first = await look({ kind: 'metadata' });
  expect(await look({ kind: 'metadata' })).toBe(first);
  modified += 1;
  expect(await look({ kind: 'metadata' })).not.toBe(first);
  expect(pathsOf(sim, 'jobs')).toEqual([]);
  await expect(look({ kind: 'metadata' }, 'crm.view')).rejects.toMatchObject({ code: 'source_unsupported' });
  await expect(look({ kind: 'metadata' }, 'SELECT batch FROM crm.loads')).rejects.toMatchObject({
    code: 'source_unsupported',
  });

  const nine = await look({ kind: 'column', column: 'batch' });
  expect(nine).toMatch(/^[0-9a-f]{32}$/);
  expect(await look({ kind: 'query', query: 'SELECT MAX(batch) FROM (SELECT batch FROM crm.loads)' })).toBe(nine);
  rows = [{ batch: 7 }, { batch: 10 }];
  expect(await look({ kind: 'column', column: 'batch' })).not.toBe(nine);
  await expect(look({ kind: 'query', query: 'SELECT batch FROM crm.loads' })).rejects.toMatchObject({
    code: 'invalid_argument',
  });
});
