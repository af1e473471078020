/**
 * The pool of reader processes. A reader works on one source at a time, so its death has a known cause. A reader that
 * finished its work normally is reused. When all readers are busy, callers wait for their turn.
 */

import { type EventLog, silentLog } from '../../contracts/event-log.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { ReaderProcess, type ReaderSettings } from './reader-process.ts';

/** A reader that still uses more than this share of its memory limit after its work is not reused. */
const FRESH_SHARE = 0.3;

export class ReaderPool {
  readonly #settings: ReaderSettings;
  readonly #idle: ReaderProcess[] = [];
  readonly #all = new Set<ReaderProcess>();
  /** Callers that wait for a turn: called when the turn comes, or with the reason why it does not. */
  readonly #waiting: ((refusal?: Error) => void)[] = [];
  #busy = 0;
  readonly #log: EventLog;
  #closed = false;

  constructor(settings: ReaderSettings, log: EventLog = silentLog) {
    this.#settings = settings;
    this.#log = log;
  }

  /** Starts a spare reader, so that the next caller does not wait for a process to start. */
  startAhead(): void {
    if (this.#closed || this.#idle.length > 0 || this.#busy >= this.#settings.most) return;
    try {
      this.#keep(this.#start());
    } catch (error) {
      // The next caller who needs a reader gets the error.
      this.#log.record('reader.start_failed', { err: error });
    }
  }

  /**
   * Acquires a reader for one source. Always release it.
   * @param timeoutMs how long to wait for a turn
   * @throws {LineupError} `source_failed` (retryable) when all are busy for too long, or none can be started;
   * `interrupted`
   */
  async acquire(signal: AbortSignal, timeoutMs: number): Promise<ReaderProcess> {
    await this.#turn(signal, timeoutMs);
    let reader: ReaderProcess | undefined;
    try {
      reader = this.#spare() ?? this.#start();
      reader.uses += 1;
      await reader.ready;
      return reader;
    } catch (error) {
      this.release(reader);
      throw error;
    }
  }

  release(reader: ReaderProcess | undefined): void {
    if (reader?.idle && this.#isGood(reader)) this.#keep(reader);
    else reader?.kill();
    // The next waiting caller gets the turn.
    const next = this.#waiting.shift();
    if (next) next();
    else this.#busy -= 1;
    if (reader?.hasYielded) this.startAhead();
  }

  /** Ends all readers, also busy ones. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const notify of this.#waiting.splice(0)) notify(closed());
    for (const reader of this.#all) reader.kill();
    await Promise.all([...this.#all].map(({ ended }) => ended));
  }

  #start(): ReaderProcess {
    const reader = new ReaderProcess(this.#settings);
    this.#all.add(reader);
    void reader.ended.finally(() => {
      this.#all.delete(reader);
      this.#take(reader);
    });
    return reader;
  }

  /** Takes the reader out of the idle ones. @returns whether it was one */
  #take(reader: ReaderProcess): boolean {
    const index = this.#idle.indexOf(reader);
    if (index >= 0) this.#idle.splice(index, 1);
    return index >= 0;
  }

  /** Whether the reader may be reused: the next source must not suffer from what this one has left. */
  #isGood(reader: ReaderProcess): boolean {
    const { uses, memoryBytes } = this.#settings;
    return !this.#closed && !reader.hasYielded && reader.uses < uses && reader.memoryBytes < memoryBytes * FRESH_SHARE;
  }

  /** Keeps an idle reader. It ends if nobody needs it for a while: each takes 80 MB, and starts in a moment. */
  #keep(reader: ReaderProcess): void {
    this.#idle.push(reader);
    const { uses } = reader;
    const end = () => {
      if (reader.uses === uses && this.#take(reader)) reader.kill();
    };
    setTimeout(end, this.#settings.idleMs).unref();
  }

  #spare(): ReaderProcess | undefined {
    let reader = this.#idle.pop();
    while (reader && !reader.alive) reader = this.#idle.pop();
    return reader;
  }

  /** Waits for a turn. Callers get their turns in order. */
  async #turn(signal: AbortSignal, timeoutMs: number): Promise<void> {
    if (this.#closed) throw closed();
    if (signal.aborted) throw interrupted();
    if (this.#busy < this.#settings.most) {
      this.#busy += 1;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const notify = (refusal?: Error) => (refusal ? reject(refusal) : resolve());
    const giveUp = (why: Error) => {
      const index = this.#waiting.indexOf(notify);
      if (index >= 0) this.#waiting.splice(index, 1);
      reject(why);
    };
    const abort = () => giveUp(interrupted());
    const timer = setTimeout(() => giveUp(allBusy()), timeoutMs);
    signal.addEventListener('abort', abort, { once: true });
    this.#waiting.push(notify);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }
}

const allBusy = (): LineupError =>
  new LineupError(
    'source_failed',
    sentence`The service is already reading the maximum number of sources. Try again in a minute.`,
    { reason: 'busy', retryable: true },
  );

const interrupted = (): LineupError => new LineupError('interrupted', sentence`Reading the source was stopped.`);

const closed = (): LineupError => new LineupError('interrupted', sentence`The service is stopping.`);
