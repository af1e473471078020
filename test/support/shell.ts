/** A shell in a directory, with `lineup` and other programs that a test puts there. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export interface Done {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Shell {
  /** Writes a file below the directory. Those below `bin` are programs. */
  put(path: string, text: string): void;
  run(command: readonly string[], change?: Readonly<Record<string, string>>): Promise<Done>;
}

/** @param before what `lineup` does first, as lines of a shell script */
export function shellIn(
  directory: string,
  environment: Readonly<Record<string, string>>,
  before: readonly string[] = [],
): Shell {
  const put: Shell['put'] = (path, text) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
    chmodSync(join(directory, path), 0o755);
  };
  const main = resolve(import.meta.dirname, '../../src/cli/main.ts');
  put('bin/lineup', ['#!/bin/sh', ...before, `exec '${process.execPath}' '${main}' "$@"`, ''].join('\n'));
  const inherited = {
    PATH: `${directory}/bin:${process.env.PATH}`,
    HOME: directory,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '',
  };
  return {
    put,
    run: (command, change = {}) =>
      new Promise((done, fail) => {
        const child = spawn(command[0]!, command.slice(1), {
          cwd: directory,
          env: { ...environment, ...inherited, ...change },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        const texts = { stdout: '', stderr: '' };
        child.stdout.on('data', (part) => (texts.stdout += part));
        child.stderr.on('data', (part) => (texts.stderr += part));
        child.on('error', fail);
        child.on('close', (status) => done({ status, ...texts }));
      }),
  };
}
