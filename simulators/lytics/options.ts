/** The simulator's flags as plain data, for whichever command line offers them, and the start by them. */
import { givenValues, listenOptions, makeOptions, type OptionSpec } from '../shared/flags.ts';
import { text } from '../shared/input.ts';
import { parseFault } from './faults.ts';
import { type LyticsSimulator, type LyticsSimulatorOptions, startLyticsSimulator } from './index.ts';
import { settingSpecs } from './settings.ts';
import { defaultToken, readMembers } from './world.ts';

const own: OptionSpec[] = [
  ...listenOptions,
  {
    key: 'token',
    placeholder: '<token>',
    description: `API token that may read everything (default: ${defaultToken})`,
    read: text,
  },
  {
    key: 'members',
    placeholder: '<n>',
    description: 'members of the largest audience, made on the spot (default: 250000)',
    read: readMembers,
  },
  {
    key: 'faults',
    name: '--fault',
    placeholder: '<kind,key=value…>',
    description: 'a fault, may be repeated, e.g. status,status=429,endpoint=scan,nth=2',
    repeatable: true,
    read: (value) => parseFault(String(value)),
  },
];

export const lyticsSimulatorOptions = makeOptions(own, settingSpecs);

/**
 * Starts a simulator by its flags and tells how to use it.
 *
 * @param values what was given, by option key (`pageMs`) and parsed by the option's own `parse`
 * @param print takes the lines that a person reads
 * @param log takes a line for every request
 */
export async function simulateLytics(
  values: Record<string, unknown>,
  print: (line: string) => void,
  log?: (line: string) => void,
): Promise<LyticsSimulator> {
  const options: LyticsSimulatorOptions = givenValues(lyticsSimulatorOptions, values); // Each value comes from the parser of its own key.
  const sim = await startLyticsSimulator({
    ...options,
    log: (record) =>
      log?.(
        `${record.time} ${record.method} ${record.endpoint} ${record.status ?? 'reset'}${record.detail ? ` ${record.detail}` : ''}`,
      ),
  });
  for (const line of banner(sim)) print(line);
  return sim;
}

function banner(sim: LyticsSimulator): string[] {
  const { segments } = sim.inspect();
  return [
    'Lytics simulator is up. Nothing here reaches Lytics.',
    '',
    `export LYTICS_ORIGIN=${sim.origin} LYTICS_API_TOKEN=${sim.token}`,
    '',
    `Other token  ${sim.powerlessToken} (its role allows nothing)`,
    ...segments.map(
      ({ id, name, size }, index) =>
        `${index === 0 ? 'Audiences    ' : '             '}${id}  ${name} (${size})`,
    ),
    `Admin        ${sim.adminUrl}`,
    `             curl ${sim.adminUrl}/state`,
    '',
    `curl -H 'Authorization: ${sim.token}' '${sim.origin}/api/segment/vip/scan?limit=3&fields=email'`,
  ];
}
