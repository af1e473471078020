/**
 * The places of a process: so many runs scan and upload at the same time. A run that waits (for LINE, for a turn) gives its place
 * to others, and takes one again before it works on. Those that come back go before those that begin, for what is begun
 * should come to its end; each in the order of coming.
 */
import type { Release } from '../contracts/ports.ts';

export class Places {
  readonly #most: number;
  /** Whoever is called has its place already. */
  readonly #back: (() => void)[] = [];
  readonly #news: (() => void)[] = [];
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Waits for a place. @throws the signal's reason */
  async take(signal: AbortSignal, onWait: () => void = () => {}): Promise<Release> {
    signal.throwIfAborted();
    const place = this.takeNow();
    if (place) return place;
    onWait();
    await inLine(this.#back, signal);
    return this.#releaseOnce();
  }

  /** A place, if one is free that nobody who comes back waits for. */
  takeNow(): Release | undefined {
    if (this.#taken >= this.#most) return undefined;
    this.#taken += 1;
    return this.#releaseOnce();
  }

  /** Resolves when a place is free; others may be faster. @throws the signal's reason */
  async free(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#taken >= this.#most) await inLine(this.#news, signal);
  }

  #releaseOnce(): Release {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#taken -= 1;
      this.#call();
    };
  }

  #call(): void {
    while (this.#taken < this.#most && this.#back.length > 0) {
      this.#taken += 1;
      this.#back.shift()!();
    }
    if (this.#taken < this.#most) for (const tell of this.#news.splice(0)) tell();
  }
}

function inLine(line: (() => void)[], signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const come = () => {
    signal.removeEventListener('abort', leave);
    resolve();
  };
  const leave = () => {
    const at = line.indexOf(come);
    if (at !== -1) line.splice(at, 1);
    reject(signal.reason);
  };
  signal.addEventListener('abort', leave, { once: true });
  line.push(come);
  return promise;
}
