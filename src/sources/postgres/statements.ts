/** Asks the server what columns a query has, without running or planning it. */
import type { Connection, FieldDef, Submittable } from 'pg';
import type { CheckedConnection } from './connection.ts';
import { sessionError } from './session-error.ts';

/** A column, as the server describes it. */
export interface Column {
  readonly name: string;
  readonly type: number;
  readonly modifier: number;
}

/** What the server says about a statement. */
export interface Described {
  /** Undefined for a statement that gives no rows. */
  readonly columns: readonly Column[] | undefined;
  /** Parameters ($1, $2, …) that it holds. */
  readonly parameters: number;
}

/**
 * A query for `client.query()`: Parse, Describe and Sync of the extended protocol, where EXPLAIN or LIMIT 0 would plan. A
 * planner runs functions that are immutable or stable, also ones that read whole tables; the analysis of a text calls only
 * the input functions of types for the literals in it. One text is one statement: the protocol takes no second one.
 */
export class Describe implements Submittable {
  readonly described: Promise<Described>;
  readonly #sql: string;
  readonly #outcome = Promise.withResolvers<Described>();
  #columns: readonly Column[] | undefined;
  #parameters = 0;
  #connection: Connection | undefined;

  constructor(sql: string) {
    this.#sql = sql;
    this.described = this.#outcome.promise;
  }

  submit(connection: Connection): void {
    this.#connection = connection;
    // The client passes this message to nobody.
    connection.once('parameterDescription', this.#handleParameters);
    connection.parse({ name: '', text: this.#sql, types: [] }, true);
    connection.describe({ type: 'S', name: '' }, true);
    connection.sync();
  }

  // What the client calls, by name.

  handleRowDescription({ fields }: { readonly fields: readonly FieldDef[] }): void {
    this.#columns = fields.map(({ name, dataTypeID, dataTypeModifier }) => ({
      name,
      type: dataTypeID,
      modifier: dataTypeModifier,
    }));
  }

  handleReadyForQuery(): void {
    this.#end();
    this.#outcome.resolve({ columns: this.#columns, parameters: this.#parameters });
  }

  handleError(error: Error): void {
    this.#end();
    this.#outcome.reject(error);
  }

  readonly #handleParameters = ({ dataTypeIDs }: { readonly dataTypeIDs: readonly number[] }): void => {
    this.#parameters = dataTypeIDs.length;
  };

  #end(): void {
    this.#connection?.off('parameterDescription', this.#handleParameters);
  }
}

/**
 * Asks for the first row of a statement alone.
 * A query for `client.query()`: EXPLAIN tells the most in its first line, and what follows repeats the query's constants, which
 * the planner may have made very long.
 */
export class FirstRow implements Submittable {
  /** Of the first column; undefined when there is none. */
  readonly value: Promise<string | undefined>;
  readonly #sql: string;
  readonly #outcome = Promise.withResolvers<string | undefined>();
  #value: string | undefined;

  constructor(sql: string) {
    this.#sql = sql;
    this.value = this.#outcome.promise;
  }

  submit(connection: Connection): void {
    connection.parse({ name: '', text: this.#sql, types: [] }, true);
    connection.bind({ portal: '', statement: '', values: [] }, true);
    // A number on the wire, though the driver's types say otherwise.
    connection.execute({ portal: '', rows: 1 as unknown as string }, true);
    connection.sync();
  }

  // What the client calls, by name.

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    this.#value ??= fields[0] ?? undefined;
  }

  handlePortalSuspended(): void {}

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#outcome.resolve(this.#value);
  }

  handleError(error: Error): void {
    this.#outcome.reject(error);
  }
}

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
