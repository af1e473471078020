/**
 * Statements for `client.query()` of `pg` that the driver itself does not offer: describe, first row, and
 * COPY.
 */
import type { Connection, FieldDef, Submittable } from 'pg';
import { Backlog } from '../database/client.ts';
import type { CheckedConnection } from './connection.ts';
import { sessionError } from './session-error.ts';

/** A column, as the server describes it. */
export interface Column {
  readonly name: string;
  readonly type: number;
  readonly modifier: number;
}

/** The server's description of a statement. */
export interface Described {
  /** Undefined for a statement that returns no rows. */
  readonly columns: readonly Column[] | undefined;
  /** The number of its parameters ($1, $2, …). */
  readonly parameters: number;
}

/**
 * Asks for the columns of a query: Parse, Describe and Sync of the extended protocol. EXPLAIN or LIMIT 0
 * would plan the query, and the planner runs immutable and stable functions, which may read whole tables.
 * Parsing calls only the input functions of types, for literals. The protocol accepts only one statement.
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
    // The client itself does not pass this message on.
    connection.once('parameterDescription', this.#handleParameters);
    connection.parse({ name: '', text: this.#sql, types: [] }, true);
    connection.describe({ type: 'S', name: '' }, true);
    connection.sync();
  }

  // Methods that the client calls by their names.

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
 * Reads only the first row of a statement. The first line of EXPLAIN is enough; the other lines repeat
 * constants of the query, which the planner may have made very long.
 */
export class FirstRow implements Submittable {
  /** The first column. Undefined when there is no row. */
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
    // A number in the protocol, although the driver's types say otherwise.
    connection.execute({ portal: '', rows: 1 as unknown as string }, true);
    connection.sync();
  }

  // Methods that the client calls by their names.

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

/**
 * Runs `COPY … TO STDOUT` and gives the rows as blocks of bytes. It must be the last statement of its client.
 * `pg-copy-streams` does the same, one message at a time. With rows of 40 bytes, this class needs half of its
 * processor time.
 */
export class CopyOut implements Submittable {
  readonly #sql: string;
  readonly #connection: CheckedConnection;
  readonly #backlog: Backlog;

  /** @param sql one statement. It uses the simple protocol, because CockroachDB copies only with that one */
  constructor(connection: CheckedConnection, sql: string) {
    this.#connection = connection;
    this.#backlog = new Backlog(connection);
    this.#sql = sql;
  }

  submit(): void {
    this.#connection.takeRows((rows) => this.#backlog.push(rows));
    this.#connection.query(this.#sql);
  }

  /** The rows. @throws {SessionError} for an error of the server, or a lost connection */
  blocks(): AsyncGenerator<Uint8Array, void> {
    return this.#backlog.blocks();
  }

  // Methods that the client calls by their names.

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#backlog.end();
  }

  handleError(error: Error): void {
    this.#backlog.end(sessionError(error));
  }
}
