/** One connection with one read-only transaction, for one piece of work. */
import { z } from 'zod';
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import { Client, type Described } from './client.ts';
import { RowReader } from './rows.ts';
import { explainSessionError, SessionError } from './session-error.ts';
import { identifyThread, killStatement, type Thread, watchSilence } from './silence.ts';
import type { Target } from './target.ts';

/** The time limit for a statement other than a scan. The server's own limit is shorter. */
const LONGEST_STATEMENT_MS = 60_000;
/** Extra time, so that the server's own limit comes first. Its error says more than silence. */
const GRACE_MS = 5_000;
/** A silent connection is noticed within about four times this time. */
const SILENCE_MS = 8_000;
/** The largest number of rows. DEFAULT would be the limit of the server. */
const NO_LIMIT = '18446744073709551615';

export interface SessionOptions {
  readonly target: Target;
  /** After this time the server stops a statement. */
  readonly timeoutMs: number;
  /** After this silence of a scan, we ask the server whether it still works. @default 8 seconds */
  readonly silenceMs?: number | undefined;
  /** Cuts the connection. */
  readonly signal?: AbortSignal | undefined;
}

/** A block of a column's value stream. */
export interface ColumnBlock {
  readonly column: number;
  readonly block: Uint8Array;
}

/** All work at the server happens in a session. Its transaction is READ ONLY and sees one snapshot. */
export class Session {
  readonly #client: Client;
  readonly #options: SessionOptions;
  readonly #stop: () => void;
  #thread: Thread | undefined;
  #scanning = false;

  private constructor(options: SessionOptions) {
    this.#options = options;
    this.#client = new Client(options.target);
    this.#stop = () => this.#client.cut();
  }

  /** Opens a session for `work`, and closes it. @throws {LineupError} `source_*`, `interrupted` */
  static async with<T>(options: SessionOptions, work: (session: Session) => Promise<T>): Promise<T> {
    const session = await Session.open(options);
    try {
      return await work(session);
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
  async query<Row>(row: z.ZodType<Row>, sql: string): Promise<Row[]> {
    return this.#client.query(row, sql, this.#limitMs());
  }

  /** What a statement returns. The server does not run it. */
  async describe(sql: string): Promise<Described> {
    return this.#client.describe(sql, this.#limitMs());
  }

  /** The value streams of a SELECT's columns. No statement may follow in this session. */
  async *scan(
    sql: string,
    columns: number,
    started: (reader: RowReader) => void,
  ): AsyncGenerator<ColumnBlock, void> {
    const { target, timeoutMs, silenceMs = SILENCE_MS } = this.#options;
    this.#thread = await identifyThread(this.#client, this.#limitMs());
    const longestMs = timeoutMs + LONGEST_STATEMENT_MS;
    const watch = watchSilence(this.#client, this.#thread, { target, silenceMs, longestMs });
    try {
      const reader = new RowReader(columns);
      started(reader);
      this.#scanning = true;
      yield* this.#client.rows(sql, reader, columns);
      this.#scanning = false;
    } finally {
      watch.stop();
    }
  }

  /** The error to show for an error of this session. */
  explain(error: unknown, what = this.#options.target.label): Error {
    if (this.#options.signal?.aborted)
      return new LineupError('interrupted', sentence`Reading MySQL was stopped.`);
    return explainSessionError(error, what);
  }

  /** Closes the connection, and so ends the transaction. Never fails. */
  async close(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#stop);
    if (this.#scanning) {
      this.#client.cut();
      if (this.#thread) await killStatement(this.#options.target, this.#thread);
    }
    await this.#client.end();
  }

  #limitMs(): number {
    return Math.min(this.#options.timeoutMs, LONGEST_STATEMENT_MS) + GRACE_MS;
  }

  async #begin(): Promise<void> {
    const { timeoutMs } = this.#options;
    await this.#run('SET NAMES utf8mb4');
    // What a query means does not depend on the server's settings: see `codeOf`.
    await this.#run("SET SESSION sql_mode = ''");
    // Without this, a limit of the server or of the user would end a scan early, as if there were no more rows.
    await this.#run(`SET SESSION sql_select_limit = ${NO_LIMIT}`);
    for (const setting of [
      // Otherwise `max_join_size` refuses queries that may look at many rows.
      'sql_big_selects = 1',
      'lock_wait_timeout = 10',
      'innodb_lock_wait_timeout = 10',
      // The hashing may pause a scan for longer than the usual minute.
      'net_write_timeout = 3600',
      // MySQL has the first one, in milliseconds, and MariaDB the second one, in seconds.
      `max_execution_time = ${Math.ceil(timeoutMs)}`,
      `max_statement_time = ${Math.ceil(timeoutMs / 1000)}`,
    ])
      await this.#set(setting);
    await this.#run('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    await this.#run('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
  }

  async #run(sql: string): Promise<void> {
    await this.query(z.unknown(), sql);
  }

  /** A setting that this server does not have, or that this user may not change, is left out. */
  async #set(setting: string): Promise<void> {
    try {
      await this.#run(`SET SESSION ${setting}`);
    } catch (error) {
      if (!(error instanceof SessionError && ['1193', '1227', '1238'].includes(error.code))) throw error;
    }
  }
}
