/** One reader process, as the service sees it: orders and their answers, the pipe with values, and its end. */
import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import { type Death, deathOf } from '../death-report.ts';
import type { ReaderLimits } from '../process/confine.ts';
import {
  type Answer,
  type FromReader,
  type Given,
  type OrderName,
  putTogether,
  type ToReader,
  VALUES_FD,
} from '../protocol.ts';
import { FrameReader } from '../scan-frames.ts';

/** Of its standard error: enough for its last words, and for V8's. */
const KEPT_CHARACTERS = 8_000;

/** A reader died while it worked on a source, and nobody had told it to. */
export class ReaderDied extends Error {
  override readonly name = 'ReaderDied';
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
  /** Whether we end it. */
  #killed = false;
  #said = '';
  /** The values of its scans, one after another. */
  readonly frames: FrameReader;
  /** Resolves when it is there no more. */
  readonly ended: Promise<void>;
  /** How many sources it has read. */
  uses = 0;
  /** Bytes that it had resident at its last answer. */
  memoryBytes = 0;

  /** @throws {LineupError} `source_failed` when the system cannot start another process */
  constructor(settings: ReaderSettings) {
    this.#settings = settings;
    this.#child = start(settings);
    const { stderr, stdio } = this.#child;
    // Also of what goes wrong after its end: an error that nobody hears would end the service.
    const ended = new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      this.#child.on('error', resolve).once('exit', () => resolve(undefined));
    });
    // Without a descriptor to spare there is none of them; the error itself comes later.
    if (!stderr || !stdio?.[VALUES_FD]) throw notStarted('EMFILE');
    this.frames = new FrameReader(stdio[VALUES_FD] as Socket);
    this.#child.on('message', (message: FromReader) => this.#hear(message));
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-KEPT_CHARACTERS);
    });
    this.ended = this.#end(ended, stderr);
    // Whoever takes it meets a failed start; a spare may never be taken.
    this.#ready.promise.catch(() => {});
  }

  /** @throws {LineupError} `source_failed` when it does not come up */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null && !this.#killed;
  }

  /** Nothing is under way: it can be given to somebody else. */
  get idle(): boolean {
    return this.alive && this.#pending.size === 0 && this.#grace.size === 0;
  }

  /**
   * Gives an order and waits for its answer. When the signal aborts, the reader is told to stop, and ended if it does not
   * within the grace period.
   * @throws {ReaderDied}; {LineupError} `interrupted` after an abort; whatever the reader answers
   */
  ask<Name extends OrderName>(order: Name, given: Given<Name>, signal?: AbortSignal): Promise<Answer<Name>> {
    return this.begin(order, given, signal).answer;
  }

  /** The same, for an order that goes on after its answer: `id` is what stops it. */
  begin<Name extends OrderName>(
    order: Name,
    given: Given<Name>,
    signal?: AbortSignal,
  ): { readonly id: number; readonly answer: Promise<Answer<Name>> } {
    this.#orders += 1;
    const id = this.#orders;
    return { id, answer: this.#answer(id, order, given, signal) as Promise<Answer<Name>> };
  }

  /** Has the reader stop what that order began; call `stopped` once it has. */
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

  /** Ends it at once. */
  kill(): void {
    this.#killed = true;
    this.#child.kill('SIGKILL');
  }

  async #answer(
    id: number,
    order: OrderName,
    given: unknown,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const stop = () => this.stop(id);
    if (signal?.aborted) throw stoppedReading();
    if (!this.alive) throw this.#whyEnded();
    this.#pending.set(id, { resolve, reject });
    signal?.addEventListener('abort', stop, { once: true });
    this.#send({ id, order, given });
    try {
      return await promise;
    } catch (error) {
      throw signal?.aborted && !(error instanceof LineupError || error instanceof ReaderDied)
        ? stoppedReading()
        : error;
    } finally {
      signal?.removeEventListener('abort', stop);
      this.#pending.delete(id);
      this.stopped(id);
    }
  }

  #send(message: ToReader): void {
    // A channel that is closed is told by the end of the process.
    this.#child.send(message, () => {});
  }

  #hear(message: FromReader): void {
    if ('ready' in message) this.#ready.resolve();
    else if ('progress' in message) this.#progress.set(message.id, message.progress);
    else {
      const pending = this.#pending.get(message.id);
      this.memoryBytes = message.memoryBytes;
      if ('failure' in message) pending?.reject(putTogether(message.failure));
      else pending?.resolve(message.answer);
    }
  }

  async #end(ended: Promise<NodeJS.ErrnoException | undefined>, stderr: Readable): Promise<void> {
    const error = await ended;
    // Its last words may still be on their way.
    if (!error && !stderr.closed) await new Promise((resolve) => stderr.once('close', resolve));
    const why = error ? notStarted(error.code ?? error.name) : this.#whyEnded();
    this.#ready.reject(why instanceof LineupError ? why : notStarted(why.message));
    this.frames.fail(why);
    for (const { reject } of this.#pending.values()) reject(why);
    for (const id of this.#grace.keys()) this.stopped(id);
  }

  #whyEnded(): Error {
    const { exitCode, signalCode } = this.#child;
    return this.#killed ? stoppedReading() : new ReaderDied(deathOf(exitCode, signalCode, this.#said));
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

const stoppedReading = (): LineupError =>
  new LineupError('interrupted', sentence`Reading the source was stopped.`);

const notStarted = (why: string): LineupError =>
  new LineupError(
    'source_failed',
    sentence`The process that would read the source could not be started. Try again in a while.`,
    {
      reason: why,
      retryable: true,
    },
  );

/** How the service's reader processes are run. */
export interface ReaderSettings {
  /** The module that a reader runs. */
  readonly entry: URL;
  /** All of its environment: nothing of it is secret but what the operator's proxies need. */
  readonly environment: Readonly<Record<string, string>>;
  /** Bytes that one reader may have resident; half of it for its JavaScript heap. */
  readonly memoryBytes: number;
  /** How many may be at work at the same time. */
  readonly most: number;
  /** How many sources one reads before another takes its place. */
  readonly uses: number;
  /** How long a reader has to stop by itself, in ms. */
  readonly graceMs: number;
  /** How long its event loop may stand still, in ms. */
  readonly stuckMs: number;
}

const extension = import.meta.filename.endsWith('.ts') ? 'ts' : 'js';

export const usualReaders: Omit<ReaderSettings, 'environment'> = {
  entry: new URL(`../process/main.${extension}`, import.meta.url),
  memoryBytes: 1_000_000_000,
  most: 8,
  uses: 50,
  graceMs: 3_000,
  stuckMs: 60_000,
};
