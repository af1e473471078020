/** CSV and TSV, which usually have a header; and plain lines, without header and quotes. */
import { isUtf8 } from 'node:buffer';
import { LineupError } from '../../domain/errors/errors.ts';
import { delimiterCharacters } from '../../domain/files/file-names.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { findField } from '../find-field.ts';
import type { SourceField } from '../source.ts';
import { type ColumnOptions, ColumnReader } from './column.ts';
import { lineEndOf, readRecords, separatorLine, sniffDelimiter, type TextRecord } from './dialect.ts';
import { encodingError } from './encoding.ts';
import { readHeader, withoutHeader } from './header.ts';
import type { TextTable, ValueReader } from './table.ts';
import type { TextOptions, TextStream } from './text.ts';

/**
 * Reads the header, if there is one. Every column is text, so a phone number keeps its leading zero.
 * @throws {LineupError} `source_encoding`, `source_unreadable` for a header without an end,
 *   `source_unsupported`
 */
export function describeDelimited(
  stream: TextStream,
  format: 'csv' | 'tsv' | 'xlsx',
  choices: Pick<TextOptions, 'delimiter' | 'header'> = {},
): TextTable {
  const { name } = stream.location;
  // One character per byte, so positions in the text are positions in the file.
  const text = Buffer.from(stream.head).toString('latin1');
  const lineEnd = lineEndOf(text);
  // A workbook always comes as text with tabs.
  const declared = format === 'xlsx' ? undefined : separatorLine(text);
  const wanted = format === 'xlsx' ? undefined : choices.delimiter && delimiterCharacters[choices.delimiter];
  const delimiter = wanted ?? declared?.delimiter ?? (format === 'csv' ? (sniffDelimiter(text) ?? ',') : '\t');
  const above = declared?.end ?? 0;
  const rows = [...firstRows(readRecords(text.slice(above), delimiter, lineEnd, stream.complete))];
  const [first, ...others] = rows;
  if (!first) {
    if (stream.isCutShort) throw encodingError(name, 0, stream);
    throw new LineupError(
      'source_unreadable',
      sentence`${name} has no header, because its first row does not end or a quote in it is never closed.`,
    );
  }
  const decoded = (cell: string): string => Buffer.from(cell, 'latin1').toString();
  if (!first.fields.every((cell) => isUtf8(Buffer.from(cell, 'latin1')))) {
    throw encodingError(name, 0, stream);
  }
  const { names, isMissing } = readHeader(
    first.fields.map(decoded),
    others.map(({ fields }) => fields.map(decoded)),
    name,
    choices.header,
  );
  const notice = isMissing && choices.header === undefined ? withoutHeader(name) : undefined;
  const headerLength = above + (isMissing ? first.begin : first.end);
  const fields = names.map((field, column): SourceField => {
    const isNumeric = stream.workbook?.isNumeric(column);
    return { name: field, type: isNumeric ? 'NUMBER' : 'VARCHAR', list: false };
  });

  const columnOf = (field: string): number => {
    const column = fields.indexOf(findField(fields, field, name, notice));
    if (names.indexOf(field, column + 1) === -1) return column;
    throw new LineupError(
      'source_unreadable',
      sentence`${name} has several columns with the name "${field}". Rename all of them except one.`,
    );
  };
  return {
    fields,
    notice,
    ...(format !== 'xlsx' && { delimiter }),
    hasHeader: !isMissing,
    *sample(field, limit) {
      const column = columnOf(field);
      let rows = 0;
      for (const row of readRecords(text.slice(headerLength), delimiter, lineEnd, stream.complete)) {
        if (names.length > 1 && row.fields.length === 1 && row.fields[0] === '') continue;
        if (rows++ === limit) return;
        yield [decoded(row.fields[column] ?? '')];
      }
    },
    read: (wanted) =>
      new DelimitedReader(headerLength, {
        delimiter: delimiter.charCodeAt(0),
        lineEnd: lineEnd.charCodeAt(0),
        quoted: true,
        columns: names.length,
        wanted: wanted.map((field) => ({ column: columnOf(field) })),
      }),
  };
}

/** How many rows are used to tell a header from a member. */
const LOOKED_AT = 20;

function* firstRows(records: Iterable<TextRecord>): Generator<TextRecord, void> {
  let given = 0;
  for (const record of records) {
    if (record.fields.length === 1 && record.fields[0] === '') continue;
    yield record;
    if (++given > LOOKED_AT) return;
  }
}

/** Each line is one value, including commas and quotes. There is only one field, so any name is accepted. */
export function describeLines(stream: TextStream): TextTable {
  const text = Buffer.from(stream.head).toString('latin1');
  const lineEnd = lineEndOf(text);
  return {
    fields: [{ name: 'value', type: 'VARCHAR', list: false }],
    *sample(_field, limit) {
      const lines = text.split(lineEnd, limit + 1);
      // Ignore the empty text after the last line end, and a line that the head cuts off.
      if (lines.length <= limit && (lines.at(-1) === '' || !stream.complete)) lines.pop();
      for (const line of lines.slice(0, limit)) yield [Buffer.from(line, 'latin1').toString()];
    },
    read: () =>
      new DelimitedReader(0, {
        delimiter: undefined,
        lineEnd: lineEnd.charCodeAt(0),
        quoted: false,
        columns: 1,
        wanted: [{ column: 0 }],
      }),
  };
}

class DelimitedReader implements ValueReader {
  readonly #columns: ColumnReader;
  /** How many bytes of the header are still to be skipped. */
  #header: number;

  constructor(header: number, options: ColumnOptions) {
    this.#header = header;
    this.#columns = new ColumnReader(options);
  }

  get rows(): number {
    return this.#columns.rows;
  }

  get column(): number {
    return this.#columns.column;
  }

  /** Every row has every field. */
  hasSeen(): boolean {
    return true;
  }

  push(block: Uint8Array): Iterable<Uint8Array> {
    const passed = Math.min(this.#header, block.length);
    this.#header -= passed;
    return this.#columns.push(passed === 0 ? block : block.subarray(passed));
  }

  end(): Iterable<Uint8Array> {
    return this.#columns.end();
  }
}
