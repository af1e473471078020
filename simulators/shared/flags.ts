/** A simulator's flags as plain data, for whichever command line offers them, and the smallest such command line. */
import { parseArgs } from 'node:util';
import { number, type Reader, SimulatorInputError, text } from './input.ts';
import type { Spec } from './settings.ts';

export interface SimulatorOption {
  /** As typed, e.g. `--job-ms`. */
  name: string;
  /** The key in the simulator's options. */
  key: string;
  /** What stands for the value, e.g. `<ms>`. */
  placeholder: string;
  description: string;
  /** May be given several times; the values make a list. */
  repeatable?: boolean;
  /** Reads the value. Throws `SimulatorInputError`, which names the option and what it got. */
  parse: (value: string) => unknown;
}

/** An option before its name is settled: from its key, unless it has one of its own. */
export type OptionSpec = Omit<SimulatorOption, 'name' | 'parse'> & { name?: string; read: Reader<unknown> };

/** Where to listen: every simulator has these. */
export const listenOptions: readonly OptionSpec[] = [
  {
    key: 'port',
    placeholder: '<n>',
    description: 'port to listen on; 0 takes any free port (default: 0)',
    read: number(0, 65_535),
  },
  {
    key: 'host',
    placeholder: '<address>',
    description: 'address to listen on (default: 127.0.0.1)',
    read: text,
  },
];

/** A fault in the form of a flag. @param example one to show */
export const faultOption = (parse: (flag: string) => unknown, example: string): OptionSpec => ({
  key: 'faults',
  name: '--fault',
  placeholder: '<kind,key=value…>',
  description: `a fault, may be repeated, e.g. ${example}`,
  repeatable: true,
  read: (value) => parse(String(value)),
});

const flagOf = (key: string) => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The options of a simulator: its own ones, and a flag for every setting. */
export function makeOptions(
  own: readonly OptionSpec[],
  settings: Readonly<Record<string, Spec<unknown>>>,
): readonly SimulatorOption[] {
  const fromSettings = Object.entries(settings).map(([key, setting]): OptionSpec => {
    const { placeholder, description, default: otherwise, read } = setting;
    return { key, placeholder, description: `${description} (default: ${otherwise})`, read };
  });
  return [...own, ...fromSettings].map(({ read, ...option }) => {
    const name = flagOf(option.key);
    return { name, ...option, parse: (value) => read(value, option.name ?? name) };
  });
}

/** What was given, by option key and without what was not. */
function givenValues(
  options: readonly SimulatorOption[],
  values: Record<string, unknown>,
): Record<string, unknown> {
  return Object.fromEntries(
    options.filter(({ key }) => values[key] !== undefined).map(({ key }) => [key, values[key]]),
  );
}

/** One line of a simulator's request log, as far as a person reads it. */
interface Logged {
  readonly time: string;
  readonly method: string;
  readonly endpoint: string;
  readonly status?: number;
  readonly detail?: string;
}

/**
 * What starts a simulator by its flags and tells how to use it. What it makes takes the values by option key, each parsed by
 * the option's own `parse`, what takes the lines that a person reads, and what takes a line for every request.
 */
export const byFlags =
  <Simulator>(
    options: readonly SimulatorOption[],
    start: (given: { log?: (record: Logged) => void }) => Promise<Simulator>,
    banner: (simulator: Simulator) => readonly string[],
  ) =>
  async (
    values: Record<string, unknown>,
    print: (line: string) => void,
    log?: (line: string) => void,
  ): Promise<Simulator> => {
    const told = ({ time, method, endpoint, status, detail }: Logged) =>
      log?.(`${time} ${method} ${endpoint} ${status ?? 'reset'}${detail ? ` ${detail}` : ''}`);
    // Each value comes from the parser of its own key.
    const simulator = await start({ ...givenValues(options, values), log: told });
    for (const line of banner(simulator)) print(line);
    return simulator;
  };

/**
 * A simulator as a program of its own, until a signal ends it; wrong flags and a port that cannot be had exit with 2.
 *
 * @param start takes the values by key, what prints to a person, and what logs a request
 */
export async function runSimulator(
  options: readonly SimulatorOption[],
  start: (
    values: Record<string, unknown>,
    print: (line: string) => void,
    log: (line: string) => void,
  ) => Promise<{ close(): Promise<void> }>,
): Promise<void> {
  try {
    const flags = readFlags(process.argv.slice(2), options);
    if (flags === 'help') {
      process.stdout.write(help(options));
      return;
    }
    const simulator = await start(
      flags,
      (line) => process.stdout.write(`${line}\n`),
      (line) => process.stderr.write(`${line}\n`),
    );
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.close());
  } catch (error) {
    // What parseArgs refuses and a port that cannot be had are errors with a code.
    const usage = error instanceof SimulatorInputError || (error instanceof Error && 'code' in error);
    if (!usage) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}

function help(options: readonly SimulatorOption[]): string {
  const rows = options.map(
    ({ name, placeholder, description }) => [`  ${name} ${placeholder}`, description] as const,
  );
  const width = Math.max(...rows.map(([flag]) => flag.length)) + 2;
  return [
    'Usage: main.ts [options]',
    '',
    ...rows.map(([flag, words]) => flag.padEnd(width) + words),
    '',
  ].join('\n');
}

function readFlags(args: string[], known: readonly SimulatorOption[]): Record<string, unknown> | 'help' {
  const options = Object.fromEntries(
    known.map(({ name, repeatable }) => [
      name.slice(2),
      { type: 'string' as const, multiple: repeatable ?? false },
    ]),
  );
  const { values } = parseArgs({ args, options: { ...options, help: { type: 'boolean', short: 'h' } } });
  if (values.help) return 'help';
  const given: Record<string, unknown> = {};
  for (const { name, key, parse } of known) {
    const value = new Map(Object.entries(values)).get(name.slice(2));
    if (Array.isArray(value)) given[key] = value.map((one) => parse(String(one)));
    else if (value !== undefined) given[key] = parse(String(value));
  }
  return given;
}
