/** CSV and TSV: a header, then rows; and plain lines, which have neither header nor quotes. */
import { isUtf8 } from 'node:buffer';
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import { findField } from '../find-field.ts';
import type { SourceField } from '../source.ts';
import { type ColumnOptions, ColumnReader } from './column.ts';
import { lineEndOf, readRecords, sniffDelimiter } from './dialect.ts';
import { encodingError } from './encoding.ts';
import type { TextTable, ValueReader } from './table.ts';
import type { TextStream } from './text.ts';

/**
 * Reads the header. Every column is text, so that a phone number keeps its zero.
 * @throws {LineupError} `source_encoding`, `source_unreadable` for a header that does not end
 */
export function describeDelimited(stream: TextStream, format: 'csv' | 'tsv'): TextTable {
  const { name } = stream.location;
  // A byte a character: positions in it are positions in the file.
  const text = Buffer.from(stream.head).toString('latin1');
  const lineEnd = lineEndOf(text);
  const delimiter = format === 'tsv' ? '\t' : (sniffDelimiter(text) ?? ',');
  const records = readRecords(text, delimiter, lineEnd, stream.complete);
  let header = records.next().value;
  while (header?.fields.length === 1 && header.fields[0] === '') header = records.next().value;
  if (!header) {
    throw new LineupError(
      'source_unreadable',
      sentence`${name} has no header: its first row does not end, or a quote in it is never closed.`,
    );
  }
  const names = header.fields.map((field, index) => {
    const bytes = Buffer.from(field, 'latin1');
    if (!isUtf8(bytes)) throw encodingError(name, 0, stream.encoding);
    return bytes.toString().trim() || `column ${index + 1}`;
  });
  const headerLength = header.end;
  const fields = names.map((field): SourceField => ({ name: field, type: 'VARCHAR', list: false }));

  const columnOf = (field: string): number => {
    const column = fields.indexOf(findField(fields, field, name));
    if (names.indexOf(field, column + 1) === -1) return column;
    throw new LineupError(
      'source_unreadable',
      sentence`${name} has several columns named "${field}": which one is meant cannot be told. Rename one.`,
    );
  };
  return {
    fields,
    *sample(field, limit) {
      const column = columnOf(field);
      let rows = 0;
      for (const row of readRecords(text.slice(headerLength), delimiter, lineEnd, stream.complete)) {
        if (names.length > 1 && row.fields.length === 1 && row.fields[0] === '') continue;
        if (rows++ === limit) return;
        yield [Buffer.from(row.fields[column] ?? '', 'latin1').toString()];
      }
    },
    read: (field) =>
      new DelimitedReader(headerLength, {
        delimiter: delimiter.charCodeAt(0),
        lineEnd: lineEnd.charCodeAt(0),
        quoted: true,
        column: columnOf(field),
        columns: names.length,
      }),
  };
}

/** One value a line, commas and quotes included. There is one field, so any name is understood. */
export function describeLines(stream: TextStream): TextTable {
  const text = Buffer.from(stream.head).toString('latin1');
  const lineEnd = lineEndOf(text);
  return {
    fields: [{ name: 'value', type: 'VARCHAR', list: false }],
    *sample(_field, limit) {
      const lines = text.split(lineEnd, limit + 1);
      // What follows the last line end is no line; nor is a line that the head cuts off.
      if (lines.length <= limit && (lines.at(-1) === '' || !stream.complete)) lines.pop();
      for (const line of lines.slice(0, limit)) yield [Buffer.from(line, 'latin1').toString()];
    },
    read: () =>
      new DelimitedReader(0, {
        delimiter: undefined,
        lineEnd: lineEnd.charCodeAt(0),
        quoted: false,
        column: 0,
        columns: 1,
      }),
  };
}

class DelimitedReader implements ValueReader {
  readonly seen = true;
  readonly #column: ColumnReader;
  /** Bytes of the header that are still to be passed over. */
  #header: number;

  constructor(header: number, options: ColumnOptions) {
    this.#header = header;
    this.#column = new ColumnReader(options);
  }

  get rows(): number {
    return this.#column.rows;
  }

  push(block: Uint8Array): Iterable<Uint8Array> {
    const passed = Math.min(this.#header, block.length);
    this.#header -= passed;
    return this.#column.push(passed === 0 ? block : block.subarray(passed));
  }

  end(): Iterable<Uint8Array> {
    return this.#column.end();
  }
}
