/** One connection to the server, through the driver `pg`. Every error is a SessionError or a LineupError. */
import type { Duplex } from 'node:stream';
import pg from 'pg';
import type { z } from 'zod';
import { checkHost, DatabaseClient } from '../database/client.ts';
import { CheckedConnection } from './connection.ts';
import { SessionError, sessionError } from './session-error.ts';
import { CopyOut, Describe, type Described, FirstRow } from './statements.ts';
import type { Target } from './target.ts';

export class Client extends DatabaseClient {
  readonly #target: Target;
  readonly #connection: CheckedConnection;
  readonly #client: pg.Client;

  constructor(target: Target) {
    super();
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

  get received(): number {
    return this.#connection.received;
  }

  get stream(): Duplex {
    return this.#connection.stream;
  }

  /** How many rows of a COPY have arrived. */
  get rows(): number {
    return this.#connection.rows;
  }

  async connect(timeoutMs: number): Promise<void> {
    const { host, network } = this.#target;
    checkHost(host, network);
    await this.within(timeoutMs, this.#client.connect());
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
    const { rows } = await this.within(timeoutMs, this.#client.query(query));
    try {
      return row.array().parse(rows);
    } catch {
      throw new SessionError('protocol');
    }
  }

  async describe(text: string, timeoutMs: number): Promise<Described> {
    return this.within(timeoutMs, this.#client.query(new Describe(text)).described);
  }

  /** The first column of the first row. The server sends nothing more. */
  async firstValue(text: string, timeoutMs: number): Promise<string | undefined> {
    return this.within(timeoutMs, this.#client.query(new FirstRow(text)).value);
  }

  /** The last statement of a client. */
  copy(text: string): CopyOut {
    return this.#client.query(new CopyOut(this.#connection, text));
  }

  cut(reason: Error = new SessionError('cut')): void {
    this.stream.destroy(reason);
  }

  giveUp(): void {
    this.cut(new SessionError('silent'));
  }

  protected async signOut(): Promise<void> {
    await this.#client.end().catch(() => {});
  }

  protected failure(error: unknown): Error {
    return sessionError(error);
  }
}
