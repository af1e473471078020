/** A statement that failed, as the API reports it: a code, an SQL state, and a text that we do not imitate. */
export class StatementError extends Error {
  override readonly name = 'StatementError';
  readonly code: string;
  readonly sqlState: string;

  constructor(code: string, sqlState: string, place?: { readonly line: number; readonly position: number }) {
    super(place ? `error line ${place.line} at position ${place.position}` : 'the statement failed');
    this.code = code;
    this.sqlState = sqlState;
  }
}

/** A request that is refused before its statement runs. */
export class RefusalError extends Error {
  override readonly name = 'RefusalError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}
