/** The flags of a simulator as plain data, the command that takes them, and a program for that command. */
import { Command, Option } from 'commander';
import { z } from 'zod';
import { number, read, SimulatorInputError, text } from './input.ts';

export interface SimulatorOption {
  /** As on the command line, e.g. `--job-ms`. */
  name: string;
  /** The key in the simulator's options. */
  key: string;
  /** The placeholder of the value, e.g. `<ms>`. */
  placeholder: string;
  description: string;
  /** The flag may be given several times. The values make a list. */
  repeatable: boolean;
  /** Reads the value. Throws `SimulatorInputError` with the option and the value. */
  parse: (value: string) => unknown;
}

/** Where to listen. Every simulator has these options. */
export const listenOptions = {
  port: number(0, 65_535).default(0).describe('port to listen on; 0 takes any free port'),
  host: text.default('127.0.0.1').meta({ placeholder: '<address>', description: 'address to listen on' }),
};

/** An option for a fault. @param example shown in the help */
export const faultOption = (parse: (flag: string) => unknown, example: string) =>
  z
    .string()
    .transform(parse)
    .meta({
      name: '--fault',
      placeholder: '<kind,key=value…>',
      description: `a fault, may be repeated, e.g. ${example}`,
      repeatable: true,
    });

/**
 * A flag for every field of the shape. The field's `meta` has the description, and a name if it differs from
 * the field.
 */
export function makeOptions(shape: Readonly<Record<string, z.ZodType>>): readonly SimulatorOption[] {
  return Object.entries(shape).map(([key, schema]) => {
    const flag = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    const byDefault = schema instanceof z.ZodDefault;
    const described = { ...(byDefault ? (schema.unwrap() as z.ZodType).meta() : {}), ...schema.meta() };
    const { name = flag, placeholder = '<text>', description, repeatable } = described as Partial<SimulatorOption>;
    const otherwise = byDefault ? ` (default: ${schema.def.defaultValue})` : '';
    return {
      name,
      key,
      placeholder,
      description: `${description}${otherwise}`,
      repeatable: repeatable ?? false,
      parse: (value) => read(schema, value, name),
    };
  });
}

/** The part of a request log entry that a person reads. */
interface Logged {
  readonly time: string;
  readonly method: string;
  readonly endpoint: string;
  readonly status?: number;
  readonly detail?: string;
}

/** Lines of a banner: several, behind one title. */
export const listed = (title: string, lines: readonly string[]): string[] =>
  lines.map((line, index) => (index === 0 ? title : '').padEnd(13) + line);

/** The lines of a banner about the admin endpoint. */
export const adminLines = (adminUrl: string): string[] => listed('Admin', [adminUrl, `curl ${adminUrl}/state`]);

/** Starts a simulator with the values of its flags. Prints how to use it, and logs every request. */
export type Simulate<Simulator> = (
  values: Record<string, unknown>,
  print: (line: string) => void,
  log?: (line: string) => void,
) => Promise<Simulator>;

export const byFlags =
  <Simulator>(
    start: (given: { log?: (record: Logged) => void }) => Promise<Simulator>,
    banner: (simulator: Simulator) => readonly string[],
  ): Simulate<Simulator> =>
  async (values, print, log) => {
    const logLine = ({ time, method, endpoint, status, detail }: Logged) =>
      log?.(`${time} ${method} ${endpoint} ${status ?? 'reset'}${detail ? ` ${detail}` : ''}`);
    const simulator = await start({ ...values, log: logLine });
    for (const line of banner(simulator)) print(line);
    return simulator;
  };

/** Where a command prints, and how long its simulator runs. */
export interface Surroundings {
  readonly print: (line: string) => void;
  readonly log: (line: string) => void;
  readonly ended: () => Promise<void>;
  /** Converts an error of the simulator into the error to throw. */
  readonly refusal?: (error: unknown) => unknown;
}

/** Runs a simulator until it is stopped. Throws for a wrong flag, or for a port that is not free. */
export function simulatorCommand(
  name: string,
  options: readonly SimulatorOption[],
  simulate: Simulate<{ close(): Promise<void> }>,
  { print, log, ended, refusal = (error) => error }: Surroundings,
): Command {
  const values: Record<string, unknown> = {};
  const refusing = (error: unknown): never => {
    throw refusal(error);
  };
  const command = new Command(name);
  for (const { name: flag, key, placeholder, description, repeatable, parse } of options) {
    const take = (value: string) => {
      try {
        const parsed = parse(value);
        values[key] = repeatable ? [...((values[key] as unknown[] | undefined) ?? []), parsed] : parsed;
      } catch (error) {
        refusing(error);
      }
    };
    command.addOption(new Option(`${flag} ${placeholder}`, description).argParser(take));
  }
  return command.action(async () => {
    const simulator = await simulate(values, print, log).catch(refusing);
    await ended();
    await simulator.close();
  });
}

/** Runs a simulator as a program, until a signal stops it. Exits with 2 when it cannot start. */
export async function runSimulator(
  options: readonly SimulatorOption[],
  simulate: Simulate<{ close(): Promise<void> }>,
): Promise<void> {
  const command = simulatorCommand('main.ts', options, simulate, {
    print: (line) => void process.stdout.write(`${line}\n`),
    log: (line) => void process.stderr.write(`${line}\n`),
    ended: () =>
      new Promise((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      }),
  });
  try {
    await command
      .exitOverride()
      .configureOutput({ outputError: () => {} })
      .parseAsync();
  } catch (error) {
    // Errors of Commander and of listening have a code. One of Commander's codes only means that help was
    // shown.
    const usage = error instanceof SimulatorInputError || (error instanceof Error && 'code' in error);
    if (!usage) throw error;
    if ('exitCode' in error && error.exitCode === 0) return;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}
