/** Splits CSV without a header, as DuckDB and PostgreSQL write it, into the value stream of each column. */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { ColumnReader } from './column.ts';
import { BrokenRowError } from './table.ts';

const COMMA = 44;
const LF = 10;

export class CsvColumns {
  readonly #reader: ColumnReader;
  readonly #label: string;

  /**
   * @param holdsRecords for each column, whether its values are records of the value stream (see `WantedColumn`)
   * @param label the name of the source, for messages
   */
  constructor(holdsRecords: readonly boolean[], label: string) {
    this.#label = label;
    this.#reader = new ColumnReader({
      delimiter: COMMA,
      lineEnd: LF,
      quoted: true,
      columns: holdsRecords.length,
      wanted: holdsRecords.map((holds, column) => ({ column, holdsRecords: holds })),
    });
  }

  /** To which column the block given last belongs. */
  get column(): number {
    return this.#reader.column;
  }

  /**
   * Each block is valid until the next one is requested.
   * @throws {LineupError} `source_unreadable` for a row that is too long
   * @throws {BrokenRowError} when it is not such CSV
   */
  async *split(csv: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    try {
      for await (const block of csv) yield* this.#reader.push(block);
      yield* this.#reader.end();
    } catch (error) {
      if (!(error instanceof BrokenRowError) || error.fault !== 'too_long') throw error;
      throw new LineupError(
        'source_unreadable',
        sentence`${this.#label}: a member has more than 64 MiB in the chosen fields. Remove or shorten its values.`,
      );
    }
  }
}
