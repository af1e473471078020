/** How values of BigQuery are stored in Arrow, and what the schema of a session says about it. */
import type { FlatTable } from './flatbuffer.ts';

export const storages = [
  'text',
  'int64',
  'float64',
  'bool',
  'date',
  'timestamp',
  'datetime',
  'numeric',
  'bignumeric',
] as const;

export type Storage = (typeof storages)[number];

export interface ColumnType {
  readonly storage: Storage;
  readonly list: boolean;
}

/** A column as a session gives it. */
export interface SessionColumn {
  readonly name: string;
  /** Undefined for a type that Lineup does not read. */
  readonly type: ColumnType | undefined;
}

export const isSameType = (first: ColumnType | undefined, other: ColumnType | undefined): boolean =>
  first?.storage === other?.storage && first?.list === other?.list;

/** A field of a schema, as Arrow’s `Schema.fbs` describes it. */
export const columnIn = (field: FlatTable): SessionColumn => ({ name: field.text(0), type: typeIn(field) });

function typeIn(field: FlatTable): ColumnType | undefined {
  const list = kindOf(field) === LIST;
  const values = list ? field.tables(5)[0] : field;
  const storage = values && storageIn(values);
  return storage && { storage, list };
}

/** In the union `Type` of Arrow’s format. */
const INT = 2;
const FLOAT = 3;
const UTF8 = 5;
const BOOL = 6;
const DECIMAL = 7;
const DATE = 8;
const TIMESTAMP = 10;
const LIST = 12;

const kindOf = (field: FlatTable): number => field.byte(2);

function storageIn(field: FlatTable): Storage | undefined {
  const type = field.table(3);
  // A dictionary has only positions in its columns.
  if (!type || field.table(4)) return undefined;
  switch (kindOf(field)) {
    case UTF8:
      return 'text';
    case BOOL:
      return 'bool';
    case INT:
      return type.int32(0) === 64 && type.byte(1) === 1 ? 'int64' : undefined;
    case FLOAT:
      // Of double precision.
      return type.int16(0) === 2 ? 'float64' : undefined;
    case DATE:
      // In days, which is not the default.
      return type.has(0) && type.int16(0) === 0 ? 'date' : undefined;
    case TIMESTAMP:
      // In microseconds.
      if (type.int16(0) !== 2) return undefined;
      return type.text(1) === '' ? 'datetime' : 'timestamp';
    case DECIMAL:
      return decimalIn(type.int32(1), type.has(2) ? type.int32(2) : 128);
    default:
      return undefined;
  }
}

function decimalIn(scale: number, bits: number): Storage | undefined {
  if (bits === 128 && scale === 9) return 'numeric';
  return bits === 256 && scale === 38 ? 'bignumeric' : undefined;
}
