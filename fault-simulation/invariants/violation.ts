/** A broken promise, in a sentence. */
export class ViolationError extends Error {
  /** A short, stable name of the invariant. */
  readonly invariant: string;

  constructor(invariant: string, message: string) {
    super(message);
    this.invariant = invariant;
  }
}

/** An error that no code expects breaks a promise too. */
export const asViolation = (error: unknown): ViolationError =>
  error instanceof ViolationError
    ? error
    : new ViolationError('crash', error instanceof Error ? (error.stack ?? error.message) : String(error));
