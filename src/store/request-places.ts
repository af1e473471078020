/**
 * LINE's request limit over all processes and machines that share the database: ten places for each access key. A request
 * has one from before it is sent until a second after its answer. LINE has seen it at some moment in between, so no second
 * there ever holds an eleventh, whatever the network does.
 *
 * A place that is not free yet is taken ahead, by whoever comes first. When all are in use, the first of those who wait in
 * this process looks again and again: what it finds has a second to go, so that no time is lost, and processes have equal chances.
 */
import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Release } from '../contracts/ports.ts';
import {
  HOLD_AGAIN_MS,
  HOLD_MS,
  placesOfLane,
  QUIET_MS,
  REQUEST_PLACES,
  type RequestLane,
} from '../contracts/request-places.ts';
import type { Db } from './database.ts';
import { Lines } from './lines.ts';

const LOOK_EVERY_MS = 100;
/** A process that stood still for so long may have lost its place: it takes another. */
const STALE_MS = HOLD_MS / 4;

/** A place, and how long until it may be used. */
export interface TakenPlace {
  readonly place: number;
  readonly token: number;
  readonly waitMs: number;
}

export interface RequestPlacesOptions {
  readonly db: Db;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export class RequestPlaces {
  readonly #options: RequestPlacesOptions;
  readonly #lines = new Lines();
  readonly #givingBack = new Set<Promise<void>>();

  constructor(options: RequestPlacesOptions) {
    this.#options = options;
  }

  /** Waits until one more request of `accessKey` may be sent. @returns to be called when the request has come to its end */
  async acquire(accessKey: string, signal?: AbortSignal, lane: RequestLane = 'usual'): Promise<Release> {
    signal?.throwIfAborted();
    const key = hashOf(accessKey);
    for (;;) {
      const taken = await this.#take(key, lane, signal);
      const release = this.#hold(key, taken);
      try {
        const since = performance.now();
        if (taken.waitMs > 0) await this.#options.sleep(Math.ceil(taken.waitMs) + 1, signal);
        signal?.throwIfAborted();
        if (performance.now() - since < taken.waitMs + STALE_MS) return release;
      } catch (error) {
        release();
        throw error;
      }
      release();
    }
  }

  /** Resolves when everything that was given back is written down. */
  async settled(): Promise<void> {
    await Promise.all(this.#givingBack);
  }

  async #take(key: string, lane: RequestLane, signal: AbortSignal | undefined): Promise<TakenPlace> {
    const through = await this.#lines.enter(`${key} ${lane}`, signal);
    try {
      for (;;) {
        const taken = await takePlace(this.#options.db, key, lane);
        if (taken) return taken;
        // Not all processes at the same moment.
        await delay(LOOK_EVERY_MS * (1 + Math.random()), undefined, { signal });
      }
    } finally {
      through();
    }
  }

  #hold(key: string, taken: TakenPlace): Release {
    const { db } = this.#options;
    const again = setInterval(() => void keepPlace(db, key, taken).catch(() => {}), HOLD_AGAIN_MS).unref();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      clearInterval(again);
      const done = givePlaceBack(db, key, taken)
        // Without the database it is free again when its holder has not been heard of for a while.
        .catch(() => {})
        .finally(() => this.#givingBack.delete(done));
      this.#givingBack.add(done);
    };
  }
}

/** Keys are in no table: who reads it learns of no key. */
export const hashOf = (accessKey: string): string => createHash('sha256').update(accessKey).digest('hex');

const seconds = (ms: number) => sql`make_interval(secs => ${ms / 1_000}::float8)`;

/** Takes the place of `lane` that is free first, at once or soon; undefined when all are in use. */
export async function takePlace(db: Db, key: string, lane: RequestLane): Promise<TakenPlace | undefined> {
  const [from, to] = placesOfLane[lane];
  const { rows } = await sql<{ place: number | null; token: number | null; wait_ms: number | null }>`
    with free as (
      -- One that was held until now, and one that was taken under another clock of the database's, count as free.
      select place, case
        when held or until > statement_timestamp() + ${seconds(2 * HOLD_MS)} then statement_timestamp()
        else greatest(until, statement_timestamp()) end as at
      from lineup.request_places
      where key_hash = ${key} and place >= ${from}::int and place < ${to}::int
        and (not held or until <= statement_timestamp() or until > statement_timestamp() + ${seconds(2 * HOLD_MS)})
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
    select ${key}::text, place from generate_series(0, ${REQUEST_PLACES - 1}::int) as place
    on conflict do nothing`.execute(db);
}

async function keepPlace(db: Db, key: string, { place, token }: TakenPlace): Promise<void> {
  await sql`
    update lineup.request_places set until = clock_timestamp() + ${seconds(HOLD_MS)}
    where key_hash = ${key} and place = ${place}::int and token = ${token}::bigint and held`.execute(db);
}

/** From now on, which is after the answer, it takes a second until it is free. */
export async function givePlaceBack(db: Db, key: string, { place, token }: TakenPlace): Promise<void> {
  await sql`
    update lineup.request_places set held = false, until = clock_timestamp() + ${seconds(QUIET_MS)}
    where key_hash = ${key} and place = ${place}::int and token = ${token}::bigint and held`.execute(db);
}
