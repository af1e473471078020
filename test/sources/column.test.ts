import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ColumnReader } from '../../src/sources/files/column.ts';
import { RowFault } from '../../src/sources/files/table.ts';
import { parseRecords } from './support/values.ts';

/** Characters that a field may hold, and those that must be quoted. */
const value = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', '"', '""', ',', '\n', '\r\n', '\r', 'a"b', ' "x" ', 'é日本', '\0', 'x'.repeat(600)),
);
const row = fc.record({
  fields: fc.array(value, { minLength: 3, maxLength: 3 }),
  end: fc.constantFrom('\n', '\r\n'),
});

function write(field: string, quoteAlways: boolean): string {
  // A CR before the line end would be read as a part of it.
  return quoteAlways || /^"|[,\n\r]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

function read(text: Uint8Array, cuts: readonly number[], column: number, columns: number): string[] {
  const reader = new ColumnReader({ delimiter: 44, lineEnd: 10, quoted: true, column, columns });
  const blocks: Uint8Array[] = [];
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
  for (const [index, place] of places.slice(1).entries())
    for (const block of reader.push(text.subarray(places[index], place))) blocks.push(Buffer.from(block));
  for (const block of reader.end()) blocks.push(Buffer.from(block));
  const records = parseRecords(Buffer.concat(blocks));
  expect(reader.rows).toBe(records.length);
  return records;
}

describe('a column of a delimited text', () => {
  it('is read as it was written, wherever the blocks are split', () => {
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 6 }),
        fc.nat(2),
        fc.boolean(),
        fc.boolean(),
        (rows, cuts, column, quoteAlways, lastEnd) => {
          const lines = rows.map(
            ({ fields, end }) => fields.map((f) => write(f, quoteAlways)).join(',') + end,
          );
          const text = lines.join('');
          const bytes = Buffer.from(lastEnd ? text : text.replace(/\r?\n$/, ''));
          // Lone surrogates cannot be written in UTF-8.
          const expected = rows.map(({ fields }) => fields[column]!.toWellFormed());
          expect(read(bytes, cuts, column, 3)).toEqual(expected);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('may be empty in any row, if the text has one column', () => {
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 4 }),
        (values, cuts) => {
          const text = values.map((field) => `${write(field, false)}\n`).join('');
          expect(read(Buffer.from(text), cuts, 0, 1)).toEqual(values.map((field) => field.toWellFormed()));
        },
      ),
      { numRuns: 250 },
    );
  });

  it('is refused at the same row, wherever the blocks are split', () => {
    const faults = fc.constantFrom(
      ['encoding', Buffer.from([0x83, 0x81, 0x2c, 0x0a])],
      ['ragged', Buffer.from('1,2,3,4\n')],
      ['ragged', Buffer.from('1,2\n')],
      ['after_quote', Buffer.from('1,"2"x,3\n')],
      ['open_quote', Buffer.from('1,"2,3\n')],
    ) as fc.Arbitrary<[RowFault['fault'], Buffer]>;
    fc.assert(
      fc.property(
        fc.nat(30),
        faults,
        fc.array(fc.nat(), { maxLength: 5 }),
        (before, [fault, bytes], cuts) => {
          const text = Buffer.concat([Buffer.from('é,"l\nm",日本\n'.repeat(before)), bytes]);
          const failure = (() => {
            try {
              read(text, cuts, 1, 3);
            } catch (error) {
              return error;
            }
            return undefined;
          })();
          expect(failure).toBeInstanceOf(RowFault);
          expect(failure).toMatchObject({ fault, row: before + 1 });
        },
      ),
      { numRuns: 250 },
    );
  });

  it('stops at a row that is longer than any member', () => {
    const reader = new ColumnReader({ delimiter: 44, lineEnd: 10, quoted: true, column: 0, columns: 2 });
    const block = Buffer.alloc(1 << 22, 'x');
    const feed = () => {
      for (let count = 0; count < 20; count++) for (const _ of reader.push(block));
    };
    expect(feed).toThrow(expect.objectContaining({ fault: 'too_long', row: 1 }));
  });
});
