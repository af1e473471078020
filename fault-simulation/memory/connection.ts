/**
 * A process's connection to the database in memory. The caller decides when a statement is done, and what goes wrong
 * with it.
 */
import { type DatabaseError, type MemoryDatabase, MemoryTransaction } from './database.ts';

/**
 * Does one statement or one commit.
 * @param work does it; it may throw `Blocked`, and is then done again when the lock is free
 */
export type Perform = <T>(what: string, work: () => T) => Promise<T>;

export class MemoryConnection {
  readonly database: MemoryDatabase;
  readonly #perform: Perform;
  readonly #performWithin: Perform;
  readonly #open = new Set<MemoryTransaction>();

  /** @param performWithin does a statement of an open transaction. @default as every statement */
  constructor(database: MemoryDatabase, perform: Perform, performWithin = perform) {
    this.database = database;
    this.#perform = perform;
    this.#performWithin = performWithin;
  }

  /** One statement that is a transaction of its own. */
  statement<T>(name: string, work: (tx: MemoryTransaction) => T): Promise<T> {
    return this.#perform(name, () => {
      const tx = new MemoryTransaction(this.database);
      try {
        const result = work(tx);
        tx.commit();
        return result;
      } finally {
        tx.rollBack();
      }
    });
  }

  async transaction<T>(work: (tx: OpenTransaction) => Promise<T>): Promise<T> {
    const tx = new MemoryTransaction(this.database);
    this.#open.add(tx);
    const committed: (() => void)[] = [];
    let result: T;
    try {
      // A commit is named after the entry that it makes durable.
      let entry = '';
      result = await work({
        statement: (name, step) => {
          if (name.startsWith('journal ')) entry = ` ${name}`;
          return this.#performWithin(name, () => tx.attempt(step));
        },
        onCommit: (action) => committed.push(action),
      });
      await this.#perform(`commit${entry}`, () => tx.commit());
    } finally {
      tx.rollBack();
      this.#open.delete(tx);
    }
    for (const action of committed) action();
    return result;
  }

  /**
   * The process or the connection is gone: the database takes back what is not committed.
   * @param why what its user gets
   */
  close(why?: DatabaseError): void {
    for (const tx of this.#open) tx.rollBack(why && (() => why));
    this.#open.clear();
  }
}

export interface OpenTransaction {
  statement<T>(what: string, work: (tx: MemoryTransaction) => T): Promise<T>;
  onCommit(action: () => void): void;
}
