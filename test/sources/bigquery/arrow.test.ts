/** The reader of Arrow against batches that Apache’s own library writes. */
import {
  Bool,
  type DataType,
  DateDay,
  Field,
  Float64,
  Int64,
  List,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  TimestampMicrosecond,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type ColumnType,
  columnsOf,
  type Storage,
  textAt,
} from '../../../src/sources/bigquery/arrow/columns.ts';
import { ArrowFault, readBatch, readSchema } from '../../../src/sources/bigquery/arrow/message.ts';
import { RecordWriter } from '../../../src/sources/bigquery/arrow/records.ts';
import { membersOf } from '../support/values.ts';

/** The messages for the schema and for one batch. */
function written(columns: readonly (readonly [DataType, readonly unknown[]])[]): [Uint8Array, Uint8Array] {
  const schema = new Schema(columns.map(([type], index) => new Field(`c${index}`, type, true)));
  const children = columns.map(([type, values]) => vectorFromArray([...values], type).data[0]!);
  const length = columns[0]![1].length;
  const data = makeData({ type: new Struct(schema.fields), length, children });
  const stream = RecordBatchStreamWriter.writeAll([new RecordBatch(schema, data)]).toUint8Array(true);
  const first = 8 + new DataView(stream.buffer, stream.byteOffset).getInt32(4, true);
  return [stream.subarray(0, first), stream.subarray(first, stream.length - 8)];
}

const text: ColumnType = { storage: 'text', list: false };
const texts: ColumnType = { storage: 'text', list: true };
const stringList = () => new List(new Field('item', new Utf8(), true));

const value = fc.option(
  fc.string({ unit: fc.constantFrom('a', '"', '\n', '\r', '+', '.', 'é', '山', '👩', '\0', ' ') }),
);

test('texts and lists come out as they went in', () => {
  const writer = new RecordWriter();
  fc.assert(
    fc.property(
      fc.array(fc.tuple(value, fc.array(value, { maxLength: 4 })), { minLength: 1, maxLength: 40 }),
      (rows) => {
        const plain = rows.map(([one]) => one);
        const lists = rows.map(([, many]) => many);
        const [schema, batch] = written([
          [new Utf8(), plain],
          [stringList(), lists],
        ]);
        expect(readSchema(schema)).toEqual(['c0', 'c1']);
        const [first, second] = columnsOf(readBatch(batch), [text, texts]);
        const stream = (column: typeof first) => Buffer.from(writer.write(column!));
        expect(membersOf(stream(first), false)).toEqual(plain.map((one) => [one ?? '']));
        expect(membersOf(stream(second), true)).toEqual(
          lists.map((many) => (many.length === 0 ? [''] : many.map((one) => one ?? ''))),
        );
      },
    ),
  );
});

test.each<[Storage, DataType, unknown[], string[]]>([
  ['int64', new Int64(), [0n, -5n, 9_007_199_254_740_993n, null], ['0', '-5', '9007199254740993', '']],
  ['float64', new Float64(), [819012345678, 0.5, Number.NaN, null], ['819012345678', '0.5', '', '']],
  ['bool', new Bool(), [true, false, null], ['true', 'false', '']],
  ['date', new DateDay(), [new Date('2026-02-20'), null], ['2026-02-20', '']],
  ['timestamp', new TimestampMicrosecond(), [Date.UTC(2026, 1, 20), null], ['2026-02-20T00:00:00.000Z', '']],
])('%s', (storage, type, values, expected) => {
  const [, batch] = written([[type, values]]);
  const [column] = columnsOf(readBatch(batch), [{ storage, list: false }]);
  expect(expected.map((_, row) => textAt(column!.values, row))).toEqual(expected);
});

test.each<[Storage, bigint, string]>([
  ['numeric', 819_012_345_678_000_000_000n, '819012345678'],
  ['numeric', -1_500_000_000n, '-1.5'],
  ['numeric', 1n, '0.000000001'],
  ['bignumeric', 10n ** 38n * 12n, '12'],
  ['bignumeric', -(10n ** 37n), '-0.1'],
])('%s %s', (storage, unscaled, expected) => {
  const bytes = new Uint8Array(storage === 'numeric' ? 16 : 32);
  let rest = BigInt.asUintN(bytes.length * 8, unscaled);
  for (let at = 0; at < bytes.length; at += 1, rest >>= 8n) bytes[at] = Number(rest & 255n);
  expect(textAt({ length: 1, valid: undefined, offsets: undefined, bytes, storage }, 0)).toBe(expected);
});

test('a damaged batch is refused or read, and nothing else happens', () => {
  const [, batch] = written([
    [new Utf8(), ['a@example.com', null, 'two\nlines']],
    [stringList(), [['a'], [], ['b', 'c']]],
  ]);
  const writer = new RecordWriter();
  const damage = fc.array(fc.tuple(fc.nat(batch.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(damage, fc.nat(batch.length), (changes, length) => {
      const copy = Uint8Array.from(batch);
      for (const [at, byte] of changes) copy[at] = byte;
      const given = length % 3 === 0 ? copy.subarray(0, length) : copy;
      try {
        for (const column of columnsOf(readBatch(given), [text, texts])) writer.write(column);
      } catch (error) {
        expect(error).toBeInstanceOf(ArrowFault);
      }
    }),
    { numRuns: 3_000 },
  );
});
