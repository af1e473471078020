import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RowReader } from '../../../src/sources/mysql/rows.ts';
import { eof, lengthCoded, packet } from '../support/hostile-mysql.ts';
import { parseRecords } from '../support/values.ts';

type Row = readonly (string | null)[];

/** A row longer than a packet continues in the next one. */
function rowPackets(row: Row): Buffer {
  const content = Buffer.concat(row.map(lengthCoded));
  const packets: Buffer[] = [];
  for (let at = 0; ; at += 0xff_ff_ff) {
    const part = content.subarray(at, at + 0xff_ff_ff);
    packets.push(packet(0, part));
    if (part.length < 0xff_ff_ff) return Buffer.concat(packets);
  }
}

/** What a reader gives for bytes that arrive in pieces. */
function readPieces(bytes: Buffer, columns: number, size: (piece: number) => number) {
  const reader = new RowReader(columns);
  const streams: Buffer[][] = Array.from({ length: columns }, () => []);
  let at = 0;
  for (let piece = 0; at < bytes.length; piece++) {
    const end = Math.min(bytes.length, at + size(piece));
    // A copy, so that nothing can be read past the end of a piece.
    for (const { column, block } of reader.push(Buffer.from(bytes.subarray(at, end))))
      streams[column]!.push(Buffer.from(block));
    at = end;
    if (reader.rest) break;
  }
  return {
    reader,
    left: bytes.subarray(at),
    records: streams.map((blocks) => parseRecords(Buffer.concat(blocks))),
  };
}

const value = fc.oneof(
  fc.constant(null),
  fc.string({ unit: fc.constantFrom('"', '\n', '\r', ',', 'a', 'é', '山', '\0', '+') }),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.nat(80_000).map((length) => '"x\n'.repeat(length / 3)),
);

test('every row is one record in each column, however its bytes arrive', () => {
  const rows = fc
    .integer({ min: 1, max: 4 })
    .chain((columns) =>
      fc.tuple(
        fc.constant(columns),
        fc.array(fc.array(value, { minLength: columns, maxLength: columns }), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 1, maxLength: 20 }),
      ),
    );
  fc.assert(
    fc.property(rows, ([columns, given, sizes]) => {
      const bytes = Buffer.concat([...given.map(rowPackets), eof(9)]);
      const { reader, records, left } = readPieces(bytes, columns, (piece) => sizes[piece % sizes.length]!);
      // A text with an unpaired surrogate has no UTF-8.
      const text = (value: string | null) => Buffer.from(value ?? '').toString();
      expect(records).toEqual(Array.from({ length: columns }, (_, column) => given.map((row) => text(row[column]!))));
      expect(reader.rows).toBe(given.length);
      expect(Buffer.concat([reader.rest!, left])).toEqual(eof(9));
    }),
    { numRuns: 30 },
  );
});

test('a byte at a time gives the same', () => {
  const rows: Row[] = [
    ['a', null],
    ['"', 'x'.repeat(70_000)],
    ['', '\r'],
  ];
  const bytes = Buffer.concat([...rows.map(rowPackets), eof(9)]);
  expect(readPieces(bytes, 2, () => 1).records).toEqual(readPieces(bytes, 2, () => bytes.length).records);
});

// A length of four bytes comes before: the packet is one byte shorter than it may be, or full.
test.each([0xff_ff_ff - 5, 0xff_ff_ff - 4])('a value of %i bytes continues in a second packet', (length) => {
  const special = 'ab"\n'.repeat(1_000);
  const given = special + 'x'.repeat(length - 2 * special.length) + special;
  const { records } = readPieces(Buffer.concat([rowPackets([given, 'end']), eof(9)]), 2, () => 1 << 16);
  expect(records[0]![0]!.length).toBe(given.length);
  expect(records[0]![0] === given).toBe(true);
  expect(records[1]).toEqual(['end']);
});

test('a value whose length has eight bytes is read', () => {
  const length = Buffer.alloc(9);
  length[0] = 0xfe;
  length.writeUIntLE(70_000, 1, 6);
  const row = packet(0, length, Buffer.from('y'.repeat(70_000)));
  expect(readPieces(Buffer.concat([row, eof(1)]), 1, () => 5_000).records).toEqual([['y'.repeat(70_000)]]);
});

test('bytes that are no rows end the scan', () => {
  const random = fc.uint8Array({ minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(random, fc.integer({ min: 1, max: 3 }), (bytes, columns) => {
      const reader = new RowReader(columns);
      try {
        reader.push(Buffer.from(bytes));
      } catch (error) {
        expect(error).toMatchObject({
          name: 'SessionError',
          code: expect.stringMatching(/^(protocol|too_much)$/),
        });
      }
    }),
  );
});
