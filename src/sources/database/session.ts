/** One connection with one read-only transaction, for one piece of work: what the sessions of all databases share. */
import { LineupError } from '../../domain/errors/errors.ts';
import type { Sentence } from '../../domain/text/sentence.ts';
import type { DatabaseClient } from './client.ts';
import { explainSessionError } from './failure.ts';
import type { DatabaseTarget } from './target.ts';

/** The time limit for a statement other than a scan. The server's own limit is shorter. */
const LONGEST_STATEMENT_MS = 60_000;
/** Extra time, so that the server's own limit comes first. Its error says more than silence. */
const GRACE_MS = 5_000;
/** A silent connection is noticed within about four times this time. */
const SILENCE_MS = 8_000;

export interface SessionOptions<Target> {
  readonly target: Target;
  /** After this time the server stops a statement. */
  readonly timeoutMs: number;
  /** After this silence of a scan, we ask the server whether it still works. @default 8 seconds */
  readonly silenceMs?: number | undefined;
  /** Cuts the connection. */
  readonly signal?: AbortSignal | undefined;
}

export abstract class DatabaseSession<
  Client extends DatabaseClient = DatabaseClient,
  Target extends DatabaseTarget = DatabaseTarget,
> {
  /** How many rows of the scan have arrived. */
  abstract readonly rows: number;
  protected readonly client: Client;
  protected readonly options: SessionOptions<Target>;
  readonly #stop: () => void;

  constructor(client: Client, options: SessionOptions<Target>) {
    this.client = client;
    this.options = options;
    this.#stop = () => client.cut();
  }

  /** Opens the session, does the work, and closes it. @throws {LineupError} `source_*`, `interrupted` */
  async use<T>(work: (session: this) => Promise<T>): Promise<T> {
    await this.#connect();
    try {
      const result = await work(this);
      await this.finish();
      return result;
    } catch (error) {
      throw this.explain(error);
    } finally {
      await this.close();
    }
  }

  /** The same for work that gives what it reads in parts. @param subject the subject of its errors */
  async *give<T>(subject: string, work: (session: this) => AsyncGenerator<T, void>): AsyncGenerator<T, void> {
    await this.#connect();
    try {
      yield* work(this);
      await this.finish();
    } catch (error) {
      throw this.explain(error, subject);
    } finally {
      await this.close();
    }
  }

  /** The subject of an error about one table or view. */
  subjectOf(label: string): string {
    return `${label} in ${this.options.target.label}`;
  }

  /** The error to show for an error of this session. */
  explain(error: unknown, subject = this.options.target.label): Error {
    if (this.options.signal?.aborted) return new LineupError('interrupted', this.stopped);
    return explainSessionError(error, subject);
  }

  /** After successful work, before the close. Never fails. */
  protected async finish(): Promise<void> {}

  /** Closes the connection, and so ends an open transaction. Never fails. */
  protected async close(): Promise<void> {
    this.options.signal?.removeEventListener('abort', this.#stop);
    await this.client.end();
  }

  /** Signs in and begins the transaction. */
  async #connect(): Promise<void> {
    const { signal, target } = this.options;
    try {
      signal?.throwIfAborted();
      signal?.addEventListener('abort', this.#stop, { once: true });
      await this.client.connect(target.connectTimeoutMs);
      await this.begin();
    } catch (error) {
      await this.close();
      throw this.explain(error);
    }
  }

  /** Begins the transaction: READ ONLY, with one snapshot. */
  protected abstract begin(): Promise<void>;

  /** What to say when the signal has ended the work. */
  protected abstract readonly stopped: Sentence;

  /** The time limit for a statement other than a scan. */
  protected get limitMs(): number {
    return Math.min(this.options.timeoutMs, LONGEST_STATEMENT_MS) + GRACE_MS;
  }

  /** How long a scan may be silent, and how long it may last. */
  protected get scanLimits(): { readonly silenceMs: number; readonly longestMs: number } {
    const { timeoutMs, silenceMs = SILENCE_MS } = this.options;
    return { silenceMs, longestMs: timeoutMs + LONGEST_STATEMENT_MS };
  }
}
