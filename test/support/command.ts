/**
 * Runs a command in this process, as src/cli/main.ts does in a separate one, without the time to start a process.
 * Meanwhile the process has other streams, variables, directory and exit status. So only one command runs at a time,
 * and the next one waits. Tests of signals, limits and closed pipes need a real process: they use `start`.
 */
import { Readable, Writable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { start } from '../../src/cli/start.ts';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly cwd: string;
  readonly environment: Record<string, string | undefined>;
  readonly input?: string | Buffer | undefined;
}

let last: Promise<unknown> = Promise.resolve();

export function commandHere(args: readonly string[], surroundings: Surroundings): Promise<Finished> {
  const finished = last.then(() => run(args, surroundings));
  last = finished.catch(() => {});
  return finished;
}

async function run(args: readonly string[], surroundings: Surroundings): Promise<Finished> {
  const [stdout, stderr] = [new Collected(), new Collected()];
  const restore = replace(surroundings, stdout, stderr);
  const work = start(args);
  // An abandoned test leaves nothing behind, and nothing changed.
  onTestFinished(async () => {
    interrupt();
    await work;
  });
  try {
    await work;
    return { code: Number(process.exitCode ?? 0), stdout: stdout.text, stderr: stderr.text };
  } finally {
    restore();
  }
}

/** @returns a function that restores everything */
function replace({ cwd, environment, input }: Surroundings, stdout: Writable, stderr: Writable): () => void {
  const before = { cwd: process.cwd(), env: process.env, exitCode: process.exitCode };
  const streams = { stdin: Readable.from(input === undefined ? [] : [input]), stdout, stderr };
  const restored = Object.keys(streams).map((name) => [name, Object.getOwnPropertyDescriptor(process, name)!] as const);
  for (const [name, value] of Object.entries(streams)) {
    Object.defineProperty(process, name, { configurable: true, enumerable: true, value });
  }
  process.env = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined));
  process.exitCode = undefined;
  process.chdir(cwd);
  return () => {
    process.chdir(before.cwd);
    process.exitCode = before.exitCode;
    process.env = before.env;
    for (const [name, descriptor] of restored) Object.defineProperty(process, name, descriptor);
  };
}

const ours = new Set(process.listeners('SIGINT'));

/** Sends Ctrl-C only to the command that runs in this process. */
export function interrupt(): void {
  for (const listener of process.listeners('SIGINT')) if (!ours.has(listener)) listener('SIGINT');
}

/** The text of a stream. */
class Collected extends Writable {
  readonly #pieces: Buffer[] = [];
  override _write(piece: Buffer, _: BufferEncoding, done: () => void): void {
    this.#pieces.push(piece);
    done();
  }
  get text(): string {
    return Buffer.concat(this.#pieces).toString();
  }
}
