/** The real command line, in this process and as a process, in a new directory, with a simulator. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  type LineAdsSimulator,
  type LineAdsSimulatorOptions,
  startLineAdsSimulator,
} from '../../simulators/line-ads/index.ts';
import type { PrintedRun } from '../../src/cli/report.ts';
import { commandHere, type Finished } from './command.ts';

/**
 * These processes are short-lived. Optimizing the WebAssembly of PGlite would cost more than it saves. (This is not so
 * for JavaScript.)
 */
const lineup = ['--liftoff-only', resolve(import.meta.dirname, '../../src/cli/main.ts')];

export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
}

/** A directory with a simulator, a data directory and functions that run commands there. */
export interface Bench {
  readonly simulator: LineAdsSimulator;
  readonly directory: string;
  readonly environment: Record<string, string>;
  write(name: string, content: string | Buffer): string;
  /** Starts a command as a new process. */
  start(args: readonly string[], options?: ProcessOptions): Running;
  /** Runs a command in this process. */
  run(args: readonly string[], options?: RunOptions): Promise<Finished>;
  /** Runs `export … --json`. Returns its document with the exit status. */
  export(args: readonly string[], options?: RunOptions): Promise<Finished & { run: PrintedRun }>;
}

export interface RunOptions {
  readonly input?: string | Buffer;
  readonly environment?: Record<string, string | undefined>;
}

export interface ProcessOptions {
  /** `null`: a pipe that stays open, and that the test writes to. */
  readonly input?: string | Buffer | null;
  readonly environment?: Record<string, string | undefined>;
  /** A file for standard output. Its text is then not collected. */
  readonly stdout?: string;
  /** A command that runs it, for example with limits. */
  readonly under?: readonly string[];
}

/** Everything is closed and removed when the test ends. */
export async function bench(options: LineAdsSimulatorOptions = {}): Promise<Bench> {
  const directory = mkdtempSync(join(tmpdir(), 'lineup-cli-'));
  // On a busy machine, requests that were sent in time may arrive in bunches.
  const rateToleranceMs = 500;
  const simulator = await startLineAdsSimulator({ jobMs: 40, matchMs: 0, rateToleranceMs, ...options });
  const running = new Set<ChildProcess>();
  onTestFinished(async () => {
    for (const child of running) child.kill('SIGKILL');
    await simulator.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const [key] = simulator.keys;
  const environment = {
    PATH: process.env.PATH ?? '',
    HOME: directory,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '',
    LINE_ADS_BASE_URL: simulator.url,
    LINE_ADS_ACCESS_KEY: key?.accessKey ?? '',
    LINE_ADS_SECRET_KEY: key?.secretKey ?? '',
    LINEUP_DATA_DIR: join(directory, 'data'),
  };
  const start: Bench['start'] = (args, { input, environment: change, stdout, under = [] } = {}) => {
    const output = stdout === undefined ? 'pipe' : openSync(stdout, 'w');
    const [command = '', ...rest] = [...under, process.execPath, ...lineup, ...args];
    const child = spawn(command, rest, {
      cwd: directory,
      env: { ...environment, ...change },
      stdio: [input === undefined ? 'ignore' : 'pipe', output, 'pipe'],
    });
    if (typeof output === 'number') closeSync(output);
    running.add(child);
    child.stdin?.on('error', () => {});
    if (input != null) child.stdin?.end(input);
    return { child, finished: finish(child).finally(() => running.delete(child)) };
  };
  const run: Bench['run'] = (args, { input, environment: change } = {}) =>
    commandHere(args, { cwd: directory, environment: { ...environment, ...change }, input });
  return {
    simulator,
    directory,
    environment,
    write: (name, content) => {
      const path = join(directory, name);
      writeFileSync(path, content);
      return path;
    },
    start,
    run,
    export: async (args, runOptions) => {
      const finished = await run(exporting(args), runOptions);
      return { ...finished, run: runOf(finished) };
    },
  };
}

/** Arguments for an export that does not wait long, and prints its run. */
export const exporting = (args: readonly string[]): string[] => [
  'export',
  ...args,
  ...['--json', '--poll-interval', '50'],
];

/** Flags of an export of e-mail addresses into a new audience. */
export const toVip: readonly string[] = [
  ...['--field', 'email', '--identifier-type', 'email'],
  ...['--ad-account', 'A1', '--audience-name', 'VIP'],
];

/** The run in the output of a command with `--json`. */
export function runOf({ stdout, stderr }: Finished): PrintedRun {
  try {
    return JSON.parse(stdout) as PrintedRun;
  } catch {
    throw new Error(`no JSON document on stdout: ${stdout}\n${stderr}`);
  }
}

async function finish(child: ChildProcess): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** `count` invented members, and the hashes that LINE must hold for them. */
export function members(count: number, prefix = 'member'): { csv: string; hashes: string[] } {
  const emails = Array.from({ length: count }, (_, n) => `${prefix}${n + 1}@example.com`);
  return {
    csv: `id,email\n${emails.map((email, n) => `${n + 1},${email}\n`).join('')}`,
    hashes: emails.map(sha256).sort(),
  };
}

/** The members of an audience as the simulator holds them, sorted. */
export const held = (simulator: LineAdsSimulator, audienceId: string): string[] =>
  [...simulator.state.members(audienceId)].sort();

export const toA1 = ['--field', 'email', '--identifier-type', 'email', '--ad-account', 'A1'];
export const inFours = ['--chunk-records', '4'];

/** An audience of 10 old members, so that wrong steps of a replace with 10 new ones in three chunks are visible. */
export async function filled(): Promise<{ at: Bench; id: string; source: string; hashes: string[] }> {
  const at = await bench();
  const id = at.simulator.addAudience({ name: 'VIP', members: 10 });
  const { csv, hashes } = members(10, 'new');
  return { at, id, source: at.write('new.csv', csv), hashes };
}
