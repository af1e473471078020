/** Compares the page about the simulator with the simulator. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { endpointNames, faultKinds, parseFault, readFault } from '../../simulators/ly-ads/faults.ts';
import { lyAdsSimulatorOptions } from '../../simulators/ly-ads/options.ts';
import { readSettings, settings } from '../../simulators/ly-ads/settings.ts';

const page = readFileSync(new URL('../../docs/simulator-ly-ads.md', import.meta.url), 'utf8');

test('every example of a fault is valid, and every kind has an example', () => {
  const bodies = [...page.matchAll(/ADMIN\/faults -d '(.+)'/g)].map(([, json = '']) => readFault(JSON.parse(json)));
  expect(new Set(bodies.map(({ kind }) => kind))).toEqual(new Set(faultKinds));
  const flags = [...page.matchAll(/--fault (\w+,\S+)/g)].map(([, flag = '']) => parseFault(flag));
  expect(flags).toHaveLength(2);
});

test('the page has every setting, flag and endpoint, with its default', () => {
  const found = [...page.matchAll(/^\| `(\w+)` \| `(--[\w-]+)` \| `?([^`|]+?)`? \|/gm)].map(([, ...row]) => row);
  const flag = (key: string) => lyAdsSimulatorOptions.find((option) => option.key === key)?.name;
  expect(found).toEqual(
    Object.entries(settings).map(([name, setting]) => [name, flag(name), String(setting.parse(undefined))]),
  );
  for (const { name } of lyAdsSimulatorOptions) expect(page).toContain(`\`${name}\``);
  for (const name of endpointNames) expect(page).toContain(`\`${name}\``);
  const examples = [...page.matchAll(/ADMIN\/settings -d '(.+)'/g)].map(([, json = '']) =>
    readSettings(JSON.parse(json)),
  );
  expect(examples).toEqual([{ jobMs: 0, reachMs: 0 }]);
});
