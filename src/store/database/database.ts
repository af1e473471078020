/**
 * The database of the service: PGlite or a PostgreSQL server. Both understand the same SQL, and the repositories use
 * `Db` for both. Only the adapters (`pglite.ts`, `postgres.ts`) know the differences, and the queue, which uses the
 * connection itself.
 */
import type { PGlite } from '@electric-sql/pglite';
import type { Kysely, Transaction, TransactionBuilder } from 'kysely';
import type { ClientConfig, Pool } from 'pg';
import type { Secret } from '../../domain/values/secret.ts';
import type { Schema } from './schema.ts';

/** All of Lineup's tables are in this PostgreSQL schema, so that the database may have other tables too. */
export const SCHEMA = 'lineup';

/** The database, or an open transaction. */
export type Db = Kysely<Schema>;
/** For work that must be part of a transaction. */
export type Tx = Transaction<Schema>;

export interface Database {
  readonly db: Db;
  /** The connection itself, for pg-boss. */
  readonly connection:
    | { readonly kind: 'pglite'; readonly pglite: PGlite }
    | {
        readonly kind: 'postgres';
        readonly pool: Pool;
        /** As the operator gave it. */
        readonly url: Secret;
        /**
         * For a connection outside the pool: the driver's settings, with the URL as it reads it.
         * @param silenceMs after this time without a byte the connection is lost @default that of the pool
         */
        driver(silenceMs?: number): ClientConfig;
        /** After this time without a byte a connection is lost (`postgres-socket.ts`). */
        readonly silenceMs: number;
        /** A pooler may give each transaction another connection of the server, so nothing may depend on a session. */
        readonly shared: boolean;
      };
  /**
   * An error that tells the operator what to do, when the state or the rights of the database are the cause; else
   * `error`.
   */
  explain(error: unknown): unknown;
  /** Closes all connections, after the running queries. */
  close(): Promise<void>;
}

const actionsOf = new WeakMap<Tx, (() => void)[]>();

/** The only way to open a transaction. After the commit, it runs what `work` gave to `onCommit`. */
export const transaction = <T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> => within(db.transaction(), work);

/** The same to read only, and all of it as it was at one moment. PGlite has one connection, and needs no such mode. */
export const snapshot = <T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> =>
  within(db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only'), work);

async function within<T>(opening: TransactionBuilder<Schema>, work: (tx: Tx) => Promise<T>): Promise<T> {
  const actions: (() => void)[] = [];
  const result = await opening.execute(async (tx) => {
    actionsOf.set(tx, actions);
    try {
      return await work(tx);
    } finally {
      actionsOf.delete(tx);
    }
  });
  for (const action of actions) action();
  return result;
}

/**
 * Runs `action` after the commit of `tx`: a log line, a wake-up. Never after a rollback. Without an open transaction
 * of `transaction` nobody would know of a commit, so that is a mistake of the caller.
 */
export function onCommit(tx: Tx, action: () => void): void {
  const actions = actionsOf.get(tx);
  if (!actions) throw new Error('onCommit needs an open transaction of transaction()');
  actions.push(action);
}
