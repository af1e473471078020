/** A broken promise, in a sentence. */
export class Violation extends Error {
  /** A short, stable name of the invariant. */
  readonly invariant: string;

  constructor(invariant: string, message: string) {
    super(message);
    this.invariant = invariant;
  }
}

/** An error that no code expects breaks a promise too. */
export const asViolation = (error: unknown): Violation =>
  error instanceof Violation
    ? error
    : new Violation('crash', error instanceof Error ? (error.stack ?? error.message) : String(error));
