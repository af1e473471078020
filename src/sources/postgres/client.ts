/** One connection to the server, by the driver. Every wait on it has an end, and every error is a SessionError or a refusal of ours. */
import { isIP } from 'node:net';
import pg from 'pg';
import type { z } from 'zod';
import { CheckedConnection } from './connection.ts';
import { SessionError, sessionError } from './session-error.ts';
import { CopyOut, Describe, type Described, FirstRow } from './statements.ts';
import type { Target } from './target.ts';

const CLOSE_TIMEOUT_MS = 1_000;

export class Client {
  readonly #target: Target;
  readonly #connection: CheckedConnection;
  readonly #client: pg.Client;

  constructor(target: Target) {
    this.#target = target;
    this.#connection = new CheckedConnection(target);
    this.#client = new pg.Client({
      host: target.host,
      port: target.port,
      database: target.database,
      user: target.user,
      // A function, even for none: without one `pg` looks for a password in the environment and in ~/.pgpass.
      password: () => target.password.reveal(),
      connection: this.#connection,
      ssl: target.tls,
      enableChannelBinding: target.channelBinding,
      sslnegotiation: 'postgres',
      options: target.options,
      application_name: target.applicationName,
      // Whoever asks says what a column holds. The server's own word for it could name the driver's slowest reader.
      types: { getTypeParser: () => String },
    });
    // Whatever waits for an answer is told as well; without a listener the loss of a connection would end the process.
    this.#client.on('error', () => {});
  }

  /** How often something has arrived. */
  get heard(): number {
    return this.#connection.heard;
  }

  /** Whether the server is made to wait. */
  get paused(): boolean {
    return this.#connection.stream.isPaused();
  }

  async connect(timeoutMs: number): Promise<void> {
    const { host, network } = this.#target;
    if (isIP(host) !== 0 || host.startsWith('/')) network?.assertAllowed(host);
    await this.#within(timeoutMs, this.#client.connect());
  }

  /**
   * One statement: the extended protocol takes no second one.
   * @param row what a row must be; each column is a text or null
   */
  async query<Row>(
    row: z.ZodType<Row>,
    text: string,
    values: readonly string[],
    timeoutMs: number,
  ): Promise<Row[]> {
    const query: pg.QueryConfig & { queryMode: 'extended' } = {
      text,
      values: [...values],
      queryMode: 'extended',
    };
    const { rows } = await this.#within(timeoutMs, this.#client.query(query));
    try {
      return row.array().parse(rows);
    } catch {
      throw new SessionError('protocol');
    }
  }

  async describe(text: string, timeoutMs: number): Promise<Described> {
    return this.#within(timeoutMs, this.#client.query(new Describe(text)).described);
  }

  /** The first column of the first row; what else there is is not sent. */
  async firstValue(text: string, timeoutMs: number): Promise<string | undefined> {
    return this.#within(timeoutMs, this.#client.query(new FirstRow(text)).value);
  }

  /** The last statement of a client. */
  copy(text: string): CopyOut {
    return this.#client.query(new CopyOut(this.#connection, text));
  }

  /** Cuts the connection. Whatever waits for an answer fails with the reason. */
  cut(reason = new SessionError('cut')): void {
    this.#connection.stream.destroy(reason);
  }

  /** Ends the connection; never fails. */
  async end(): Promise<void> {
    // A statement that runs is cut; otherwise the server is told, and answers by closing.
    const impatient = setTimeout(() => this.cut(), CLOSE_TIMEOUT_MS);
    await this.#client.end().catch(() => {});
    clearTimeout(impatient);
  }

  /** A server that does not answer in time is given up. */
  async #within<T>(ms: number, answer: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.cut(new SessionError('silent')), ms);
    try {
      return await answer;
    } catch (error) {
      throw sessionError(error);
    } finally {
      clearTimeout(timer);
    }
  }
}
