/**
 * Notices that a walk from cursor to cursor runs in a circle, without keeping all cursors of a scan of millions: it
 * compares with the last one, and with one that is replaced after 1, 2, 4, 8 … steps (Brent's cycle detection). A circle
 * of any length is met at the latest in the lap after the next replacement.
 */
export class LoopGuard {
  #last: string | undefined;
  #kept: string | undefined;
  #steps = 0;
  #limit = 1;

  /** Takes the next cursor; true when the walk has been there. */
  returns(cursor: string): boolean {
    if (cursor === this.#last || cursor === this.#kept) return true;
    this.#last = cursor;
    this.#steps += 1;
    if (this.#steps === this.#limit) {
      this.#kept = cursor;
      this.#steps = 0;
      this.#limit *= 2;
    }
    return false;
  }
}
