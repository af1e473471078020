/**
 * Stops processes at a statement of theirs, so that a test kills them there: a trigger waits for a lock that the test
 * holds. No time decides what has happened by then.
 */
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { type ServiceBench, until } from './service-bench.ts';

/** Arbitrary, and of no other lock. */
const LOCK = 714_200;

/** When a split run stores something: its files, its counts, or one of its parts, after the first one. */
const points = {
  files: ['uploads', 'new.split_run is not null'],
  counts: ['run_events', "new.event ->> 'type' = 'split'"],
  'second part': ['jobs', "new.part_value = 'South'"],
} as const;
export type Point = keyof typeof points;

/** Whoever comes to an armed point waits there. */
export async function stopsOf({ database }: ServiceBench) {
  const { connection } = database.database;
  if (connection.kind !== 'postgres') throw new Error('only PostgreSQL has several processes');
  const client = new pg.Client({ connectionString: connection.url.reveal() });
  await client.connect();
  onTestFinished(() => client.end());
  await client.query(`
    create table public.armed (point text);
    create function public.wait_here() returns trigger language plpgsql as $$
      begin
        if exists (select from public.armed where point = tg_argv[0]) then
          perform pg_advisory_xact_lock_shared(${LOCK});
        end if;
        return new;
      end $$`);
  for (const [n, [point, [table, when]]] of Object.entries(points).entries())
    await client.query(`
      create trigger wait_here_${n} before insert on lineup.${table} for each row
        when (${when}) execute function public.wait_here('${point}')`);
  await client.query('select pg_advisory_lock($1)', [LOCK]);
  const waiting = async () => {
    const { rows } = await client.query(
      `select count(*)::int as waiting from pg_locks where locktype = 'advisory' and objid = $1 and not granted
         and database = (select oid from pg_database where datname = current_database())`,
      [LOCK],
    );
    return Number(rows[0].waiting);
  };
  let stopped = 0;
  return {
    /** Resolves when what `begin` has begun waits there. Others go on. */
    at: async <T>(point: Point, begin: () => Promise<T>): Promise<T> => {
      await client.query('insert into public.armed values ($1)', [point]);
      const begun = await begin();
      stopped += 1;
      await until(waiting, (count) => count === stopped);
      await client.query('delete from public.armed');
      return begun;
    },
    /** Nobody waits any more. What dead processes had begun is undone. */
    release: async () => {
      await client.query('select pg_advisory_unlock($1)', [LOCK]);
    },
  };
}
