/** `lineup simulate`: the remote sides, for local use. */
import { Command, Option } from 'commander';
import {
  lineAdsSimulatorOptions,
  lyticsSimulatorOptions,
  SimulatorInputError,
  simulateLineAds,
  simulateLytics,
} from '../compose/simulators.ts';
import { LineupError } from '../contracts/errors.ts';
import { interrupted } from './interrupt.ts';
import { print, tell } from './output.ts';

export function simulateCommand(): Command {
  return new Command('simulate')
    .summary('run a simulator of LINE Ads or of Lytics')
    .description('Stand-ins for the remote sides. Nothing reaches them. Stop one with Ctrl-C.')
    .addCommand(
      simulator(
        'line-ads',
        'a stateful simulator of the LINE Ads API',
        lineAdsSimulatorOptions,
        simulateLineAds,
      ),
    )
    .addCommand(
      simulator(
        'lytics',
        'a simulator of the Lytics API that reads audiences',
        lyticsSimulatorOptions,
        simulateLytics,
      ),
    );
}

type Start = (
  values: Record<string, unknown>,
  print: (line: string) => void,
  log: (line: string) => void,
) => Promise<{ close(): Promise<void> }>;

/** A simulator tells its own flags, as data. */
function simulator(
  name: string,
  description: string,
  options: typeof lineAdsSimulatorOptions,
  start: Start,
): Command {
  const command = new Command(name).description(description);
  for (const { name: flag, placeholder, description: words, repeatable, parse } of options) {
    const one = (value: string) => refusing(() => parse(value));
    command.addOption(
      new Option(`${flag} ${placeholder}`, words).argParser((value: string, previous: unknown) =>
        repeatable ? [...((previous as unknown[] | undefined) ?? []), one(value)] : one(value),
      ),
    );
  }
  return command.action(async (flags: Record<string, unknown>) => {
    const values = Object.fromEntries(options.map(({ name: flag, key }) => [key, flags[camelCase(flag)]]));
    const running = await listening(() => start(values, print, tell));
    await interrupted();
    await running.close();
  });
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
