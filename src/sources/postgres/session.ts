/** One connection with one read-only transaction, for one piece of work. */
import { z } from 'zod';
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import { Client } from './client.ts';
import { explainSessionError } from './session-error.ts';
import { watchSilence } from './silence.ts';
import type { CopyOut, Described } from './statements.ts';
import type { Target } from './target.ts';

/** The time limit for a statement other than a scan. The server's own limit is shorter. */
const LONGEST_STATEMENT_MS = 60_000;
/** Extra time, so that the server's own limit comes first. Its error says more than silence. */
const GRACE_MS = 5_000;
/** A silent connection is noticed within about four times this time. */
const SILENCE_MS = 8_000;

export interface SessionOptions {
  readonly target: Target;
  /** After this time the server stops a statement. */
  readonly timeoutMs: number;
  /** After this silence of a scan, we ask the server whether it still works. @default 8 seconds */
  readonly silenceMs?: number;
  /** Cuts the connection. */
  readonly signal?: AbortSignal;
}

/**
 * All work at the server happens in a session. Its transaction is READ ONLY and sees one snapshot. Settings
 * are local to the transaction, so that a pooler (PgBouncer) can reuse the connection.
 */
export class Session {
  readonly #client: Client;
  readonly #options: SessionOptions;
  readonly #stop: () => void;

  private constructor(options: SessionOptions) {
    this.#options = options;
    this.#client = new Client(options.target);
    this.#stop = () => this.#client.cut();
  }

  /** Opens a session for `work`, and closes it. @throws {LineupError} `source_*`, `interrupted` */
  static async with<T>(options: SessionOptions, work: (session: Session) => Promise<T>): Promise<T> {
    const session = await Session.open(options);
    try {
      const result = await work(session);
      await session.finish();
      return result;
    } catch (error) {
      throw session.explain(error);
    } finally {
      await session.close();
    }
  }

  /** @throws {LineupError} `source_*`, `interrupted` */
  static async open(options: SessionOptions): Promise<Session> {
    const session = new Session(options);
    try {
      options.signal?.throwIfAborted();
      options.signal?.addEventListener('abort', session.#stop, { once: true });
      await session.#client.connect(options.target.connectTimeoutMs);
      await session.#begin();
      return session;
    } catch (error) {
      await session.close();
      throw session.explain(error);
    }
  }

  /** Runs one statement. @param row the schema of a row; each column is a text or null */
  async query<Row>(row: z.ZodType<Row>, text: string, values: readonly string[] = []): Promise<Row[]> {
    return this.#client.query(row, text, values, this.#limitMs());
  }

  /** The columns of a statement. The server neither runs nor plans it. */
  async describe(text: string): Promise<Described> {
    return this.#client.describe(text, this.#limitMs());
  }

  /** Settings for the rest of the transaction. Settings that this server does not have are ignored. */
  async configure(settings: Readonly<Record<string, string>>): Promise<void> {
    await this.query(
      z.unknown(),
      `SELECT set_config(wanted.name, wanted.value, true)
       FROM json_each_text($1::json) AS wanted (name, value) JOIN pg_settings ON pg_settings.name = wanted.name`,
      [JSON.stringify(settings)],
    );
  }

  /** The planner's estimate of the rows. Undefined when the server gives none. */
  async estimate(select: string): Promise<number | undefined> {
    const plan = await this.#client.firstValue(`EXPLAIN ${select}`, this.#limitMs());
    const [, rows] = / rows=(\d{1,15}) width=/.exec(plan ?? '') ?? [];
    return rows === undefined ? undefined : Number(rows);
  }

  /** Copies the rows of a SELECT. No statement may follow in this session. @param select one statement */
  async *copy(select: string, started: (copy: CopyOut) => void): AsyncGenerator<Uint8Array, void> {
    const { target, timeoutMs, silenceMs = SILENCE_MS } = this.#options;
    const longestMs = timeoutMs + LONGEST_STATEMENT_MS;
    const watch = await watchSilence(this.#client, { target, silenceMs, longestMs });
    try {
      const copy = this.#client.copy(`COPY (${select}) TO STDOUT (FORMAT csv)`);
      started(copy);
      yield* copy.blocks();
    } finally {
      watch.stop();
    }
  }

  /** The error to show for an error of this session. */
  explain(error: unknown, what = this.#options.target.label): Error {
    if (this.#options.signal?.aborted)
      return new LineupError('interrupted', sentence`Reading PostgreSQL was stopped.`);
    return explainSessionError(error, what);
  }

  /**
   * Ends the transaction after successful work, so that a pooler keeps its connection to the server. Never
   * fails.
   */
  async finish(): Promise<void> {
    await this.query(z.unknown(), 'ROLLBACK').catch(() => {});
  }

  /** Closes the connection, and so ends an open transaction. Never fails. */
  async close(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#stop);
    await this.#client.end();
  }

  #limitMs(): number {
    return Math.min(this.#options.timeoutMs, LONGEST_STATEMENT_MS) + GRACE_MS;
  }

  async #begin(): Promise<void> {
    await this.query(z.unknown(), 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await this.configure({
      statement_timeout: `${this.#options.timeoutMs}`,
      lock_timeout: '10s',
      // Nobody reads notices, and a function may send one for each row.
      client_min_messages: 'error',
      // So the server notices a lost client during a long sort, too. Since PostgreSQL 14.
      client_connection_check_interval: '2s',
    });
  }
}
