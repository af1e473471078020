/** The reader of Arrow against batches that Apache’s own library writes. */
import {
  Table as ArrowTable,
  Bool,
  type DataType,
  DateDay,
  DateMillisecond,
  Decimal,
  Dictionary,
  Field,
  Float32,
  Float64,
  Int32,
  Int64,
  List,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  TimestampMicrosecond,
  TimestampMillisecond,
  Uint64,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnsOf, textAt } from '../../../src/sources/bigquery/arrow/columns.ts';
import { ArrowError, readBatch, readSchema } from '../../../src/sources/bigquery/arrow/message.ts';
import { RecordWriter } from '../../../src/sources/bigquery/arrow/records.ts';
import type { ColumnType, Storage } from '../../../src/sources/bigquery/arrow/types.ts';
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
        const plain = rows.map(([value]) => value);
        const lists = rows.map(([, many]) => many);
        const [schema, batch] = written([
          [new Utf8(), plain],
          [stringList(), lists],
        ]);
        expect(readSchema(schema)).toEqual([
          { name: 'c0', type: text },
          { name: 'c1', type: texts },
        ]);
        const [first, second] = columnsOf(readBatch(batch), [text, texts]);
        const stream = (column: typeof first) => Buffer.from(writer.write(column!));
        expect(membersOf(stream(first), false)).toEqual(plain.map((value) => [value ?? '']));
        expect(membersOf(stream(second), true)).toEqual(
          lists.map((many) => (many.length === 0 ? [''] : many.map((value) => value ?? ''))),
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

/** The type of a column in the schema that Apache’s library writes. */
function typeRead(type: DataType) {
  const stream = RecordBatchStreamWriter.writeAll(
    new ArrowTable(new Schema([new Field('c', type, true)])),
  ).toUint8Array(true);
  return readSchema(stream)[0]?.type;
}

test.each<[Storage, DataType]>([
  ['text', new Utf8()],
  ['int64', new Int64()],
  ['float64', new Float64()],
  ['bool', new Bool()],
  ['date', new DateDay()],
  ['timestamp', new TimestampMicrosecond('UTC')],
  ['datetime', new TimestampMicrosecond()],
  ['numeric', new Decimal(9, 38, 128)],
  ['bignumeric', new Decimal(38, 76, 256)],
])('the schema says that a column is %s', (storage, type) => {
  expect(typeRead(type)).toEqual({ storage, list: false });
  expect(typeRead(new List(new Field('item', type, true)))).toEqual({ storage, list: true });
});

test.each<[string, DataType]>([
  ['a narrow number', new Int32()],
  ['a number without a sign', new Uint64()],
  ['single precision', new Float32()],
  ['a decimal of another scale', new Decimal(2, 38, 128)],
  ['a date in milliseconds', new DateMillisecond()],
  ['a time in milliseconds', new TimestampMillisecond('UTC')],
  ['a dictionary', new Dictionary(new Utf8(), new Int32(), 1)],
  ['a list of lists', new List(new Field('item', stringList(), true))],
])('a type that is not read has no storage: %s', (_what, type) => {
  expect(typeRead(type)).toBeUndefined();
});

test('a batch with more columns than expected is refused', () => {
  const [, batch] = written([
    [new Utf8(), ['a']],
    [new Int64(), [1n]],
  ]);
  expect(() => columnsOf(readBatch(batch), [text])).toThrow(ArrowError);
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
        expect(error).toBeInstanceOf(ArrowError);
      }
    }),
    { numRuns: 3_000 },
  );
});
