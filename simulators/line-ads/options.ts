/** The simulator's flags as plain data, for whichever command line offers them, and the start by them. */
import { parseFault } from './faults.ts';
import { type LineAdsSimulator, type LineAdsSimulatorOptions, startLineAdsSimulator } from './index.ts';
import { number, type Reader, text } from './input.ts';
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

/** An option before its name is settled: from its key, unless it has one of its own. */
type OptionSpec = Omit<SimulatorOption, 'name' | 'parse'> & { name?: string; read: Reader<unknown> };

const own: OptionSpec[] = [
  {
    key: 'port',
    placeholder: '<n>',
    description: 'port to listen on (default: any that is free)',
    read: number(0, 65_535),
  },
  {
    key: 'host',
    placeholder: '<address>',
    description: 'address to listen on (default: 127.0.0.1)',
    read: text,
  },
  {
    key: 'accessKey',
    placeholder: '<key>',
    description: 'access key of the data provider (default: LINEADSAMPLE)',
    read: text,
  },
  {
    key: 'secretKey',
    placeholder: '<key>',
    description: 'its invented secret key (default: LINEADSECRETKEYSAMPLE)',
    read: text,
  },
  {
    key: 'groupId',
    name: '--group',
    placeholder: '<id>',
    description: 'group of the keys (default: G1)',
    read: text,
  },
  {
    key: 'adAccounts',
    name: '--ad-account',
    placeholder: '<id>',
    description: 'an ad account of the group, may be repeated (default: A1, A2, A3)',
    repeatable: true,
    read: text,
  },
  {
    key: 'faults',
    name: '--fault',
    placeholder: '<kind,key=value…>',
    description: 'a fault, may be repeated, e.g. status,status=429,endpoint=upload,nth=2',
    repeatable: true,
    read: (value) => parseFault(String(value)),
  },
];

const fromSettings = settingNames.map((key): OptionSpec => {
  const { placeholder, description, default: otherwise, read } = settingSpecs[key];
  return { key, placeholder, description: `${description} (default: ${otherwise})`, read };
});

export const simulatorOptions: readonly SimulatorOption[] = [...own, ...fromSettings].map(
  ({ read, ...option }) => {
    const name = flagOf(option.key);
    return { name, ...option, parse: (value) => read(value, option.name ?? name) };
  },
);

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
