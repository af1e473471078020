/**
 * Resets a test database to the state of its template. This takes milliseconds, and a new database takes much longer.
 */
import { sql } from 'kysely';
import type { Database } from '../../src/store/database/database.ts';

/** The method that both `pg` and PGlite have. */
interface Asked {
  query(statement: string): Promise<{ rows: unknown[] }>;
}

const schemas = `'lineup', 'lineup_queue'`;

const statements = [
  'create schema pristine',
  // Copies the current rows of each table into a table in the schema `pristine`.
  `do $$
    declare its record; has_rows boolean;
    begin
      for its in
        select relnamespace::regnamespace::text as space, relname as name from pg_class
        where relnamespace::regnamespace::text in (${schemas}) and relkind = 'r'
      loop
        execute format('select exists (select from %I.%I)', its.space, its.name) into has_rows;
        if has_rows then
          execute format('create table pristine.%I as select * from %I.%I', its.space || '.' || its.name, its.space, its.name);
        end if;
      end loop;
    end $$`,
  `create function pristine.reset() returns void language plpgsql as $$
    declare its record;
    begin
      -- No foreign key holds a row back, and no trigger tells of it.
      set local session_replication_role = replica;
      for its in
        select relnamespace::regnamespace::text as space, relname as name from pg_class
        where relnamespace::regnamespace::text in (${schemas}) and relkind = 'r'
      loop
        execute format('delete from %I.%I', its.space, its.name);
        if to_regclass(format('pristine.%I', its.space || '.' || its.name)) is not null then
          execute format('insert into %I.%I overriding system value select * from pristine.%I',
            its.space, its.name, its.space || '.' || its.name);
        end if;
      end loop;
      perform setval(format('%I.%I', schemaname, sequencename), start_value, false) from pg_sequences
        where schemaname in (${schemas}) and last_value is not null;
    end $$`,
  // Detects other changes than rows. Such a database is not used again.
  `create function pristine.shape() returns text language sql as $$
    select concat_ws(' ',
      (select sum(xmin::text::bigint) from pg_namespace),
      (select sum(xmin::text::bigint) from pg_class where relnamespace::regnamespace::text in (${schemas})),
      (select sum(pg_attribute.xmin::text::bigint) from pg_attribute join pg_class on pg_class.oid = attrelid
        where relnamespace::regnamespace::text in (${schemas})),
      (select sum(oid::bigint) from pg_trigger), (select sum(xmin::text::bigint) from pg_proc),
      (select sum(xmin::text::bigint) from pg_constraint), (select sum(oid::bigint) from pg_extension),
      (select count(*) from pg_class where relnamespace = 'public'::regnamespace))
  $$`,
];

/** Stores the current content in the database itself. */
export async function keepPristine({ db }: Database): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

/** The parts that a reset does not restore: tables, functions and similar. */
export async function shapeOf(asked: Asked): Promise<unknown> {
  const { rows } = await asked.query('select pristine.shape() as shape');
  return (rows[0] as { shape: string }).shape;
}

/** @returns whether it is in the state of its template again */
export async function reset(asked: Asked, shape: unknown): Promise<boolean> {
  try {
    if ((await shapeOf(asked)) !== shape) return false;
    await asked.query('select pristine.reset()');
    return true;
  } catch {
    return false;
  }
}
