/**
 * The limits of destinations over all processes that share a data directory: lock files for the turns of uploads, and a
 * small table of places (place-file.ts) for requests.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Clock, Release, SharedLimits, WaitOptions } from '../../contracts/ports.ts';
import type { RequestQuota } from '../../domain/destinations/limits.ts';
import type { RequestLane, SlotAction } from '../../domain/destinations/traits.ts';
import { RequestTurns } from '../coordination/request-turns.ts';
import { tryLock } from './lock.ts';
import { openPlaces, type PlaceFile } from './place-file.ts';

const LOCK_POLL_MS = 250;
const PLACE_POLL_MS = 50;

type LimitsClock = Pick<Clock, 'now' | 'monotonic' | 'sleep' | 'every'>;

/** What the limits use of the machine: its locks, and the table of places in a file. */
export interface LimitFiles {
  readonly tryLock: typeof tryLock;
  readonly openPlaces: (path: string, clock: LimitsClock) => PlaceFile;
}

export class FileLimits implements SharedLimits {
  readonly #directory: string;
  readonly #clock: LimitsClock;
  readonly #random: () => number;
  readonly #files: LimitFiles;
  #opened: { readonly places: PlaceFile; readonly turns: RequestTurns } | undefined;

  /** @param random from 0 up to 1 */
  constructor(
    dataDirectory: string,
    clock: LimitsClock,
    random: () => number,
    files: LimitFiles = { tryLock, openPlaces },
  ) {
    this.#directory = join(dataDirectory, 'limits');
    this.#clock = clock;
    this.#random = random;
    this.#files = files;
  }

  rate(quota: RequestQuota) {
    const turns = this.#turns();
    return { acquire: (signal?: AbortSignal, lane?: RequestLane) => turns.acquire(quota, signal, lane) };
  }

  pause(key: string, ms: number): Promise<void> {
    return this.#turns().pause(key, ms);
  }

  audience(account: string, audience: string, options?: WaitOptions): Promise<Release> {
    return this.#turn(`audience-${digest(`${account}\n${audience}`)}`, options);
  }

  slotTurn(account: string, action: SlotAction, options?: WaitOptions): Promise<Release> {
    return this.#turn(`${action.toLowerCase()}-${digest(account)}`, options);
  }

  close(): void {
    this.#opened?.places.close();
    this.#opened = undefined;
  }

  #turns(): RequestTurns {
    if (!this.#opened) {
      const clock = this.#clock;
      const places = this.#files.openPlaces(join(this.#directory, 'requests.db'), clock);
      const turns = new RequestTurns({ table: places, clock, random: this.#random, pollMs: PLACE_POLL_MS });
      this.#opened = { places, turns };
    }
    return this.#opened.turns;
  }

  async #turn(name: string, { signal, onWait }: WaitOptions = {}): Promise<Release> {
    for (let polls = 0; ; polls++) {
      const release = this.#files.tryLock(join(this.#directory, `${name}.lock`));
      if (release) return release;
      if (polls === 0) onWait?.();
      await this.#clock.sleep(LOCK_POLL_MS, signal);
    }
  }
}

/** A file name must not contain the name of an audience, or characters that a file system refuses. */
const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 24);
