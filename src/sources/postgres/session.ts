/** One connection with one transaction that can only read, for one piece of work. */
import pg from 'pg';
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import { CopyOut } from './copy-out.ts';
import { failure } from './failure.ts';
import type { Target } from './target.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 1_000;
const KEEP_ALIVE_MS = 60_000;

export interface SessionOptions {
  readonly target: Target;
  /** After which the server gives up a statement. */
  readonly timeoutMs: number;
  /** Cuts the connection. */
  readonly signal?: AbortSignal;
}

/**
 * All that is done at the server is done in here: what the transaction sees is one snapshot, and it changes nothing, whatever a
 * query calls. Settings are those of the transaction alone, so that a pooler (PgBouncer) may hand the connection on.
 */
export class Session {
  readonly #client: pg.Client;
  readonly #options: SessionOptions;
  readonly #stop: () => void;

  private constructor(options: SessionOptions) {
    const {
      host,
      port,
      database,
      user,
      password,
      tls,
      channelBinding,
      options: commandLine,
    } = options.target;
    this.#options = options;
    this.#client = new pg.Client({
      host,
      port,
      database,
      user,
      // A function, even for none: without one `pg` looks for a password in the environment and in ~/.pgpass.
      password: () => password.reveal(),
      ssl: tls,
      enableChannelBinding: channelBinding,
      sslnegotiation: 'postgres',
      options: commandLine,
      application_name: 'lineup',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    });
    // Whatever waits for an answer is told as well; without a listener the loss of a connection would end the process.
    this.#client.on('error', () => {});
    this.#stop = () => this.#client.connection.stream.destroy();
  }

  /** Opens one for `work`, and closes it. @throws {LineupError} `source_*`, `interrupted` */
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
      await session.#client.connect();
      await session.#begin();
      return session;
    } catch (error) {
      await session.close();
      throw session.explain(error);
    }
  }

  /** One statement: the extended protocol takes no second one. */
  async query<Row extends pg.QueryResultRow>(
    text: string,
    values: string[] = [],
  ): Promise<pg.QueryResult<Row>> {
    const query: pg.QueryConfig & { queryMode: 'extended' } = { text, values, queryMode: 'extended' };
    return this.#client.query<Row>(query);
  }

  /** Settings for the rest of the transaction; one that this server does not know is passed over. */
  async configure(settings: Readonly<Record<string, string>>): Promise<void> {
    await this.query(
      `SELECT set_config(wanted.name, wanted.value, true)
       FROM json_each_text($1::json) AS wanted (name, value) JOIN pg_settings ON pg_settings.name = wanted.name`,
      [JSON.stringify(settings)],
    );
  }

  /** How many rows the planner expects; undefined where it gives no such figure. */
  async estimate(select: string): Promise<number | undefined> {
    const { rows } = await this.query<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows'?: number } }] }>(
      `EXPLAIN (FORMAT JSON) ${select}`,
    );
    return rows[0]?.['QUERY PLAN'][0].Plan['Plan Rows'];
  }

  /** The last thing that a session does. @param select one statement */
  copy(select: string): CopyOut {
    return this.#client.query(new CopyOut(`COPY (${select}) TO STDOUT (FORMAT csv)`));
  }

  /** The failure that an error of this session stands for. */
  explain(error: unknown, what = this.#options.target.label): Error {
    if (this.#options.signal?.aborted)
      return new LineupError('interrupted', sentence`Reading PostgreSQL was stopped.`);
    return failure(error, what);
  }

  /** Ends the transaction of work that is done: a pooler then keeps its connection to the server. Never fails. */
  async finish(): Promise<void> {
    await this.query('ROLLBACK').catch(() => {});
  }

  /** Ends the connection, and with it a transaction that still is; never fails. */
  async close(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#stop);
    // A statement that runs is cut; otherwise the server is told, and answers by closing.
    const impatient = setTimeout(this.#stop, CLOSE_TIMEOUT_MS);
    await this.#client.end().catch(() => {});
    clearTimeout(impatient);
  }

  async #begin(): Promise<void> {
    await this.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await this.configure({
      statement_timeout: `${this.#options.timeoutMs}`,
      lock_timeout: '10s',
      // A reader that is gone is noticed while a long sort has nothing to send, too. Since PostgreSQL 14.
      client_connection_check_interval: '2s',
    });
  }
}
