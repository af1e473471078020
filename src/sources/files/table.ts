/** What every text format gives of one file: its fields, a preview, and a reader of one field's values. */
import { LineupError } from '../../contracts/errors.ts';
import { type Sentence, sentence } from '../../contracts/sentence.ts';
import { mask } from '../mask.ts';
import type { PreviewRow, SourceField } from '../source.ts';
import { encodingError } from './encoding.ts';
import type { TextStream } from './text.ts';

/** Turns blocks of text into blocks of the value stream. */
export interface ValueReader {
  /** Rows given so far. */
  readonly rows: number;
  /** Whether the field has been met: for formats whose rows differ in their fields. */
  readonly seen: boolean;
  /** Each block that it gives is valid until the next is asked for. @throws {RowFault} */
  push(block: Uint8Array): Iterable<Uint8Array>;
  /** What is left when no more text comes. @throws {RowFault} */
  end(): Iterable<Uint8Array>;
}

export interface TextTable {
  readonly fields: readonly SourceField[];
  /** What a person should know before choosing one. */
  readonly notice?: Sentence | undefined;
  /** Between its fields, and whether its first row names them: where a text has such. */
  readonly delimiter?: string;
  readonly hasHeader?: boolean;
  /** The first `limit` values of a field at most, a list a row, in clear. */
  sample(field: string, limit: number): Iterable<readonly string[]>;
  /** @throws {LineupError} when the table has no such field, or not one alone */
  read(field: string): ValueReader;
}

/** The rows of a preview, masked. */
export function previewRows(values: readonly (readonly string[])[]): PreviewRow[] {
  return values.map((row, index) => ({ row: index + 1, values: row.map(mask) }));
}

/** The sentence for a fault in a row of `stream`; it never holds what stands there. */
export function rowError(fault: RowFault, stream: TextStream, columns: number): LineupError {
  const where = sentence`${stream.location.name}, row ${String(fault.row)}`;
  switch (fault.fault) {
    case 'encoding':
      return encodingError(stream.location.name, fault.row, stream);
    case 'ragged':
      return unreadableRow(
        sentence`${where}: the number of fields is ${fault.found}, where the header has ${columns}. A shifted row would send wrong values: correct it, or quote values that hold the delimiter.`,
      );
    case 'after_quote':
      return unreadableRow(
        sentence`${where}: text follows a closing quote. Quotes inside a quoted value must be doubled.`,
      );
    case 'open_quote':
      return unreadableRow(sentence`${where}: a quoted value begins that is never closed.`);
    case 'too_long':
      return unreadableRow(sentence`${where}: the row is longer than 64 MiB. Is a quote never closed?`);
    case 'not_json':
      return unreadableRow(
        sentence`${where}: the line is not a JSON object. NDJSON has one whole object on each line.`,
      );
    case 'not_scalar':
      return new LineupError(
        'field_type',
        sentence`${where}: the field holds an object or a list of lists. Its values must be texts or numbers, or a list of them.`,
      );
  }
}

function unreadableRow(what: Sentence): LineupError {
  return new LineupError('source_unreadable', what);
}

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
