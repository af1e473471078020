/** The simulator's flags as plain data, for whichever command line offers them, and the start by them. */
import { parseFault } from './faults.ts';
import { type LineAdsSimulator, type LineAdsSimulatorOptions, startLineAdsSimulator } from './index.ts';
import { number, text } from './input.ts';
import { settingNames, settingSpecs } from './settings.ts';

export interface SimulatorOption {
  /** As typed, e.g. `--job-ms`. */
  name: string;
  /** The key in `LineAdsSimulatorOptions`. */
  key: string;
  /** What stands for the value, e.g. `<ms>`. */
  placeholder: string;
  description: string;
  /** May be given several times; the values make a list. */
  repeatable?: boolean;
  /** Reads the value. Throws `SimulatorInputError`, which names the option and what it got. */
  parse: (value: string) => unknown;
}

const flagOf = (key: string) => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

export const simulatorOptions: readonly SimulatorOption[] = [
  {
    name: '--port',
    key: 'port',
    placeholder: '<n>',
    description: 'port to listen on (default: any that is free)',
    parse: (value) => number(0, 65_535)(value, '--port'),
  },
  {
    name: '--host',
    key: 'host',
    placeholder: '<address>',
    description: 'address to listen on (default: 127.0.0.1)',
    parse: (value) => text(value, '--host'),
  },
  {
    name: '--access-key',
    key: 'accessKey',
    placeholder: '<key>',
    description: 'access key of the data provider (default: LINEADSAMPLE)',
    parse: (value) => text(value, '--access-key'),
  },
  {
    name: '--secret-key',
    key: 'secretKey',
    placeholder: '<key>',
    description: 'its secret key (default: LINEADSECRETKEYSAMPLE; nothing real is ever needed)',
    parse: (value) => text(value, '--secret-key'),
  },
  {
    name: '--group',
    key: 'groupId',
    placeholder: '<id>',
    description: 'group of the keys (default: G1)',
    parse: (value) => text(value, '--group'),
  },
  {
    name: '--ad-account',
    key: 'adAccounts',
    placeholder: '<id>',
    description: 'an ad account of the group, may be repeated (default: A1, A2, A3)',
    repeatable: true,
    parse: (value) => text(value, '--ad-account'),
  },
  {
    name: '--fault',
    key: 'faults',
    placeholder: '<kind,key=value…>',
    description: 'a fault, may be repeated, e.g. status,status=429,endpoint=upload,nth=2',
    repeatable: true,
    parse: parseFault,
  },
  ...settingNames.map((key) => ({
    name: flagOf(key),
    key,
    placeholder: settingSpecs[key].placeholder,
    description: `${settingSpecs[key].description} (default: ${settingSpecs[key].default})`,
    parse: (value: string) => settingSpecs[key].read(value, flagOf(key)),
  })),
];

/**
 * Starts a simulator by its flags and tells how to use it.
 *
 * @param values what was given, by option key (`jobMs`) and parsed by the option's own `parse`
 * @param print takes the lines that a person reads
 * @param log takes a line for every request
 */
export async function simulateLineAds(
  values: Record<string, unknown>,
  print: (line: string) => void,
  log?: (line: string) => void,
): Promise<LineAdsSimulator> {
  const known = Object.fromEntries(
    simulatorOptions.filter(({ key }) => values[key] !== undefined).map(({ key }) => [key, values[key]]),
  );
  const options: LineAdsSimulatorOptions = known; // Each value comes from the parser of its own key.
  const sim = await startLineAdsSimulator({
    ...options,
    log: (record) =>
      log?.(
        `${record.time} ${record.method} ${record.endpoint} ${record.status ?? 'reset'}${record.detail ? ` ${record.detail}` : ''}`,
      ),
  });
  for (const line of banner(sim)) print(line);
  return sim;
}

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
