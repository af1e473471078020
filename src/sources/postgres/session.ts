/** One connection with one read-only transaction, for one piece of work. */
import { z } from 'zod';
import { sentence } from '../../domain/text/sentence.ts';
import { DatabaseSession, type SessionOptions } from '../database/session.ts';
import { Client } from './client.ts';
import { watchSilence } from './silence.ts';
import type { Described } from './statements.ts';
import type { Target } from './target.ts';

const SYSTEM = 'pg_catalog';
/** Without it in the path, tables and types of the session would come first. */
const TEMPORARY = 'pg_temp';

/**
 * All work at the server happens in a session. Its transaction is READ ONLY and sees one snapshot. Settings
 * are local to the transaction, so that a pooler (PgBouncer) can reuse the connection.
 */
export class Session extends DatabaseSession<Client, Target> {
  /** The `search_path` of the connection. */
  #userPath = '';
  protected readonly stopped = sentence`Reading PostgreSQL was stopped.`;

  constructor(options: SessionOptions<Target>) {
    super(new Client(options.target), options);
  }

  get rows(): number {
    return this.client.rows;
  }

  /** Runs one statement. @param row the schema of a row; each column is a text or null */
  async query<Row>(row: z.ZodType<Row>, text: string, values: readonly string[] = []): Promise<Row[]> {
    return this.client.query(row, text, values, this.limitMs);
  }

  /** The columns of a statement. The server neither runs nor plans it. */
  async describe(text: string): Promise<Described> {
    return this.client.describe(text, this.limitMs);
  }

  /** Settings for the rest of the transaction. Settings that this server does not have are ignored. */
  async configure(settings: Readonly<Record<string, string>>): Promise<void> {
    await this.query(
      z.unknown(),
      `SELECT pg_catalog.set_config(wanted.name, wanted.value, true)
       FROM pg_catalog.json_each_text($1::pg_catalog.json) AS wanted (name, value)
         JOIN pg_catalog.pg_settings AS known ON known.name OPERATOR(pg_catalog.=) wanted.name`,
      [JSON.stringify(settings)],
    );
  }

  /**
   * From now on, names in a query that a person wrote mean what they mean to this user. Those of the system come first,
   * and those of temporary objects last, so that no other function or type stands in for one that Lineup's own part of
   * the statement names.
   */
  async takeUserPath(): Promise<void> {
    const schemas = [SYSTEM, ...(this.#userPath === '' ? [] : [this.#userPath]), TEMPORARY];
    await this.configure({ search_path: schemas.join(', ') });
  }

  /** All names are those of the system, as at the beginning. */
  async takeSystemPath(): Promise<void> {
    await this.configure({ search_path: `${SYSTEM}, ${TEMPORARY}` });
  }

  /** The encoding in which the server keeps its texts. */
  async encoding(): Promise<'UTF8' | 'other'> {
    const [row] = await this.query(z.object({ server_encoding: z.string() }), 'SHOW server_encoding');
    return row?.server_encoding === 'UTF8' ? 'UTF8' : 'other';
  }

  /** The planner's estimate of the rows. Undefined when the server gives none. */
  async estimate(select: string): Promise<number | undefined> {
    const plan = await this.client.firstValue(`EXPLAIN ${select}`, this.limitMs);
    const [, rows] = / rows=(\d{1,15}) width=/.exec(plan ?? '') ?? [];
    return rows === undefined ? undefined : Number(rows);
  }

  /** Copies the rows of a SELECT. No statement may follow in this session. @param select one statement */
  async *copy(select: string): AsyncGenerator<Uint8Array, void> {
    const watch = await watchSilence(this.client, { target: this.options.target, ...this.scanLimits });
    try {
      yield* this.client.copy(`COPY (${select}) TO STDOUT (FORMAT csv)`).blocks();
    } finally {
      watch.stop();
    }
  }

  /**
   * Ends the transaction after successful work, so that a pooler keeps its connection to the server. Never
   * fails.
   */
  protected override async finish(): Promise<void> {
    await this.query(z.unknown(), 'ROLLBACK').catch(() => {});
  }

  protected async begin(): Promise<void> {
    await this.query(z.unknown(), 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const [found] = await this.query(z.object({ search_path: z.string() }), 'SHOW search_path');
    this.#userPath = found?.search_path ?? '';
    await this.takeSystemPath();
    await this.configure({
      statement_timeout: `${this.options.timeoutMs}`,
      lock_timeout: '10s',
      // Nobody reads notices, and a function may send one for each row.
      client_min_messages: 'error',
      // So the server notices a lost client during a long sort, too. Since PostgreSQL 14.
      client_connection_check_interval: '2s',
    });
  }
}
