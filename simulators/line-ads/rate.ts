/** The rate limit per access key: so many requests in any one second, all endpoints together. */

/**
 * Counts arrivals per key. Besides the second it watches ten seconds, with the same tolerance for what the way
 * adds: a short window alone would let a client through that is always a little too fast.
 */
export class RateMeter {
  readonly #arrivals = new Map<string, number[]>();

  /**
   * Whether a request that arrives now may pass. Refused ones do not count: else a client that retries
   * would stay locked out.
   */
  admit(
    key: string,
    now: number,
    { rateLimit, rateToleranceMs }: { rateLimit: number; rateToleranceMs: number },
  ): boolean {
    const past = (this.#arrivals.get(key) ?? []).filter((time) => now - time < 10_000);
    const within = (seconds: number) =>
      past.filter((time) => now - time < seconds * 1000 - rateToleranceMs).length;
    const admitted = within(1) < rateLimit && within(10) < 10 * rateLimit;
    if (admitted) past.push(now);
    this.#arrivals.set(key, past);
    return admitted;
  }

  clear(): void {
    this.#arrivals.clear();
  }
}
