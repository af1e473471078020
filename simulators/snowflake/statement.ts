import type { StatementError } from './errors.ts';
import type { Rows } from './sql.ts';

/** A statement that was submitted. */
export interface Statement {
  readonly handle: string;
  readonly started: number;
  /** Undefined while DuckDB works on it. */
  result: Rows | StatementError | undefined;
  /** Resolves when `result` is there. */
  readonly computed: Promise<void>;
  /** The rows of a partition when it ran. */
  readonly partitionRows: number;
  cancelled: boolean;
}
