/** Where a text goes wrong; table.ts has the sentences. */
export class RowFault extends Error {
  override readonly name = 'RowFault';
  readonly fault:
    | 'encoding'
    | 'ragged'
    | 'after_quote'
    | 'open_quote'
    | 'too_long'
    | 'not_json'
    | 'not_scalar';
  /** Counts from 1 after the header. */
  readonly row: number;
  /** Fields of a ragged row. */
  readonly found: number;

  constructor(fault: RowFault['fault'], row: number, found = 0) {
    super(fault);
    this.fault = fault;
    this.row = row;
    this.found = found;
  }
}
