/** How many requests each client sends in a second, or in another time. */

/**
 * Counts arrivals per key. It checks one window and also ten of them together, with the same tolerance for delays of
 * the network: a short window alone would accept a client that is always a little too fast.
 */
export class RateMeter {
  readonly #arrivals = new Map<string, number[]>();
  readonly #windowMs: number;

  constructor(windowMs = 1000) {
    this.#windowMs = windowMs;
  }

  /**
   * Whether a request that arrived at `now` is within the rate. Refused requests do not count, because a client
   * that retries would stay locked out.
   */
  admit(
    key: string,
    now: number,
    { rateLimit, rateToleranceMs }: { rateLimit: number; rateToleranceMs: number },
  ): boolean {
    const longWindow = 10 * this.#windowMs;
    const times = this.#arrivals.get(key) ?? [];
    this.#arrivals.set(key, times);
    if (now - times[0]! > 2 * longWindow) forget(times, now - longWindow);
    // A request that is processed slowly may be counted after later ones.
    let end = times.length;
    while (end > 0 && times[end - 1]! > now) end -= 1;
    // The times are in order, so one of them decides.
    const fewerThan = (most: number, window: number) =>
      now - (times[end - most] ?? Number.NEGATIVE_INFINITY) >= window - rateToleranceMs;
    const admitted = fewerThan(rateLimit, this.#windowMs) && fewerThan(10 * rateLimit, longWindow);
    if (admitted) times.splice(end, 0, now);
    return admitted;
  }

  clear(): void {
    this.#arrivals.clear();
  }
}

/** Removes the times before this one. */
function forget(times: number[], before: number): void {
  const kept = times.findIndex((time) => time > before);
  times.splice(0, kept < 0 ? times.length : kept);
}
