/**
 * The database of the service: PGlite or a PostgreSQL server. Both understand the same SQL, and the repositories use
 * `Db` for both. Only the adapters (`pglite.ts`, `postgres.ts`) know the differences, and the queue, which uses the
 * connection itself.
 */
import type { PGlite } from '@electric-sql/pglite';
import type { Kysely, Transaction } from 'kysely';
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

const committedActions = new WeakMap<Tx, (() => void)[]>();

/** Runs `work` in one transaction. After the commit, it runs what `work` gave to `onCommit`: a log line, a wake-up. */
export async function transaction<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  const actions: (() => void)[] = [];
  const result = await db.transaction().execute((tx) => {
    committedActions.set(tx, actions);
    return work(tx);
  });
  for (const action of actions) action();
  return result;
}

/** Runs `action` after the commit of `tx`. It runs at once when `transaction` did not begin `tx`. */
export function onCommit(tx: Tx, action: () => void): void {
  const actions = committedActions.get(tx);
  if (actions) actions.push(action);
  else action();
}
