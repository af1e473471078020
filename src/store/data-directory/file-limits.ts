/** LINE's limits over all processes that share a data directory. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { REPLACES_PER_AD_ACCOUNT, type RequestLane } from '../../contracts/line-limits.ts';
import type { Release, SharedLimits, WaitOptions } from '../../contracts/ports.ts';
import { tryLock } from './lock.ts';
import { type RateClock, RequestRate } from './request-rate.ts';

const LOOK_EVERY_MS = 250;

export class FileLimits implements SharedLimits {
  readonly #directory: string;
  readonly #clock: RateClock;
  #requests: RequestRate | undefined;

  constructor(dataDirectory: string, clock: RateClock) {
    this.#directory = join(dataDirectory, 'limits');
    this.#clock = clock;
  }

  rate(accessKey: string) {
    this.#requests ??= new RequestRate(join(this.#directory, 'requests.db'), this.#clock);
    const requests = this.#requests;
    return {
      acquire: (signal?: AbortSignal, lane?: RequestLane) => requests.acquire(accessKey, signal, lane),
    };
  }

  audience(adAccountId: string, audience: string, options?: WaitOptions): Promise<Release> {
    return this.#oneOf([`audience-${digest(`${adAccountId}\n${audience}`)}`], options);
  }

  replaceSlot(adAccountId: string, options?: WaitOptions): Promise<Release> {
    const slots = Array.from(
      { length: REPLACES_PER_AD_ACCOUNT },
      (_, n) => `replace-${digest(adAccountId)}-${n}`,
    );
    return this.#oneOf(slots, options);
  }

  close(): void {
    this.#requests?.close();
    this.#requests = undefined;
  }

  async #oneOf(names: readonly string[], { signal, onWait }: WaitOptions = {}): Promise<Release> {
    for (let looks = 0; ; looks++) {
      for (const name of names) {
        const release = tryLock(join(this.#directory, `${name}.lock`));
        if (release) return release;
      }
      if (looks === 0) onWait?.();
      await this.#clock.sleep(LOOK_EVERY_MS, signal);
    }
  }
}

/** Names of people's audiences do not belong into file names, nor do characters that a file system refuses. */
const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 24);
