/**
 * One connection to the server, through the driver `pg`. Every wait has a time limit. Every error is a
 * SessionError or a LineupError.
 */
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
      // A function, even when there is no password: without one, `pg` looks for it in the environment and in
      // ~/.pgpass.
      password: () => target.password.reveal(),
      connection: this.#connection,
      ssl: target.tls,
      enableChannelBinding: target.channelBinding,
      sslnegotiation: 'postgres',
      options: target.options,
      application_name: target.applicationName,
      // The caller knows the type of each column. If the server chose the parser, it could choose the
      // driver's slowest one.
      types: { getTypeParser: () => String },
    });
    // Callers that wait for an answer get the error, too. Without this listener it would end the process.
    this.#client.on('error', () => {});
  }

  /** How many times data has arrived. */
  get received(): number {
    return this.#connection.received;
  }

  /** Whether we make the server wait. */
  get paused(): boolean {
    return this.#connection.stream.isPaused();
  }

  async connect(timeoutMs: number): Promise<void> {
    const { host, network } = this.#target;
    if (isIP(host) !== 0 || host.startsWith('/')) network?.assertAllowed(host);
    await this.#within(timeoutMs, this.#client.connect());
  }

  /**
   * Runs one statement. The extended protocol accepts only one.
   * @param row the schema of a row; each column is a text or null
   */
  async query<Row>(row: z.ZodType<Row>, text: string, values: readonly string[], timeoutMs: number): Promise<Row[]> {
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

  /** The first column of the first row. The server sends nothing more. */
  async firstValue(text: string, timeoutMs: number): Promise<string | undefined> {
    return this.#within(timeoutMs, this.#client.query(new FirstRow(text)).value);
  }

  /** The last statement of a client. */
  copy(text: string): CopyOut {
    return this.#client.query(new CopyOut(this.#connection, text));
  }

  /** Destroys the connection. Every pending answer fails with this reason. */
  cut(reason = new SessionError('cut')): void {
    this.#connection.stream.destroy(reason);
  }

  /** Closes the connection. Never fails. */
  async end(): Promise<void> {
    // A running statement is cut. Otherwise the server gets a message, and closes the connection.
    const impatient = setTimeout(() => this.cut(), CLOSE_TIMEOUT_MS);
    await this.#client.end().catch(() => {});
    clearTimeout(impatient);
  }

  /** Gives the connection up when the server does not answer in time. */
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
