/** Runs `COPY … TO STDOUT` on a connection of `pg`, and gives the rows as blocks of bytes. */
import type { Submittable } from 'pg';
import type { CheckedConnection } from './connection.ts';
import { sessionError } from './failure.ts';

/** Bytes that may wait to be read before the server is made to wait. */
const HIGH_WATER = 1 << 20;

/**
 * A query for `client.query()`, the last one of its client.
 * `pg-copy-streams` does the same work a message at a time; on rows of 40 bytes this takes half of its processor time.
 */
export class CopyOut implements Submittable {
  readonly #sql: string;
  readonly #connection: CheckedConnection;
  readonly #queue: Buffer[] = [];
  #queued = 0;
  #outcome: { readonly error: Error | undefined } | undefined;
  #wake: () => void = () => {};

  /** @param sql one statement: it goes by the simple protocol, the only one by which CockroachDB copies */
  constructor(connection: CheckedConnection, sql: string) {
    this.#connection = connection;
    this.#sql = sql;
  }

  /** Rows that have arrived. */
  get rows(): number {
    return this.#connection.rows;
  }

  submit(): void {
    this.#connection.takeRows((rows) => this.#add(rows));
    this.#connection.query(this.#sql);
  }

  /** The rows. @throws {SessionError} for what the server reports, or for the loss of the connection */
  async *blocks(): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      const block = this.#queue.shift();
      if (block) {
        this.#queued -= block.length;
        if (this.#queue.length === 0) this.#connection.stream.resume();
        yield block;
      } else if (this.#outcome?.error) {
        throw this.#outcome.error;
      } else if (this.#outcome) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  // What the client calls, by name.

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#settle(undefined);
  }

  handleError(error: Error): void {
    this.#settle(sessionError(error));
  }

  #add(rows: Buffer): void {
    this.#queue.push(rows);
    this.#queued += rows.length;
    if (this.#queued > HIGH_WATER) this.#connection.stream.pause();
    this.#wake();
  }

  #settle(error: Error | undefined): void {
    this.#outcome ??= { error };
    this.#wake();
  }
}
