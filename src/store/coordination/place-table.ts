/**
 * The table of places for requests (request-turns.ts) in the database. All times are of the database's clock.
 */
import { sql } from 'kysely';
import type { RequestLane, RequestLimit } from '../../domain/destinations/traits.ts';
import type { Db } from '../database/database.ts';
import { HOLD_MS, LONGEST_HOLD_MS, PAUSE, type PlaceTable, type TakenPlace } from './request-turns.ts';

export const placeTable = (db: Db): PlaceTable => ({
  take: (key, lane, limit) => takePlace(db, key, lane, limit),
  renew: (key, taken) => renewPlace(db, key, taken),
  release: (key, taken, limit) => releasePlace(db, key, taken, limit),
  pause: (key, ms) => pause(db, key, ms),
  isPaused: async (key) => {
    const { rows } = await sql<{ is_paused: boolean }>`select ${isPaused(key)} as is_paused`.execute(db);
    return rows[0]!.is_paused;
  },
});

const seconds = (ms: number) => sql`make_interval(secs => ${ms / 1_000}::float8)`;

async function takePlace(db: Db, key: string, lane: RequestLane, limit: RequestLimit): Promise<TakenPlace | undefined> {
  const [from, to] = limit.lanes[lane];
  const { rows } = await sql<{ places: number; place: number | null; token: number | null; wait_ms: number | null }>`
    with free as (
      -- An expired hold counts as free, and so does one that was taken under another clock of the database. So does a
      -- pause count as over.
      select place, case
        when held or until > statement_timestamp() + ${seconds(LONGEST_HOLD_MS)} then statement_timestamp()
        else greatest(until, statement_timestamp()) end as at
      from lineup.request_places
      where key_hash = ${key} and place >= ${from}::int and place < ${to}::int
        and (not held or until <= statement_timestamp() or until > statement_timestamp() + ${seconds(LONGEST_HOLD_MS)})
        and not ${isPaused(key)}
      order by at, place desc limit 1
      for update skip locked
    ), taken as (
      update lineup.request_places as mine
      set held = true, token = mine.token + 1, until = free.at + ${seconds(HOLD_MS)}
      from free where mine.key_hash = ${key} and mine.place = free.place
      returning mine.place, mine.token, extract(epoch from free.at - clock_timestamp())::float8 * 1000 as wait_ms
    )
    select there.places, taken.place, taken.token, taken.wait_ms
    from (
      select count(*)::int as places from lineup.request_places where key_hash = ${key} and place > ${PAUSE}::int
    ) as there left join taken on true`.execute(db);
  const row = rows[0]!;
  if (row.place === null || row.token === null) {
    if (row.places >= limit.places) return undefined;
    await makePlaces(db, key, limit);
    return takePlace(db, key, lane, limit);
  }
  return { place: row.place, token: row.token, waitMs: Math.max(0, row.wait_ms ?? 0) };
}

const isPaused = (key: string) => sql<boolean>`exists (
  select from lineup.request_places
  where key_hash = ${key} and place = ${PAUSE}::int and until > statement_timestamp()
    and until <= statement_timestamp() + ${seconds(LONGEST_HOLD_MS)})`;

async function makePlaces(db: Db, key: string, { places }: RequestLimit): Promise<void> {
  await sql`
    insert into lineup.request_places (key_hash, place)
    select ${key}::text, place from generate_series(0, ${places - 1}::int) as place
    on conflict do nothing`.execute(db);
}

async function renewPlace(db: Db, key: string, { place, token }: TakenPlace): Promise<void> {
  await sql`
    update lineup.request_places set until = clock_timestamp() + ${seconds(HOLD_MS)}
    where key_hash = ${key} and place = ${place}::int and token = ${token}::bigint and held`.execute(db);
}

/** Called after the answer. The place is free after the window. */
async function releasePlace(
  db: Db,
  key: string,
  { place, token }: TakenPlace,
  { windowMs }: RequestLimit,
): Promise<void> {
  await sql`
    update lineup.request_places set held = false, until = clock_timestamp() + ${seconds(windowMs)}
    where key_hash = ${key} and place = ${place}::int and token = ${token}::bigint and held`.execute(db);
}

async function pause(db: Db, key: string, ms: number): Promise<void> {
  await sql`
    insert into lineup.request_places as pause (key_hash, place, until)
    values (${key}, ${PAUSE}::int, clock_timestamp() + ${seconds(ms)})
    on conflict (key_hash, place) do update set until = case
      when pause.until > clock_timestamp() + ${seconds(LONGEST_HOLD_MS)} then excluded.until
      else greatest(pause.until, excluded.until) end`.execute(db);
}
