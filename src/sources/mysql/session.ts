/** One connection with one read-only transaction, for one piece of work. */
import { z } from 'zod';
import { sentence } from '../../domain/text/sentence.ts';
import { DatabaseSession, type SessionOptions } from '../database/session.ts';
import { Client, type Described } from './client.ts';
import { type ColumnBlock, RowReader } from './rows.ts';
import { SessionError } from './session-error.ts';
import { identifyThread, killStatement, type Thread, watchSilence } from './silence.ts';
import type { Target } from './target.ts';

/** The largest number of rows. DEFAULT would be the limit of the server. */
export const NO_LIMIT = '18446744073709551615';

/** All work at the server happens in a session. Its transaction is READ ONLY and sees one snapshot. */
export class Session extends DatabaseSession<Client, Target> {
  protected readonly stopped = sentence`Reading MySQL was stopped.`;
  #thread: Thread | undefined;
  #reader: RowReader | undefined;
  #scanning = false;

  constructor(options: SessionOptions<Target>) {
    super(new Client(options.target), options);
  }

  get rows(): number {
    return this.#reader?.rows ?? 0;
  }

  /** Runs one statement. @param row the schema of a row; each column is a text or null */
  async query<Row>(row: z.ZodType<Row>, sql: string): Promise<Row[]> {
    return this.client.query(row, sql, this.limitMs);
  }

  /** What a statement returns. The server does not run it. */
  async describe(sql: string): Promise<Described> {
    return this.client.describe(sql, this.limitMs);
  }

  /** The value streams of a SELECT's columns. No statement may follow in this session. */
  async *scan(sql: string, columns: number): AsyncGenerator<ColumnBlock, void> {
    this.#thread = await identifyThread(this.client, this.limitMs);
    const { target } = this.options;
    const watch = watchSilence(this.client, this.#thread, { target, ...this.scanLimits });
    try {
      this.#reader = new RowReader(columns);
      this.#scanning = true;
      yield* this.client.rows(sql, this.#reader);
      this.#scanning = false;
    } finally {
      watch.stop();
    }
  }

  protected override async close(): Promise<void> {
    if (this.#scanning) {
      this.client.cut();
      if (this.#thread) await killStatement(this.options.target, this.#thread);
    }
    await super.close();
  }

  protected async begin(): Promise<void> {
    const { timeoutMs } = this.options;
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
