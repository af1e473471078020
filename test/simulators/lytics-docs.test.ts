/** Compares the page about the simulator of Lytics with the simulator. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { endpointNames, faultKinds, parseFault, readFault } from '../../simulators/lytics/faults.ts';
import { sampleFields } from '../../simulators/lytics/fields.ts';
import { lyticsSimulatorOptions } from '../../simulators/lytics/options.ts';
import { sampleSegments } from '../../simulators/lytics/segments.ts';
import { readSettings, settings } from '../../simulators/lytics/settings.ts';

const page = readFileSync(new URL('../../docs/simulator-lytics.md', import.meta.url), 'utf8');

test('every example of a fault is valid, and every kind has an example', () => {
  const bodies = [...page.matchAll(/ADMIN\/faults -d '(.+)'/g)].map(([, json = '']) => readFault(JSON.parse(json)));
  expect(new Set(bodies.map(({ kind }) => kind))).toEqual(new Set(faultKinds));
  const flags = [...page.matchAll(/--fault (\w+,\S+)/g)].map(([, flag = '']) => parseFault(flag));
  expect(flags).toHaveLength(2);
});

test('the page has every setting, flag, endpoint, audience and field', () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \| `(--[\w-]+)` \| `?([^`|]+?)`? \|/gm)].map(([, ...row]) => row);
  const flag = (key: string) => lyticsSimulatorOptions.find((option) => option.key === key)?.name;
  expect(rows).toEqual(
    Object.entries(settings).map(([name, setting]) => [name, flag(name), String(setting.parse(undefined))]),
  );
  for (const { name } of lyticsSimulatorOptions) expect(page).toContain(`\`${name}\``);
  for (const name of endpointNames) expect(page).toContain(`\`${name}\``);
  for (const { slug } of sampleSegments(250_000)) expect(page).toContain(`| \`${slug}\` |`);
  for (const { id } of sampleFields) expect(page).toContain(`\`${id}\``);
  const examples = [...page.matchAll(/ADMIN\/settings -d '(.+)'/g)].map(([, json = '']) =>
    readSettings(JSON.parse(json)),
  );
  expect(examples).toEqual([{ pageMs: 50, numbers: 'strings' }]);
});
