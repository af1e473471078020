import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ColumnReader, type WantedColumn } from '../../src/sources/files/column.ts';
import { BrokenRowError } from '../../src/sources/files/table.ts';
import { memberRecords } from '../../src/sources/scans.ts';
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
  const [records] = readAll(text, cuts, [{ column }], columns);
  return parseRecords(records!);
}

/** The value streams of several columns. After each block of text, all of them have the same rows. */
function readAll(
  text: Uint8Array,
  cuts: readonly number[],
  wanted: readonly WantedColumn[],
  columns: number,
): Buffer[] {
  const reader = new ColumnReader({ delimiter: 44, lineEnd: 10, quoted: true, columns, wanted });
  const streams: Buffer[] = wanted.map(() => Buffer.alloc(0));
  const take = (blocks: Iterable<Uint8Array>) => {
    for (const block of blocks) streams[reader.column] = Buffer.concat([streams[reader.column]!, block]);
    for (const [index, stream] of streams.entries())
      if (!wanted[index]!.holdsRecords) expect(parseRecords(stream)).toHaveLength(reader.rows);
  };
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
  for (const [index, place] of places.slice(1).entries()) take(reader.push(text.subarray(places[index], place)));
  take(reader.end());
  return streams;
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
          const lines = rows.map(({ fields, end }) => fields.map((f) => write(f, quoteAlways)).join(',') + end);
          const text = lines.join('');
          const bytes = Buffer.from(lastEnd ? text : text.replace(/\r?\n$/, ''));
          // Lone surrogates cannot be written in UTF-8.
          const expected = rows.map(({ fields }) => fields[column]!.toWellFormed());
          expect(read(bytes, cuts, column, 3)).toEqual(expected);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is the same beside other columns, in any order of them', () => {
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 6 }),
        fc.shuffledSubarray([0, 1, 2], { minLength: 1 }),
        fc.boolean(),
        (rows, cuts, order, quoteAlways) => {
          const lines = rows.map(({ fields, end }) => fields.map((f) => write(f, quoteAlways)).join(',') + end);
          const text = Buffer.from(lines.join(''));
          const streams = readAll(
            text,
            cuts,
            order.map((column) => ({ column })),
            3,
          );
          const alone = order.map((column) => readAll(text, [], [{ column }], 3)[0]);
          expect(streams).toEqual(alone);
          for (const [index, stream] of streams.entries())
            expect(parseRecords(stream)).toEqual(rows.map(({ fields }) => fields[order[index]!]!.toWellFormed()));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gives the records that its fields hold, without another pair of quotes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.array(value, { minLength: 1, maxLength: 4 }), value), { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 6 }),
        (rows, cuts) => {
          const text = rows.map(([list, other]) => {
            const records = memberRecords(list).slice(0, -1);
            return `${write(other, false)},${write(records, false)}\n`;
          });
          const wanted = [{ column: 1, holdsRecords: true }, { column: 0 }];
          const [records, others] = readAll(Buffer.from(text.join('')), cuts, wanted, 2);
          expect(records!.toString()).toBe(
            rows.map(([list]) => memberRecords(list.map((value) => value.toWellFormed()))).join(''),
          );
          expect(parseRecords(others!)).toEqual(rows.map(([, other]) => other.toWellFormed()));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('may be empty in any row, if the text has one column', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 4 }), (values, cuts) => {
        const text = values.map((field) => `${write(field, false)}\n`).join('');
        expect(read(Buffer.from(text), cuts, 0, 1)).toEqual(values.map((field) => field.toWellFormed()));
      }),
      { numRuns: 80 },
    );
  });

  it('is refused at the same row, wherever the blocks are split', () => {
    const faults = fc.constantFrom(
      ['encoding', Buffer.from([0x83, 0x81, 0x2c, 0x0a])],
      ['ragged', Buffer.from('1,2,3,4\n')],
      ['ragged', Buffer.from('1,2\n')],
      ['after_quote', Buffer.from('1,"2"x,3\n')],
      ['open_quote', Buffer.from('1,"2,3\n')],
    ) as fc.Arbitrary<[BrokenRowError['fault'], Buffer]>;
    fc.assert(
      fc.property(fc.nat(30), faults, fc.array(fc.nat(), { maxLength: 5 }), (before, [fault, bytes], cuts) => {
        const text = Buffer.concat([Buffer.from('é,"l\nm",日本\n'.repeat(before)), bytes]);
        const failure = (() => {
          try {
            read(text, cuts, 1, 3);
          } catch (error) {
            return error;
          }
          return undefined;
        })();
        expect(failure).toBeInstanceOf(BrokenRowError);
        expect(failure).toMatchObject({ fault, row: before + 1 });
      }),
      { numRuns: 80 },
    );
  });

  const ofTwoColumns = () =>
    new ColumnReader({ delimiter: 44, lineEnd: 10, quoted: true, columns: 2, wanted: [{ column: 0 }] });

  it('reads a row when its line end has come, and so a long row of many blocks once', () => {
    const reader = ofTwoColumns();
    const push = (text: string) => [...reader.push(Buffer.from(text))];
    // The fault is there from the first block on.
    for (const block of ['"a"b', 'x'.repeat(1_000), ',c']) expect(push(block)).toEqual([]);
    expect(() => push('\n')).toThrow(expect.objectContaining({ fault: 'after_quote', row: 1 }));
  });

  it('stops at a row that is longer than any member', () => {
    const reader = ofTwoColumns();
    const block = Buffer.alloc(1 << 22, 'x');
    const feed = () => {
      for (let count = 0; count < 20; count++) for (const _ of reader.push(block));
    };
    expect(feed).toThrow(expect.objectContaining({ fault: 'too_long', row: 1 }));
  });
});
