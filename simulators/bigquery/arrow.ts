/**
 * Writes rows as messages of Arrow, with Apache’s own library: an independent judge of the code that reads them. A
 * writer of our own would take nothing out of an installation, because Google’s library for BigQuery depends on
 * Apache’s, too.
 */
import {
  Field as ArrowField,
  Table as ArrowTable,
  type Data,
  type DataType,
  Int64,
  List,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import type { Field, Table } from './tables.ts';

const valueType = ({ type }: Field): DataType => (type === 'INTEGER' ? new Int64() : new Utf8());

const typeOf = (field: Field): DataType =>
  field.mode === 'REPEATED' ? new List(new ArrowField('item', valueType(field), true)) : valueType(field);

const schemaOf = (fields: readonly Field[]): Schema =>
  new Schema(fields.map((field) => new ArrowField(field.name, typeOf(field), true)));

/** The message with the schema of these fields. */
export function schemaMessage(fields: readonly Field[]): Uint8Array {
  const [schema] = messages(RecordBatchStreamWriter.writeAll(new ArrowTable(schemaOf(fields))).toUint8Array(true));
  return schema!;
}

/** The message with the rows `from` to `to` of a table. */
export function batchMessage(table: Table, fields: readonly Field[], from: number, to: number): Uint8Array {
  const columns = table.slice(from, to, fields).map((values, index) => {
    const field = fields[index]!;
    const stored =
      field.type === 'INTEGER' ? values.map((value) => (value === null ? null : BigInt(Number(value)))) : values;
    return field.mode === 'REPEATED' || field.type === 'INTEGER'
      ? vectorFromArray(stored, typeOf(field)).data[0]!
      : textData(stored as (string | null)[]);
  });
  const schema = schemaOf(fields);
  const data = makeData({ type: new Struct(schema.fields), length: to - from, children: columns });
  const writer = RecordBatchStreamWriter.writeAll([new RecordBatch(schema, data)]);
  return messages(writer.toUint8Array(true))[1]!;
}

/** Texts without a list. Much faster than a builder that takes value by value. */
function textData(values: readonly (string | null)[]): Data<Utf8> {
  const valueOffsets = new Int32Array(values.length + 1);
  const nullBitmap = new Uint8Array(Math.ceil(values.length / 8));
  let nullCount = 0;
  let end = 0;
  for (const [index, value] of values.entries()) {
    if (value === null) nullCount += 1;
    else nullBitmap[index >> 3]! |= 1 << (index & 7);
    end += value === null ? 0 : Buffer.byteLength(value);
    valueOffsets[index + 1] = end;
  }
  const data = Buffer.from(values.map((value) => value ?? '').join(''));
  return makeData({ type: new Utf8(), length: values.length, nullCount, nullBitmap, valueOffsets, data });
}

/** Cuts a stream into its messages. Each has a mark, a length, a description of that length, and a body. */
function messages(stream: Uint8Array): Uint8Array[] {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  const found: Uint8Array[] = [];
  // The only bodies are those of batches, and there is one batch at most: its body runs to the mark of the end.
  const first = 8 + view.getInt32(4, true);
  found.push(stream.subarray(0, first));
  if (stream.length - 8 > first) found.push(stream.subarray(first, stream.length - 8));
  return found;
}
