/** A broken promise, in a sentence. */
export class Violation extends Error {
  /** A short, stable name of the invariant. */
  readonly invariant: string;

  constructor(invariant: string, message: string) {
    super(message);
    this.invariant = invariant;
  }
}
