/** The simulator's flags as plain data, for whichever command line offers them, and the start by them. */
import { byFlags, faultOption, listenOptions, makeOptions, type OptionSpec } from '../shared/flags.ts';
import { text } from '../shared/input.ts';
import { parseFault } from './faults.ts';
import { type LineAdsSimulator, startLineAdsSimulator } from './index.ts';
import { settingSpecs } from './settings.ts';

const own: OptionSpec[] = [
  ...listenOptions,
  {
    key: 'accessKey',
    placeholder: '<key>',
    description: 'access key of the data provider (default: LINEADSAMPLE)',
    schema: text,
  },
  {
    key: 'secretKey',
    placeholder: '<key>',
    description: 'its invented secret key (default: LINEADSECRETKEYSAMPLE)',
    schema: text,
  },
  {
    key: 'groupId',
    name: '--group',
    placeholder: '<id>',
    description: 'group of the keys (default: G1)',
    schema: text,
  },
  {
    key: 'adAccounts',
    name: '--ad-account',
    placeholder: '<id>',
    description: 'an ad account of the group, may be repeated (default: A1, A2, A3)',
    repeatable: true,
    schema: text,
  },
  faultOption(parseFault, 'status,status=429,endpoint=upload,nth=2'),
];

export const simulatorOptions = makeOptions(own, settingSpecs);

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
    ...others.map(
      ({ accessKey, secretKey, role }) => `Another key  ${accessKey} ${secretKey} (role ${role})`,
    ),
    `Admin        ${sim.adminUrl}`,
    `             curl ${sim.adminUrl}/state`,
  ];
}

/** Starts a simulator by its flags and tells how to use it. */
export const simulateLineAds = byFlags(startLineAdsSimulator, banner);
