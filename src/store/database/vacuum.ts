/**
 * What autovacuum does on a server, and PGlite does not do: deleted rows give their room back, and the database knows
 * how many rows there are.
 */
import { sql } from 'kysely';
import type { Db } from './database.ts';

/** As on a server: so many changed rows, and this share of all rows. */
const CHANGED = 1_000;
const SHARE = 0.2;

/** Looks after the tables that have changed a lot since this process started or looked last. @returns their names */
export async function vacuumChanged(db: Db, signal?: AbortSignal): Promise<string[]> {
  // Else its numbers may be a while old.
  await sql`select pg_stat_force_next_flush()`.execute(db);
  const { rows } = await sql<{ name: string }>`
    select format('%I.%I', its.schemaname, its.relname) as name
    from pg_stat_user_tables as its join pg_class on pg_class.oid = its.relid
    where greatest(n_dead_tup, n_ins_since_vacuum, n_mod_since_analyze)
      > ${CHANGED}::int + ${SHARE}::float8 * greatest(reltuples, 0)
    order by 1`.execute(db);
  const done: string[] = [];
  for (const { name } of rows) {
    if (signal?.aborted) break;
    await sql`vacuum (analyze) ${sql.raw(name)}`.execute(db);
    done.push(name);
  }
  return done;
}
