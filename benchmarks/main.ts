/** npm run bench: prints Markdown tables, with the machine of the measurement. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchMysql, benchPostgres } from './database-scan.ts';
import { benchHashing } from './hashing.ts';
import { machine } from './measure.ts';
import { benchMemory } from './memory.ts';
import { benchPrepare } from './prepare.ts';
import { benchSiblings } from './siblings.ts';
import { benchSources } from './sources.ts';
import { benchSplit } from './split.ts';
import { benchTurnover } from './turnover.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    // Of `growth`.
    jobs: { type: 'string' },
    requests: { type: 'string' },
    directory: { type: 'string' },
  },
});
const growth = (['jobs', 'requests', 'directory'] as const).flatMap((option) =>
  values[option] === undefined ? [] : [`--${option}`, values[option]],
);
const rows = values.rows === undefined ? 5_000_000 : count('rows', values.rows);
const rounds = count('rounds', values.rounds);
/** Those of `memory` show the growth. */
const sizes = values.rows === undefined ? [5_000_000, 50_000_000] : [rows];

/** They return false if a comparison was not possible. */
const all: Record<string, (directory: string) => Promise<unknown> | boolean> = {
  prepare: (directory) => benchPrepare(directory, rows, rounds),
  siblings: (directory) => benchSiblings(directory, rows, rounds),
  memory: (directory) => benchMemory(directory, sizes),
  sources: (directory) => benchSources(directory, rows, rounds),
  mysql: (directory) => benchMysql(directory, rows, rounds),
  postgres: (directory) => benchPostgres(directory, rows, rounds),
  turnover: (directory) => benchTurnover(directory, rows, rounds),
  split: (directory) => benchSplit(directory, rows, rounds),
  hashing: (directory) => benchHashing(directory, rows, rounds),
  upload: () => script('upload.ts'),
  kernel: () => script('kernel.ts'),
  limits: () => script('limits.ts'),
  service: () => script('service.ts'),
  due: () => script('due.ts'),
  growth: () => script('growth.ts', growth),
  workers: () => script('workers.ts'),
  waiting: () => script('waiting.ts'),
  api: () => script('api.ts'),
  web: () => script('web.ts'),
  start: () => script('start.ts'),
};

/** Runs a benchmark in a separate process. */
function script(name: string, args: readonly string[] = []): boolean {
  console.log(`\n${name}\n`);
  return spawnSync(process.execPath, [join(import.meta.dirname, name), ...args], { stdio: 'inherit' }).status === 0;
}

function count(option: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  refuse(`--${option} is "${text}", but must be a whole number above 0.`);
}

function refuse(why: string): never {
  console.error(why);
  process.exit(2);
}

/** For a row: the largest source, the lines of a tool, and the same lines while they are sorted. */
const ROW_BYTES = { prepare: 270, siblings: 480, memory: 95, sources: 270, turnover: 340, split: 130 };

function requireSpace(directory: string, names: readonly string[]): void {
  const { bavail, bsize } = statfsSync(directory);
  for (const name of names) {
    const rowBytes = ROW_BYTES[name as keyof typeof ROW_BYTES] ?? 0;
    const needed = rowBytes * Math.max(...(name === 'memory' ? sizes : [rows]));
    if (needed > bavail * bsize) {
      const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1);
      refuse(
        `The benchmark "${name}" needs ${gigabytes(needed)} GB in ${tmpdir()}, where ${gigabytes(bavail * bsize)} GB are free: take fewer --rows, or set TMPDIR.`,
      );
    }
  }
}

const names = positionals.length > 0 ? positionals : Object.keys(all);
const unknown = names.find((name) => !(name in all));
if (unknown) refuse(`There is no benchmark "${unknown}": ${Object.keys(all).join(', ')}.`);

const directory = mkdtempSync(join(tmpdir(), 'lineup-bench-'));
// Some files are large, so they go after Ctrl-C, too.
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => process.exit(code));
}
requireSpace(directory, names);
console.log(machine());
for (const name of names) {
  if ((await all[name]?.(directory)) === false) process.exitCode = 1;
}
