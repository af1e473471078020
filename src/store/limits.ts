/** LINE's limits over all processes and machines that share the database. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Release, SharedLimits } from '../contracts/ports.ts';
import type { Db } from './database.ts';
import type { Leases } from './leases.ts';

const REQUESTS = 10;
/** A little more than LINE's second: requests that leave two machines evenly may arrive less evenly. */
const WINDOW_MS = 1_200;
/** A reservation further ahead than this was made under another clock of the database's. */
const FAR_AHEAD_MS = 60_000;
const REPLACES_PER_AD_ACCOUNT = 3;
const LOOK_EVERY_MS = 500;

export interface LimitsOptions {
  readonly db: Db;
  readonly leases: Leases;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export class DatabaseLimits implements SharedLimits {
  readonly #options: LimitsOptions;

  constructor(options: LimitsOptions) {
    this.#options = options;
  }

  rate(accessKey: string) {
    const { db, leases, sleep } = this.#options;
    return {
      acquire: async (signal?: AbortSignal) => {
        signal?.throwIfAborted();
        const { waitMs } = await reserveRequest(db, accessKey);
        if (waitMs > 0) await sleep(Math.ceil(waitMs), signal);
        // The last moment before something is sent: of a process that stood still meanwhile another may have the run.
        leases.expire();
        signal?.throwIfAborted();
      },
    };
  }

  audience(adAccountId: string, audience: string, signal?: AbortSignal): Promise<Release> {
    return this.#oneOf([`audience:${adAccountId}:${audience}`], signal);
  }

  replaceSlot(adAccountId: string, signal?: AbortSignal): Promise<Release> {
    const slots = Array.from({ length: REPLACES_PER_AD_ACCOUNT }, (_, n) => `replace:${adAccountId}:${n}`);
    return this.#oneOf(slots, signal);
  }

  async #oneOf(names: readonly string[], signal?: AbortSignal): Promise<Release> {
    for (;;) {
      signal?.throwIfAborted();
      const lease = await this.#options.leases.tryTake(names);
      if (lease) return () => void lease.release();
      await this.#options.sleep(LOOK_EVERY_MS, signal);
    }
  }
}

/**
 * Reserves the next moment at which a request of `accessKey` may be sent: of any eleven in a row, the last is at least a
 * window after the first. One statement on one row, so the row's lock puts all processes in line, first come, first served.
 * @returns that moment by the database's clock, and how far it is away
 */
export async function reserveRequest(db: Db, accessKey: string): Promise<{ at: Date; waitMs: number }> {
  const keyHash = createHash('sha256').update(accessKey).digest('hex');
  const window = sql`make_interval(secs => ${WINDOW_MS / 1000})`;
  const { rows } = await sql<{ at: Date; wait_ms: number }>`
    insert into lineup.request_rates as rate (key_hash, grants) values (${keyHash}, array[clock_timestamp()])
    on conflict (key_hash) do update set grants = (
      select array_append(past.grants, greatest(
        clock_timestamp(),
        past.grants[cardinality(past.grants)],
        case when cardinality(past.grants) = ${REQUESTS}::int then past.grants[1] + ${window} end))
      from (
        select coalesce(array_agg(latest.at order by latest.at), '{}') as grants
        from (
          select at from unnest(rate.grants) as at
          where at <= clock_timestamp() + make_interval(secs => ${FAR_AHEAD_MS / 1000})
          order by at desc limit ${REQUESTS}::int
        ) as latest
      ) as past)
    returning grants[cardinality(grants)] as at,
      extract(epoch from grants[cardinality(grants)] - clock_timestamp())::float8 * 1000 as wait_ms`.execute(
    db,
  );
  const [row] = rows;
  if (!row) throw new Error('a reservation always answers');
  return { at: row.at, waitMs: Math.max(0, row.wait_ms) };
}
