/** `lineup simulate`: the remote sides, for local use. */
import { Command, Option } from 'commander';
import { simulators } from '../compose.ts';
import { LineupError } from '../contracts/errors.ts';
import { print, tell } from './output.ts';

export async function simulateCommand(): Promise<Command> {
  const { simulatorOptions, SimulatorInputError, simulateLineAds } = await simulators.lineAds();
  const refusing = <T>(read: () => T): T => {
    try {
      return read();
    } catch (error) {
      if (error instanceof SimulatorInputError) throw new LineupError('invalid_argument', error.message);
      throw error;
    }
  };

  const simulate = new Command('simulate')
    .summary('run a simulator of LINE Ads')
    .description('Stand-ins for the remote sides. Nothing reaches LINE.');
  const lineAds = simulate
    .command('line-ads')
    .description('A stateful simulator of the LINE Ads API; stop it with Ctrl-C.');
  for (const { name, placeholder, description, repeatable, parse } of simulatorOptions) {
    const one = (value: string) => refusing(() => parse(value));
    lineAds.addOption(
      new Option(`${name} ${placeholder}`, description).argParser((value: string, previous: unknown) =>
        repeatable ? [...((previous as unknown[] | undefined) ?? []), one(value)] : one(value),
      ),
    );
  }
  lineAds.action(async (flags: Record<string, unknown>) => {
    const values = Object.fromEntries(simulatorOptions.map(({ name, key }) => [key, flags[camelCase(name)]]));
    const simulator = await listening(() => simulateLineAds(values, print, tell));
    await interrupted();
    await simulator.close();
  });
  return simulate;
}

/** Commander keeps `--job-ms` as `jobMs`; a repeatable flag has one name there and another in the simulator's options. */
const camelCase = (flag: string): string =>
  flag.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Resolves at Ctrl-C or SIGTERM. */
export function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
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
