/** One connection with one read-only transaction, for one piece of work: what the sessions of all databases share. */
import { LineupError } from '../../domain/errors/errors.ts';
import type { Sentence } from '../../domain/text/sentence.ts';
import type { Connecting } from './silence.ts';

/** The time limit for a statement other than a scan. The server's own limit is shorter. */
const LONGEST_STATEMENT_MS = 60_000;
/** Extra time, so that the server's own limit comes first. Its error says more than silence. */
const GRACE_MS = 5_000;
/** A silent connection is noticed within about four times this time. */
const SILENCE_MS = 8_000;

/** The server, as a connection URL names it. */
interface SessionTarget {
  readonly connectTimeoutMs: number;
  /** The name for people, without the password. */
  readonly label: string;
}

export interface SessionOptions<Target> {
  readonly target: Target;
  /** After this time the server stops a statement. */
  readonly timeoutMs: number;
  /** After this silence of a scan, we ask the server whether it still works. @default 8 seconds */
  readonly silenceMs?: number | undefined;
  /** Cuts the connection. */
  readonly signal?: AbortSignal | undefined;
}

export abstract class DatabaseSession<Client extends Connecting, Target extends SessionTarget> {
  protected readonly client: Client;
  protected readonly options: SessionOptions<Target>;
  readonly #stop: () => void;

  protected constructor(client: Client, options: SessionOptions<Target>) {
    this.client = client;
    this.options = options;
    this.#stop = () => client.cut();
  }

  /** Signs in and begins the transaction. @throws {LineupError} `source_*`, `interrupted` */
  async connect(): Promise<this> {
    const { signal, target } = this.options;
    try {
      signal?.throwIfAborted();
      signal?.addEventListener('abort', this.#stop, { once: true });
      await this.client.connect(target.connectTimeoutMs);
      await this.begin();
      return this;
    } catch (error) {
      await this.close();
      throw this.explain(error);
    }
  }

  /** Does the work, and closes the session. @throws {LineupError} `source_*`, `interrupted` */
  async use<T>(work: (session: this) => Promise<T>): Promise<T> {
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

  /** Gives what the work reads, and closes the session. @param what the subject of its errors @throws as `use` */
  async *give<T>(what: string, work: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
    try {
      yield* work;
      await this.finish();
    } catch (error) {
      throw this.explain(error, what);
    } finally {
      await this.close();
    }
  }

  /** The subject of an error about one table or view. */
  subjectOf(label: string): string {
    return `${label} in ${this.options.target.label}`;
  }

  /** The error to show for an error of this session. */
  explain(error: unknown, what = this.options.target.label): Error {
    if (this.options.signal?.aborted) return new LineupError('interrupted', this.stopped);
    return this.explainFailure(error, what);
  }

  /** After successful work, before the close. Never fails. */
  async finish(): Promise<void> {}

  /** Closes the connection, and so ends an open transaction. Never fails. */
  async close(): Promise<void> {
    this.options.signal?.removeEventListener('abort', this.#stop);
    await this.client.end();
  }

  /** Begins the transaction: READ ONLY, with one snapshot. */
  protected abstract begin(): Promise<void>;

  /** What to say when the signal has ended the work. */
  protected abstract readonly stopped: Sentence;

  /** @param what the subject of the sentence */
  protected abstract explainFailure(error: unknown, what: string): Error;

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

/** The limits of a source that is opened. */
export interface OpenLimits {
  /** The time limit for a query of the catalogue, a check or a preview. @default 30 seconds */
  readonly timeoutMs?: number;
  /** The time limit for a scan, which also waits for the hashing. @default 6 hours */
  readonly scanTimeoutMs?: number;
  /** After this silence of a scan, we ask the server whether it still works on it. @default 8 seconds */
  readonly silenceMs?: number;
}

/** The sessions of an open source: one for each lookup, and one for each scan. */
export function sessionsOf<Target>(
  target: Target,
  { timeoutMs = 30_000, scanTimeoutMs = 6 * 3_600_000, silenceMs }: OpenLimits,
): { readonly lookups: SessionOptions<Target>; readonly scanning: SessionOptions<Target> } {
  return { lookups: { target, timeoutMs }, scanning: { target, timeoutMs: scanTimeoutMs, silenceMs } };
}
