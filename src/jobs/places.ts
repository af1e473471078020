/**
 * The places of a process: a semaphore that limits how many runs scan and upload at the same time. A run that waits
 * (for LINE, for its turn) gives its place to others, and takes one again before it works on. Returning runs come
 * before new ones, because started runs should finish. Each group is first come, first served.
 */
import type { Release } from '../contracts/ports.ts';

export class Places {
  readonly #limit: number;
  /** Returning runs. A called one has its place already. */
  readonly #returning: (() => void)[] = [];
  /** Callers of `whenFree`. */
  readonly #watchers: (() => void)[] = [];
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Waits for a place. @throws the signal's reason */
  async take(signal: AbortSignal, onWait: () => void = () => {}): Promise<Release> {
    signal.throwIfAborted();
    const place = this.tryTake();
    if (place) return place;
    onWait();
    await waitIn(this.#returning, signal);
    return this.#releaseOnce();
  }

  /** Takes a place if one is free. Returning runs come first, so none waits then. */
  tryTake(): Release | undefined {
    if (this.#taken >= this.#limit) return undefined;
    this.#taken += 1;
    return this.#releaseOnce();
  }

  /** Resolves when a place is free. Another caller may take it first. @throws the signal's reason */
  async whenFree(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#taken >= this.#limit) await waitIn(this.#watchers, signal);
  }

  #releaseOnce(): Release {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#taken -= 1;
      this.#notify();
    };
  }

  #notify(): void {
    while (this.#taken < this.#limit && this.#returning.length > 0) {
      this.#taken += 1;
      this.#returning.shift()!();
    }
    if (this.#taken < this.#limit) for (const notify of this.#watchers.splice(0)) notify();
  }
}

function waitIn(queue: (() => void)[], signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const wake = () => {
    signal.removeEventListener('abort', leave);
    resolve();
  };
  const leave = () => {
    const at = queue.indexOf(wake);
    if (at !== -1) queue.splice(at, 1);
    reject(signal.reason);
  };
  signal.addEventListener('abort', leave, { once: true });
  queue.push(wake);
  return promise;
}
