/** The runs of this process that wait for LINE on one access key: each asks the more seldom, the more they are. */
import type { Release } from '../contracts/ports.ts';

export class WaitingRuns {
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** One more waits, until what this gives is called. */
  enter(): Release {
    this.#count += 1;
    let inside = true;
    return () => {
      if (inside) this.#count -= 1;
      inside = false;
    };
  }
}
