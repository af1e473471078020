/**
 * The limits of destinations over all processes and machines that share a storage: leases for the turns of uploads, and
 * a table of places (request-turns.ts) for requests.
 */
import { type EventLog, silentLog } from '../../contracts/event-log.ts';
import type { Clock, Release, SharedLimits, WaitOptions } from '../../contracts/ports.ts';
import type { RequestQuota } from '../../domain/destinations/limits.ts';
import type { RequestLane, SlotAction } from '../../domain/destinations/traits.ts';
import type { HeldLeases } from './leases.ts';
import { KeyedMutex, type PlaceTable, RequestTurns } from './request-turns.ts';

const LEASE_POLL_MS = 500;
/** With more waiting names than this, each is polled less often: a process polls about ten times a second at most. */
const NAMES_AT_FULL_PACE = 5;

export interface CoordinatedLimitsOptions extends RequestPlacesOptions {
  readonly leases: HeldLeases;
}

export class CoordinatedLimits implements SharedLimits {
  readonly #options: CoordinatedLimitsOptions;
  readonly #requests: RequestTurns;
  readonly #pollers = new KeyedMutex();

  constructor(options: CoordinatedLimitsOptions) {
    this.#options = options;
    this.#requests = requestPlaces(options);
  }

  rate(quota: RequestQuota) {
    return {
      acquire: async (signal?: AbortSignal, lane?: RequestLane): Promise<Release> => {
        const release = await this.#requests.acquire(quota, signal, lane);
        // Checked right before sending. If this process was suspended, another one may have taken the run.
        this.#options.leases.expire();
        if (!signal?.aborted) return release;
        release();
        throw signal.reason;
      },
    };
  }

  pause(key: string, ms: number): Promise<void> {
    return this.#requests.pause(key, ms);
  }

  audience(account: string, audience: string, options?: WaitOptions): Promise<Release> {
    return this.#turn(`audience:${account}:${audience}`, options);
  }

  slotTurn(account: string, action: SlotAction, options?: WaitOptions): Promise<Release> {
    return this.#turn(`${action.toLowerCase()}:${account}`, options);
  }

  /** Resolves when all releases of requests are written. */
  close(): Promise<void> {
    return this.#requests.settled();
  }

  /** Only one of the callers that wait for the same name polls. So hundreds that wait cost as much as one. */
  async #turn(name: string, { signal, onWait }: WaitOptions = {}): Promise<Release> {
    const { leases, clock } = this.#options;
    signal?.throwIfAborted();
    let waits = this.#pollers.isHeld(name);
    if (waits) onWait?.();
    const done = await this.#pollers.acquire(name, signal);
    try {
      for (;;) {
        signal?.throwIfAborted();
        const lease = await leases.tryTake([name]);
        if (lease) return () => void lease.release();
        if (!waits) onWait?.();
        waits = true;
        await clock.sleep(LEASE_POLL_MS * Math.max(1, this.#pollers.size / NAMES_AT_FULL_PACE), signal);
      }
    } finally {
      done();
    }
  }
}

const PLACE_POLL_MS = 100;

export interface RequestPlacesOptions {
  readonly places: PlaceTable;
  readonly clock: Pick<Clock, 'monotonic' | 'sleep' | 'every'>;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** @default none */
  readonly log?: EventLog;
}

export const requestPlaces = ({ places, clock, random, log = silentLog }: RequestPlacesOptions): RequestTurns =>
  new RequestTurns({
    table: places,
    clock: {
      monotonic: () => clock.monotonic(),
      every: (ms, work) => clock.every(ms, work),
      // Node may fire a timer up to a millisecond early.
      sleep: (ms, signal) => clock.sleep(Math.ceil(ms) + 1, signal),
    },
    random,
    pollMs: PLACE_POLL_MS,
    onError: (action, error) =>
      log.record(action === 'renew' ? 'limit.renew_failed' : 'limit.release_failed', { err: error }),
  });
