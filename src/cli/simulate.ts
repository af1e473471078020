/** `lineup simulate`: the remote sides, for local use. */
import { Command, Option } from 'commander';
import { lineAdsSimulatorOptions, SimulatorInputError, simulateLineAds } from '../compose/simulators.ts';
import { LineupError } from '../contracts/errors.ts';
import { interrupted } from './interrupt.ts';
import { print, tell } from './output.ts';

export function simulateCommand(): Command {
  const simulate = new Command('simulate')
    .summary('run a simulator of LINE Ads')
    .description('Stand-ins for the remote sides. Nothing reaches LINE.');
  const lineAds = simulate
    .command('line-ads')
    .description('A stateful simulator of the LINE Ads API; stop it with Ctrl-C.');
  for (const { name, placeholder, description, repeatable, parse } of lineAdsSimulatorOptions) {
    const one = (value: string) => refusing(() => parse(value));
    lineAds.addOption(
      new Option(`${name} ${placeholder}`, description).argParser((value: string, previous: unknown) =>
        repeatable ? [...((previous as unknown[] | undefined) ?? []), one(value)] : one(value),
      ),
    );
  }
  lineAds.action(async (flags: Record<string, unknown>) => {
    const values = Object.fromEntries(
      lineAdsSimulatorOptions.map(({ name, key }) => [key, flags[camelCase(name)]]),
    );
    const simulator = await listening(() => simulateLineAds(values, print, tell));
    await interrupted();
    await simulator.close();
  });
  return simulate;
}

/** Commander keeps `--job-ms` as `jobMs`; a repeatable flag has one name there and another in the simulator's options. */
const camelCase = (flag: string): string =>
  flag.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

function refusing<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof SimulatorInputError) throw new LineupError('invalid_argument', error.message);
    throw error;
  }
}

async function listening<T>(start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE')
      throw new LineupError('invalid_argument', 'That port is in use: choose another with --port.');
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL')
      throw new LineupError(
        'invalid_argument',
        `The simulator cannot listen there (${code}): choose another --port or --host.`,
      );
    throw error;
  }
}
