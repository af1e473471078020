/**
 * What every text format provides for a file: its fields, a sample, and a reader for the values of some fields.
 */
import { LineupError } from '../../domain/errors/errors.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';
import { mask } from '../mask.ts';
import type { PreviewRow, ShowValue, SourceField } from '../source.ts';
import { encodingError } from './encoding.ts';
import type { TextStream } from './text.ts';

/** Turns blocks of text into blocks of the value stream of each field. */
export interface ValueReader {
  /** How many rows were given so far. */
  readonly rows: number;
  /** To which field the block given last belongs: its index. */
  readonly column: number;
  /** Whether any row had the field with this index, for formats whose rows have different fields. */
  hasSeen(column: number): boolean;
  /**
   * The streams of all fields have the same rows when the last block is given. Each block is valid until the next one
   * is requested.
   * @throws {BrokenRowError}
   */
  push(block: Uint8Array): Iterable<Uint8Array>;
  /** Gives the rest at the end of the text. @throws {BrokenRowError} */
  end(): Iterable<Uint8Array>;
}

export interface TextTable {
  readonly fields: readonly SourceField[];
  /** What a person should know before choosing a field. */
  readonly notice?: Sentence | undefined;
  /** The delimiter, and whether the first row holds the names, for formats that have them. */
  readonly delimiter?: string;
  readonly hasHeader?: boolean;
  /** At most the first `limit` values of a field, not masked. A list for each row. */
  sample(field: string, limit: number): Iterable<readonly string[]>;
  /** @throws {LineupError} when no field, or more than one, has one of these names */
  read(fields: readonly string[]): ValueReader;
}

/** The rows of a preview. */
export function previewRows(values: readonly (readonly string[])[], show: ShowValue = mask): PreviewRow[] {
  return values.map((row, index) => ({ row: index + 1, values: row.map((value) => show(value)) }));
}

/** The sentence for a fault in a row of `stream`. It never contains the content of the row. */
export function rowError(fault: BrokenRowError, stream: TextStream, columns: number): LineupError {
  const where = sentence`${stream.location.name}, row ${String(fault.row)}`;
  switch (fault.fault) {
    case 'encoding':
      return encodingError(stream.location.name, fault.row, stream);
    case 'ragged':
      return unreadableRow(
        sentence`${where}: the row has ${fault.found} fields, but the header has ${columns}. A shifted row would send wrong values. Correct the row, or quote values that contain the delimiter.`,
      );
    case 'after_quote':
      return unreadableRow(
        sentence`${where}: there is text after a closing quote. Double the quotes inside a quoted value.`,
      );
    case 'open_quote':
      return unreadableRow(sentence`${where}: a quoted value has no closing quote. Add it.`);
    case 'too_long':
      return unreadableRow(sentence`${where}: the row is longer than 64 MiB. Check for a missing closing quote.`);
    case 'not_json':
      return unreadableRow(sentence`${where}: the line is not a JSON object. Write one complete object on each line.`);
    case 'not_scalar':
      return new LineupError(
        'field_type',
        sentence`${where}: the field "${fault.field}" holds an object or a list of lists. Its values must be text or numbers, or lists of them.`,
      );
  }
}

function unreadableRow(text: Sentence): LineupError {
  return new LineupError('source_unreadable', text);
}

/** A fault in a row of a text. `rowError` has the sentences. */
export class BrokenRowError extends Error {
  override readonly name = 'BrokenRowError';
  readonly fault: 'encoding' | 'ragged' | 'after_quote' | 'open_quote' | 'too_long' | 'not_json' | 'not_scalar';
  /** Counts from 1 after the header. */
  readonly row: number;
  /** How many fields a ragged row has. */
  readonly found: number;
  /** The field whose value is not scalar. */
  readonly field: string;

  constructor(fault: BrokenRowError['fault'], row: number, { found = 0, field = '' } = {}) {
    super(fault);
    this.fault = fault;
    this.row = row;
    this.found = found;
    this.field = field;
  }
}
