#!/usr/bin/env node
/** Runs the simulator by itself: `node simulators/line-ads/main.ts --port 4010`. */
import { parseArgs } from 'node:util';
import { SimulatorInputError } from './input.ts';
import { simulateLineAds, simulatorOptions } from './options.ts';

function help(): string {
  const rows = simulatorOptions.map(
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

function readFlags(args: string[]): Record<string, unknown> | 'help' {
  const options = Object.fromEntries(
    simulatorOptions.map(({ name, repeatable }) => [
      name.slice(2),
      { type: 'string' as const, multiple: repeatable ?? false },
    ]),
  );
  const { values } = parseArgs({ args, options: { ...options, help: { type: 'boolean', short: 'h' } } });
  if (values.help) return 'help';
  const given: Record<string, unknown> = {};
  for (const { name, key, parse } of simulatorOptions) {
    const value = new Map(Object.entries(values)).get(name.slice(2));
    if (Array.isArray(value)) given[key] = value.map((one) => parse(String(one)));
    else if (value !== undefined) given[key] = parse(String(value));
  }
  return given;
}

try {
  const flags = readFlags(process.argv.slice(2));
  if (flags === 'help') {
    process.stdout.write(help());
  } else {
    const sim = await simulateLineAds(
      flags,
      (line) => process.stdout.write(`${line}\n`),
      (line) => process.stderr.write(`${line}\n`),
    );
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void sim.close());
  }
} catch (error) {
  // What parseArgs refuses and a port that cannot be had are errors with a code.
  const usage = error instanceof SimulatorInputError || (error instanceof Error && 'code' in error);
  if (!usage) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
