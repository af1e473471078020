/**
 * The time of the database is that of the history. PostgreSQL finds a function by its search path, so functions in a
 * schema before its own catalogue take the place of its clock.
 */
import { sql } from 'kysely';
import type { Db } from '../../src/store/database/database.ts';

/** When machine time is 0. */
const BEGIN_MS = Date.UTC(2026, 0, 1);

export const clockSql = `
  create schema simulated;
  create function simulated.clock_timestamp() returns timestamptz language sql volatile
    as $$ select to_timestamp(current_setting('simulated.now')::float8 / 1000) $$;
  create function simulated.statement_timestamp() returns timestamptz language sql volatile
    as $$ select simulated.clock_timestamp() $$;
  set search_path = simulated, pg_catalog;`;

export async function setNow(db: Db, machineTime: number): Promise<void> {
  await sql`select set_config('simulated.now', ${String(BEGIN_MS + machineTime)}, false)`.execute(db);
}

export const machineTimeOf = (time: Date): number => time.getTime() - BEGIN_MS;
