/**
 * The flags of the simulator as plain data, for every command line that offers them, and the start with them.
 */
import { byFlags, faultOption, listenOptions, makeOptions } from '../shared/flags.ts';
import { text } from '../shared/input.ts';
import { parseFault } from './faults.ts';
import type { LineAdsSimulator } from './index.ts';
import { settings } from './settings.ts';

export const simulatorOptions = makeOptions({
  ...listenOptions,
  accessKey: text
    .default('LINEADSAMPLE')
    .meta({ placeholder: '<key>', description: 'access key of the data provider' }),
  secretKey: text
    .default('LINEADSECRETKEYSAMPLE')
    .meta({ placeholder: '<key>', description: 'its invented secret key' }),
  groupId: text.default('G1').meta({ name: '--group', placeholder: '<id>', description: 'group of the keys' }),
  adAccounts: text.meta({
    name: '--ad-account',
    placeholder: '<id>',
    description: 'an ad account of the group, may be repeated (default: A1, A2, A3)',
    repeatable: true,
  }),
  faults: faultOption(parseFault, 'status,status=429,endpoint=upload,nth=2'),
  ...settings,
});

function banner(sim: LineAdsSimulator): string[] {
  const { adAccounts } = sim.inspect();
  const [key, ...others] = sim.keys;
  const linked = adAccounts.filter(({ linked, removed }) => linked && !removed).map(({ id }) => id);
  return [
    'LINE Ads simulator is up. Nothing here reaches LINE.',
    '',
    `export LINE_ADS_BASE_URL=${sim.url}`,
    `export LINE_ADS_ACCESS_KEY=${key?.accessKey}`,
    `export LINE_ADS_SECRET_KEY=${key?.secretKey}`,
    '',
    `Ad accounts  ${linked.join(', ')} in group ${sim.groupId}`,
    ...others.map(({ accessKey, secretKey, role }) => `Another key  ${accessKey} ${secretKey} (role ${role})`),
    `Admin        ${sim.adminUrl}`,
    `             curl ${sim.adminUrl}/state`,
  ];
}

/** Starts a simulator with the values of its flags, and prints how to use it. */
export const simulateLineAds = byFlags(
  // Loaded when it starts: a help needs no server.
  async (given: object) => (await import('./index.ts')).startLineAdsSimulator(given),
  banner,
);
