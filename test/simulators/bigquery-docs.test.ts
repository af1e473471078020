/** Compares the page about the simulator of BigQuery with the simulator. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { endpointNames, faultKinds, parseFault, readFault } from '../../simulators/bigquery/faults.ts';
import { bigquerySimulatorOptions } from '../../simulators/bigquery/options.ts';
import { readSettings, settings } from '../../simulators/bigquery/settings.ts';
import { sampleTables } from '../../simulators/bigquery/tables.ts';

const page = readFileSync(new URL('../../docs/simulator-bigquery.md', import.meta.url), 'utf8');

test('every example of a fault is valid, and every kind has an example', () => {
  const bodies = [...page.matchAll(/ADMIN\/faults -d '([^']+)'/g)].map(([, json = '']) => readFault(JSON.parse(json)));
  expect(new Set(bodies.map(({ kind }) => kind))).toEqual(new Set(faultKinds));
  const flags = [...page.matchAll(/--fault (\w+,[\w=,]+)/g)].map(([, flag = '']) => parseFault(flag));
  expect(flags).toEqual([{ kind: 'broken', batches: 2 }]);
});

test('the page has every setting, flag, endpoint and table', () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \| `(--[\w-]+)` \| `?([^`|]+?)`? \|/gm)].map(([, ...row]) => row);
  const flag = (key: string) => bigquerySimulatorOptions.find((option) => option.key === key)?.name;
  expect(rows).toEqual(
    Object.entries(settings).map(([name, setting]) => [name, flag(name), String(setting.parse(undefined))]),
  );
  for (const { name } of bigquerySimulatorOptions) expect(page).toContain(`\`${name}\``);
  for (const name of endpointNames) expect(page).toContain(`\`${name}\``);
  for (const { dataset, table } of sampleTables(250_000)) expect(page).toContain(`| \`${dataset}.${table}\` |`);
  const examples = [...page.matchAll(/ADMIN\/settings -d '(.+)'/g)].map(([, json = '']) =>
    readSettings(JSON.parse(json)),
  );
  expect(examples).toEqual([{ batchRows: 100, queryMs: 2000 }]);
});
