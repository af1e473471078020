/** A git repository for a test. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Repository {
  readonly directory: string;
  write(path: string, text: string): void;
  git(...args: string[]): string;
  /** Runs a command at its root, with these additional variables. */
  run(command: readonly string[], environment?: Record<string, string>): Outcome;
}

/** @param files its first commit: text by path; null copies the file or folder of this project */
export function repository(files: Readonly<Record<string, string | null>>): Repository {
  const directory = mkdtempSync(join(tmpdir(), 'lineup-repository-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const environment = {
    PATH: process.env.PATH ?? '',
    HOME: directory,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Somebody',
    GIT_AUTHOR_EMAIL: 'somebody@example.com',
    GIT_COMMITTER_NAME: 'Somebody',
    GIT_COMMITTER_EMAIL: 'somebody@example.com',
    npm_config_cache: join(directory, '.git/npm-cache'),
    npm_config_update_notifier: 'false',
  };
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: directory, env: environment, encoding: 'utf8', stdio: 'pipe' }).trim();
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  };
  for (const [path, text] of Object.entries(files)) {
    if (text === null) cpSync(join(root, path), join(directory, path), { recursive: true });
    else write(path, text);
  }
  git('init', '--quiet', '--initial-branch', 'main');
  git('add', '--all');
  git('commit', '--quiet', '-m', 'Begin');
  return {
    directory,
    write,
    git,
    run: ([program, ...args], more = {}) => {
      const options = { cwd: directory, env: { ...environment, ...more }, encoding: 'utf8' } as const;
      const { status, stdout, stderr } = spawnSync(program!, args, options);
      return { status, stdout, stderr };
    },
  };
}
