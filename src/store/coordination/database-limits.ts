/**
 * LINE's limits over all processes and machines that share the database: leases for audiences and replaces, and a
 * table of places (request-turns.ts) for requests.
 */
import { performance } from 'node:perf_hooks';
import { sql } from 'kysely';
import { type EventLog, silentLog } from '../../contracts/event-log.ts';
import {
  placesOfLane,
  REPLACES_PER_AD_ACCOUNT,
  REQUEST_WINDOW_MS,
  REQUESTS_A_SECOND,
  type RequestLane,
} from '../../contracts/line-limits.ts';
import type { Clock, Release, SharedLimits, WaitOptions } from '../../contracts/ports.ts';
import type { Db } from '../database/database.ts';
import type { Leases } from './leases.ts';
import {
  HOLD_MS,
  KeyedMutex,
  LONGEST_HOLD_MS,
  type PlaceTable,
  RequestTurns,
  type RequestTurnsOptions,
  type TakenPlace,
} from './request-turns.ts';

const LEASE_POLL_MS = 500;
/** With more waiting names than this, each is polled less often: a process polls about ten times a second at most. */
const NAMES_AT_FULL_PACE = 5;

export interface LimitsOptions {
  readonly db: Db;
  readonly leases: Leases;
  readonly sleep: Clock['sleep'];
  /** @default none */
  readonly log?: EventLog;
}

export class DatabaseLimits implements SharedLimits {
  readonly #options: LimitsOptions;
  readonly #requests: RequestTurns;
  readonly #pollers = new KeyedMutex();

  constructor(options: LimitsOptions) {
    this.#options = options;
    this.#requests = requestPlaces(options);
  }

  rate(accessKey: string) {
    return {
      acquire: async (signal?: AbortSignal, lane?: RequestLane): Promise<Release> => {
        const release = await this.#requests.acquire(accessKey, signal, lane);
        // Checked right before sending. If this process was suspended, another one may have taken the run.
        this.#options.leases.expire();
        if (!signal?.aborted) return release;
        release();
        throw signal.reason;
      },
    };
  }

  audience(adAccountId: string, audience: string, options?: WaitOptions): Promise<Release> {
    return this.#oneOf([`audience:${adAccountId}:${audience}`], options);
  }

  replaceSlot(adAccountId: string, options?: WaitOptions): Promise<Release> {
    const slots = Array.from({ length: REPLACES_PER_AD_ACCOUNT }, (_, n) => `replace:${adAccountId}:${n}`);
    return this.#oneOf(slots, options);
  }

  /** Resolves when all releases of requests are written. */
  close(): Promise<void> {
    return this.#requests.settled();
  }

  /** Only one of the callers that wait for the same names polls. So hundreds that wait cost as much as one. */
  async #oneOf(names: readonly string[], { signal, onWait }: WaitOptions = {}): Promise<Release> {
    const { leases, sleep } = this.#options;
    signal?.throwIfAborted();
    const [key = ''] = names;
    let waits = this.#pollers.isHeld(key);
    if (waits) onWait?.();
    const done = await this.#pollers.acquire(key, signal);
    try {
      for (;;) {
        signal?.throwIfAborted();
        const lease = await leases.tryTake(names);
        if (lease) return () => void lease.release();
        if (!waits) onWait?.();
        waits = true;
        await sleep(LEASE_POLL_MS * Math.max(1, this.#pollers.size / NAMES_AT_FULL_PACE), signal);
      }
    } finally {
      done();
    }
  }
}

const PLACE_POLL_MS = 100;

export interface RequestPlacesOptions extends Pick<RequestTurnsOptions, 'sleep'> {
  readonly db: Db;
  /** @default none */
  readonly log?: EventLog;
}

export const requestPlaces = ({ db, sleep, log = silentLog }: RequestPlacesOptions): RequestTurns =>
  new RequestTurns({
    table: tableIn(db),
    now: () => performance.now(),
    // Node may fire a timer up to a millisecond early.
    sleep: (ms, signal) => sleep(Math.ceil(ms) + 1, signal),
    pollMs: PLACE_POLL_MS,
    onError: (action, error) =>
      log.record(action === 'renew' ? 'limit.renew_failed' : 'limit.release_failed', { err: error }),
  });

const tableIn = (db: Db): PlaceTable => ({
  take: (key, lane) => takePlace(db, key, lane),
  renew: (key, taken) => renewPlace(db, key, taken),
  release: (key, taken) => releasePlace(db, key, taken),
});

const seconds = (ms: number) => sql`make_interval(secs => ${ms / 1_000}::float8)`;

/** Takes the place of `lane` that is free first. It may be free a little later. Undefined when all are held. */
export async function takePlace(db: Db, key: string, lane: RequestLane): Promise<TakenPlace | undefined> {
  const [from, to] = placesOfLane[lane];
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
    select ${key}::text, place from generate_series(0, ${REQUESTS_A_SECOND - 1}::int) as place
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
    update lineup.request_places set held = false, until = clock_timestamp() + ${seconds(REQUEST_WINDOW_MS)}
    where key_hash = ${key} and place = ${place}::int and token = ${token}::bigint and held`.execute(db);
}
