/**
 * Reads the messages of Arrow that BigQuery sends: the schema of a session, and batches of rows. Only what a scan
 * needs: the names and types of the columns, and their buffers. The values stay where they are.
 */
import { FlatTable } from './flatbuffer.ts';
import { columnIn, type SessionColumn } from './types.ts';

/** A message that is not as Arrow describes it. */
export class ArrowError extends Error {
  override readonly name = 'ArrowError';
}

/** In `MessageHeader` of Arrow’s format. */
const SCHEMA = 1;
const RECORD_BATCH = 3;

/** A batch of BigQuery has some thousands. A few bytes could claim many more. */
const MAX_ROWS = 10_000_000;

/** The columns, in the order of the batches. @throws {ArrowError} */
export function readSchema(bytes: Uint8Array): SessionColumn[] {
  return guarded(() => {
    const { header } = readMessage(bytes, SCHEMA);
    return header.tables(1).map(columnIn);
  });
}

/** A column, or the elements of a list: how many, and where the bytes are. */
export interface Node {
  readonly length: number;
  readonly nulls: number;
}

/** A batch of rows. Nodes and buffers are in the order of the columns, and a list comes before its elements. */
export interface Batch {
  readonly rows: number;
  readonly nodes: readonly Node[];
  readonly buffers: readonly Uint8Array[];
}

/** @throws {ArrowError} also for a compressed batch, because Lineup asks for none */
export function readBatch(bytes: Uint8Array): Batch {
  return guarded(() => {
    const { header, body } = readMessage(bytes, RECORD_BATCH);
    if (header.table(3)) throw new ArrowError('the batch is compressed');
    const buffers = header.pairs(2).map(([offset, length]) => {
      if (offset + length > body.length) throw new ArrowError('a buffer ends behind the message');
      return body.subarray(offset, offset + length);
    });
    const rows = header.int64(0);
    if (rows > MAX_ROWS) throw new ArrowError('the batch has too many rows');
    const nodes = header.pairs(1).map(([length, nulls]) => ({ length, nulls }));
    return { rows, nodes, buffers };
  });
}

/** A message has a mark, the length of its description, the description, and a body. */
function readMessage(bytes: Uint8Array, kind: number): { header: FlatTable; body: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Old writers leave the mark out.
  const start = view.getUint32(0, true) === 0xffffffff ? 8 : 4;
  const length = view.getInt32(start - 4, true);
  if (length <= 0 || start + length > bytes.length) throw new ArrowError('the message is too short');
  const message = FlatTable.root(bytes.subarray(start, start + length));
  const header = message.table(2);
  if (message.byte(1) !== kind || !header) throw new ArrowError('this is another kind of message');
  return { header, body: bytes.subarray(start + length) };
}

function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new ArrowError(error.message);
    throw error;
  }
}
