/** Compares the page about the simulator of Snowflake with the simulator. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { endpointNames, faultKinds, parseFault, readFault } from '../../simulators/snowflake/faults.ts';
import { snowflakeSimulatorOptions } from '../../simulators/snowflake/options.ts';
import { readSettings, settings } from '../../simulators/snowflake/settings.ts';
import { sampleTables } from '../../simulators/snowflake/tables.ts';

const page = readFileSync(new URL('../../docs/simulator-snowflake.md', import.meta.url), 'utf8');

test('every example of a fault is valid, and every kind has an example', () => {
  const bodies = [...page.matchAll(/ADMIN\/faults -d '(.+?)'/g)].map(([, json = '']) => readFault(JSON.parse(json)));
  expect(new Set(bodies.map(({ kind }) => kind))).toEqual(new Set(faultKinds));
  const flags = [...page.matchAll(/--fault (\w+,[^`\s]+)/g)].map(([, flag = '']) => parseFault(flag));
  expect(flags).toHaveLength(2);
});

test('the page has every setting, flag, endpoint, table and column', () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \| `(--[\w-]+)` \| `?([^`|]+?)`? \|/gm)].map(([, ...row]) => row);
  const flag = (key: string) => snowflakeSimulatorOptions.find((option) => option.key === key)?.name;
  expect(rows).toEqual(
    Object.entries(settings).map(([name, setting]) => [name, flag(name), String(setting.parse(undefined))]),
  );
  for (const { name } of snowflakeSimulatorOptions) if (name !== '--public-key') expect(page).toContain(`\`${name}\``);
  expect(page).toContain('`--public-key ');
  for (const name of endpointNames) expect(page).toContain(`\`${name}\``);
  for (const { name, columns } of sampleTables(1)) {
    const written = name.map((part) => (part.includes(' ') ? `"${part}"` : part)).join('.');
    expect(page).toContain(`| \`${written}\` |`);
    for (const column of columns) expect(page).toContain(`\`${column.name}\``);
  }
  const examples = [...page.matchAll(/ADMIN\/settings -d '(.+)'/g)].map(([, json = '']) =>
    readSettings(JSON.parse(json)),
  );
  expect(examples).toEqual([{ executionMs: 5000, partitionRows: 100 }]);
});
