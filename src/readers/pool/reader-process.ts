/**
 * The service's side of one reader process: it sends commands, receives answers and values, and notices when the
 * process ends.
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { constants, getPriority, setPriority } from 'node:os';
import type { Readable } from 'node:stream';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { outgoingTrace } from '../../machine/active-trace.ts';
import { type Death, readDeath } from '../death-report.ts';
import type { ReaderLimits } from '../process/confine.ts';
import {
  type Answer,
  type CommandInput,
  type CommandName,
  deserializeError,
  type FromReader,
  type ToReader,
  VALUES_FD,
} from '../protocol.ts';
import { FrameReader } from '../scan-frames.ts';

/** How much of the standard error is kept: enough for the last report, by us or by V8. */
const KEPT_CHARACTERS = 8_000;

/** A reader process died while it worked on a source, and the service had not ended it. */
export class ReaderDiedError extends Error {
  override readonly name = 'ReaderDiedError';
  readonly death: Death;

  constructor(death: Death) {
    super(`a reader process died (${death.cause}, ${death.detail})`);
    this.death = death;
  }
}

interface Pending {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class ReaderProcess {
  readonly #child: ChildProcess;
  readonly #settings: ReaderSettings;
  readonly #pending = new Map<number, Pending>();
  readonly #grace = new Map<number, NodeJS.Timeout>();
  readonly #progress = new Map<number, number>();
  readonly #ready = Promise.withResolvers<void>();
  #orders = 0;
  #hasYielded = false;
  /** Whether the service has ended the process. */
  #killed = false;
  #errorOutput = '';
  /** The values of the scans, one scan after the other. */
  readonly frames: FrameReader;
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  /** How many sources the process has read. */
  uses = 0;
  /** Resident memory at the last answer, in bytes. */
  memoryBytes = 0;

  /** @throws {LineupError} `source_failed` when the system cannot start another process */
  constructor(settings: ReaderSettings) {
    this.#settings = settings;
    this.#child = start(settings);
    const { stderr, stdio } = this.#child;
    // The handler stays after the end of the process: an unhandled error event would end the service.
    const ended = new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      this.#child.on('error', resolve).once('exit', () => resolve(undefined));
    });
    // Without free file descriptors there are no pipes. The error event itself comes later.
    if (!stderr || !stdio?.[VALUES_FD]) throw notStarted('EMFILE');
    this.frames = new FrameReader(stdio[VALUES_FD] as Socket);
    this.#child.on('message', (message: FromReader) => this.#receive(message));
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errorOutput = (this.#errorOutput + text).slice(-KEPT_CHARACTERS);
    });
    this.ended = this.#end(ended, stderr);
    // The code that takes the reader sees a failed start. Nobody may ever take a spare reader.
    this.#ready.promise.catch(() => {});
  }

  /** @throws {LineupError} `source_failed` when the process does not start */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null && !this.#killed;
  }

  /** No command is running: the reader is free for another source. */
  get idle(): boolean {
    return this.alive && this.#pending.size === 0 && this.#grace.size === 0;
  }

  /**
   * Sends a command and waits for its answer. When the signal aborts, it sends a stop message, and kills the process if
   * that does not stop within the grace period.
   * @throws {ReaderDiedError}; {LineupError} `interrupted` after an abort; the error that the reader answers
   */
  call<Name extends CommandName>(
    command: Name,
    input: CommandInput<Name>,
    signal?: AbortSignal,
  ): Promise<Answer<Name>> {
    return this.begin(command, input, signal).answer;
  }

  /** The same for a command that continues after its answer; `stop` takes its `id`. */
  begin<Name extends CommandName>(
    command: Name,
    input: CommandInput<Name>,
    signal?: AbortSignal,
  ): { readonly id: number; readonly answer: Promise<Answer<Name>> } {
    this.#orders += 1;
    const id = this.#orders;
    return { id, answer: this.#answer(id, command, input, signal) as Promise<Answer<Name>> };
  }

  /** Asks the reader to stop a command. Call `stopped` when it has stopped. */
  stop(id: number): void {
    if (this.#grace.has(id) || !this.alive) return;
    this.#send({ id, stop: true });
    this.#grace.set(
      id,
      setTimeout(() => this.kill(), this.#settings.graceMs),
    );
  }

  stopped(id: number): void {
    clearTimeout(this.#grace.get(id));
    this.#grace.delete(id);
    this.#progress.delete(id);
  }

  progress(id: number): number | undefined {
    return this.#progress.get(id);
  }

  /**
   * The process leaves processors to others who need them. For good: only root may take back what was given away, and
   * not from every thread.
   */
  yieldToOthers(): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#hasYielded) return;
    this.#hasYielded = true;
    try {
      const { PRIORITY_BELOW_NORMAL, PRIORITY_LOW } = constants.priority;
      setPriority(pid, Math.min(getPriority(pid) + PRIORITY_BELOW_NORMAL, PRIORITY_LOW));
    } catch {
      // Its process has just ended.
    }
  }

  /** Whether the process is slower than others, and must not read for them. */
  get hasYielded(): boolean {
    return this.#hasYielded;
  }

  /** Ends the process immediately. */
  kill(): void {
    this.#killed = true;
    this.#child.kill('SIGKILL');
  }

  async #answer(id: number, command: CommandName, input: unknown, signal: AbortSignal | undefined): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const stop = () => this.stop(id);
    if (signal?.aborted) throw stoppedReading();
    if (!this.alive) throw this.#whyEnded();
    this.#pending.set(id, { resolve, reject });
    signal?.addEventListener('abort', stop, { once: true });
    this.#send({ id, command, input, trace: outgoingTrace() });
    try {
      return await promise;
    } catch (error) {
      throw signal?.aborted && !(error instanceof LineupError || error instanceof ReaderDiedError)
        ? stoppedReading()
        : error;
    } finally {
      signal?.removeEventListener('abort', stop);
      this.#pending.delete(id);
      this.stopped(id);
    }
  }

  #send(message: ToReader): void {
    // The end of the process reports a closed channel.
    this.#child.send(message, () => {});
  }

  #receive(message: FromReader): void {
    if ('ready' in message) this.#ready.resolve();
    else if ('progress' in message) this.#progress.set(message.id, message.progress);
    else {
      const pending = this.#pending.get(message.id);
      this.memoryBytes = message.memoryBytes;
      if ('failure' in message) pending?.reject(deserializeError(message.failure));
      else pending?.resolve(message.answer);
    }
  }

  async #end(ended: Promise<NodeJS.ErrnoException | undefined>, stderr: Readable): Promise<void> {
    const error = await ended;
    // The last report may still be in the pipe.
    if (!error && !stderr.closed) await new Promise((resolve) => stderr.once('close', resolve));
    const why = error ? notStarted(error.code ?? error.name) : this.#whyEnded();
    this.#ready.reject(why instanceof LineupError ? why : notStarted(why.message));
    this.frames.fail(why);
    for (const { reject } of this.#pending.values()) reject(why);
    for (const id of this.#grace.keys()) this.stopped(id);
  }

  #whyEnded(): Error {
    const { exitCode, signalCode } = this.#child;
    return this.#killed ? stoppedReading() : new ReaderDiedError(readDeath(exitCode, signalCode, this.#errorOutput));
  }
}

function start({ entry, environment, memoryBytes, stuckMs }: ReaderSettings): ChildProcess {
  const limits: ReaderLimits = { memoryBytes, stuckMs };
  try {
    return fork(entry, [JSON.stringify(limits)], {
      env: environment,
      execArgv: [`--max-old-space-size=${Math.round(memoryBytes / 2 / 1_000_000)}`],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', 'pipe'],
    });
  } catch (error) {
    throw notStarted((error as NodeJS.ErrnoException).code ?? 'unknown');
  }
}

const stoppedReading = (): LineupError => new LineupError('interrupted', sentence`Reading the source was stopped.`);

const notStarted = (why: string): LineupError =>
  new LineupError('source_failed', sentence`The process that reads the source could not start. Try again later.`, {
    reason: why,
    retryable: true,
  });

/** How the service runs its reader processes. */
export interface ReaderSettings {
  /** The module that the process runs. */
  readonly entry: URL;
  /** The whole environment of the process. Only proxy variables in it may hold a secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** The limit of resident memory per reader, in bytes. The JavaScript heap gets half of it. */
  readonly memoryBytes: number;
  /** How many readers may work at the same time. */
  readonly most: number;
  /** How many sources a reader reads before a new process replaces it. */
  readonly uses: number;
  /** How long a reader stays idle before it ends, in ms. */
  readonly idleMs: number;
  /** How long a reader may take to stop by itself, in ms. */
  readonly graceMs: number;
  /** How long the event loop may be blocked, in ms. */
  readonly stuckMs: number;
}

const extension = import.meta.filename.endsWith('.ts') ? 'ts' : 'js';

export const defaultReaderSettings: Omit<ReaderSettings, 'environment'> = {
  entry: new URL(`../process/main.${extension}`, import.meta.url),
  memoryBytes: 1_000_000_000,
  most: 8,
  uses: 500,
  idleMs: 30_000,
  graceMs: 3_000,
  stuckMs: 60_000,
};
