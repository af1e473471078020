/**
 * A simulator's two times. What takes its time or expires goes by a virtual time that can be moved forward, so that
 * nobody waits. The remote side's own clock, in `Date` headers and for checking theirs, only ever shows the skew: a
 * client's signature must stay valid when virtual time jumps.
 */
export class Clock {
  readonly #now: () => number;
  #advanced = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Virtual time in milliseconds. */
  time(): number {
    return this.#now() + this.#advanced;
  }

  /** The remote side's clock in milliseconds. */
  server(skewMs: number): number {
    return this.#now() + skewMs;
  }

  advance(ms: number): void {
    this.#advanced += ms;
  }
}
