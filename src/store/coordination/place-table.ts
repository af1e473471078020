/**
 * The table of places for requests to LINE (request-turns.ts) in the database. All times are of the database's clock.
 */
import { sql } from 'kysely';
import { lineAdsTraits } from '../../domain/destinations/line-ads.ts';
import type { RequestLane } from '../../domain/destinations/traits.ts';
import type { Db } from '../database/database.ts';
import { HOLD_MS, LONGEST_HOLD_MS, type PlaceTable, type TakenPlace } from './request-turns.ts';

export const placeTable = (db: Db): PlaceTable => ({
  take: (key, lane) => takePlace(db, key, lane),
  renew: (key, taken) => renewPlace(db, key, taken),
  release: (key, taken) => releasePlace(db, key, taken),
});

const seconds = (ms: number) => sql`make_interval(secs => ${ms / 1_000}::float8)`;

/** Takes the place of `lane` that is free first. It may be free a little later. Undefined when all are held. */
export async function takePlace(db: Db, key: string, lane: RequestLane): Promise<TakenPlace | undefined> {
  const [from, to] = lineAdsTraits.limits.requests.lanes[lane];
  const { rows } = await sql<{ place: number | null; token: number | null; wait_ms: number | null }>`
    with free as (
      -- An expired hold counts as free, and so does one that was taken under another clock of the database.
      select place, case
        when held or until > statement_timestamp() + ${seconds(LONGEST_HOLD_MS)} then statement_timestamp()
        else greatest(until, statement_timestamp()) end as at
      from lineup.request_places
      where key_hash = ${key} and place >= ${from}::int and place < ${to}::int
        and (not held or until <= statement_timestamp() or until > statement_timestamp() + ${seconds(LONGEST_HOLD_MS)})
      order by at, place desc limit 1
      for update skip locked
    ), taken as (
      update lineup.request_places as mine
      set held = true, token = mine.token + 1, until = free.at + ${seconds(HOLD_MS)}
      from free where mine.key_hash = ${key} and mine.place = free.place
      returning mine.place, mine.token, extract(epoch from free.at - clock_timestamp())::float8 * 1000 as wait_ms
    )
    select taken.place, taken.token, taken.wait_ms
    from (select count(*) as places from lineup.request_places where key_hash = ${key}) as there
    left join taken on true where there.places > 0`.execute(db);
  const [row] = rows;
  if (!row) {
    await makePlaces(db, key);
    return takePlace(db, key, lane);
  }
  if (row.place === null || row.token === null) return undefined;
  return { place: row.place, token: row.token, waitMs: Math.max(0, row.wait_ms ?? 0) };
}

async function makePlaces(db: Db, key: string): Promise<void> {
  await sql`
    insert into lineup.request_places (key_hash, place)
    select ${key}::text, place from generate_series(0, ${lineAdsTraits.limits.requests.places - 1}::int) as place
    on conflict do nothing`.execute(db);
}

async function renewPlace(db: Db, key: string, { place, token }: TakenPlace): Promise<void> {
  await sql`
    update lineup.request_places set until = clock_timestamp() + ${seconds(HOLD_MS)}
    where key_hash = ${key} and place = ${place}::int and token = ${token}::bigint and held`.execute(db);
}

/** Called after the answer. The place is free after the window. */
export async function releasePlace(db: Db, key: string, { place, token }: TakenPlace): Promise<void> {
  await sql`
    update lineup.request_places set held = false, until = clock_timestamp() + ${seconds(lineAdsTraits.limits.requests.windowMs)}
    where key_hash = ${key} and place = ${place}::int and token = ${token}::bigint and held`.execute(db);
}
