/** LINE's limits over all processes and machines that share the database. */

import type { EventLog } from '../../contracts/event-log.ts';
import { REPLACES_PER_AD_ACCOUNT, type RequestLane } from '../../contracts/line-limits.ts';
import type { Clock, Release, SharedLimits, WaitOptions } from '../../contracts/ports.ts';
import type { Db } from '../database/database.ts';
import type { Leases } from './leases.ts';
import { requestPlaces } from './request-places.ts';
import type { RequestTurns } from './request-turns.ts';
import { Lines } from './waiting-lines.ts';

const LOOK_EVERY_MS = 500;
/** However many lines there are in this process, it looks no more than about ten times a second. */
const LINES_AT_THAT_PACE = 5;

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
  readonly #lines = new Lines();

  constructor(options: LimitsOptions) {
    this.#options = options;
    this.#requests = requestPlaces(options);
  }

  rate(accessKey: string) {
    return {
      acquire: async (signal?: AbortSignal, lane?: RequestLane): Promise<Release> => {
        const release = await this.#requests.acquire(accessKey, signal, lane);
        // The last moment before something is sent: of a process that stood still meanwhile another may have the run.
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

  /** Resolves when the requests that have ended are written down. */
  close(): Promise<void> {
    return this.#requests.settled();
  }

  /** Whoever must wait does so in a line of this process, of which the first looks: hundreds that wait cost no more than one. */
  async #oneOf(names: readonly string[], { signal, onWait }: WaitOptions = {}): Promise<Release> {
    const { leases, sleep } = this.#options;
    signal?.throwIfAborted();
    const [line = ''] = names;
    let waits = this.#lines.has(line);
    if (waits) onWait?.();
    const through = await this.#lines.enter(line, signal);
    try {
      for (;;) {
        signal?.throwIfAborted();
        const lease = await leases.tryTake(names);
        if (lease) return () => void lease.release();
        if (!waits) onWait?.();
        waits = true;
        await sleep(LOOK_EVERY_MS * Math.max(1, this.#lines.size / LINES_AT_THAT_PACE), signal);
      }
    } finally {
      through();
    }
  }
}
