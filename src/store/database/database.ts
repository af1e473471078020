/**
 * The database of the service: one dialect, two homes. Everything above speaks SQL to `Db`; which home it is matters
 * only to the adapters (`pglite.ts`, `postgres.ts`), which name each difference, and to the queue, which takes the
 * connection itself.
 */
import type { PGlite } from '@electric-sql/pglite';
import type { Kysely, Transaction } from 'kysely';
import type { Pool } from 'pg';
import type { Secret } from '../../contracts/secret.ts';
import type { Schema } from './schema.ts';

/** All of Lineup's tables are in this PostgreSQL schema, so that they share a database with anything. */
export const SCHEMA = 'lineup';

/** What a repository needs: the database, or an open transaction. */
export type Db = Kysely<Schema>;
/** For what must be part of a transaction. */
export type Tx = Transaction<Schema>;

export interface Database {
  readonly db: Db;
  /** The connection below, for pg-boss. */
  readonly connection:
    | { readonly kind: 'pglite'; readonly pglite: PGlite }
    | {
        readonly kind: 'postgres';
        readonly pool: Pool;
        /** As it was given. */
        readonly url: Secret;
        /** The same for the driver, which then reads it as libpq does. */
        readonly driverUrl: Secret;
        /** A pooler gives each transaction another of the server's connections: nothing may rest on a session. */
        readonly shared: boolean;
      };
  /** A failure as a sentence for the operator, where the database's state or rights are the reason; else itself. */
  explain(error: unknown): unknown;
  /** Ends everything; queries that run are waited for. */
  close(): Promise<void>;
}
