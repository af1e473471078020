import type { StatementError } from './errors.ts';
import type { Rows } from './sql.ts';

/** A statement that was submitted. */
export interface Statement {
  readonly handle: string;
  readonly started: number;
  readonly result: Rows | StatementError;
  /** The rows of a partition when it ran. */
  readonly partitionRows: number;
  cancelled: boolean;
}
