/**
 * npm run check: style, types, unused code, regular expressions, comments and pages, in parallel. Each part prints its
 * own output if it fails.
 *
 * With `--changed <files>`, only the parts that these files need, and style and regular expressions only for these
 * files. The pre-commit hook uses this.
 */
import { spawn } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { delimiter, dirname, resolve } from 'node:path';
import { type Part, partsOf } from './parts.ts';

const [first, ...files] = process.argv.slice(2);
const projects = ['tsconfig.json', ...globSync('{web,packages/*,packages/*/src}/tsconfig.json').sort()];
const parts = partsOf({
  projects: projects.filter((project) => existsSync(project)),
  ...(first === '--changed' && {
    changed: { all: files, present: files.filter((file) => existsSync(file)) },
  }),
});
const colours = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
const environment = {
  ...process.env,
  ...colours,
  PATH: [dirname(process.execPath), resolve('node_modules/.bin'), process.env.PATH].join(delimiter),
};

const began = performance.now();
const failed = (await Promise.all(parts.map(run))).filter((name) => name !== undefined);
const seconds = since(began);
if (failed.length > 0) {
  console.error(`\ncheck: ${failed.length} of ${parts.length} failed in ${seconds}: ${failed.join(', ')}.`);
  process.exitCode = 1;
} else {
  console.log(`check: ${parts.length} of ${parts.length} passed in ${seconds}.`);
}

/** @returns its name if it failed */
async function run({ name, command: [program, ...args] }: Part): Promise<string | undefined> {
  const start = performance.now();
  const child = spawn(program, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => output.push(piece));
  child.stderr.on('data', (piece: Buffer) => output.push(piece));
  const why = await new Promise<string | undefined>((settle) => {
    child.on('error', ({ message }) => settle(message));
    child.on('close', (status, signal) => settle(status === 0 ? undefined : `${signal ?? `exit ${status}`}`));
  });
  if (why === undefined) {
    console.log(`✓ ${name}, ${since(start)}`);
    return undefined;
  }
  console.error(`\n✗ ${name} (${why}), ${since(start)}\n${Buffer.concat(output).toString().trim()}`);
  return name;
}

function since(start: number): string {
  return `${((performance.now() - start) / 1_000).toFixed(1)} s`;
}
