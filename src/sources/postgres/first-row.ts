/** Asks for the first row of a statement alone. */
import type { Connection, Submittable } from 'pg';

/**
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
