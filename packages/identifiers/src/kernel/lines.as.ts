// Writes the new lines into the output buffer, and cuts them into chunks. The blocks come in the order of the stream,
// from any instance but one at a time, so the state is in the shared memory.
import { HASH_LENGTH, writeHex16 } from './hashes.as';
import {
  ACCEPTED_SIZE,
  DIGESTS,
  FRESH,
  LEFT_OUT,
  LIST,
  OUTPUT,
  OUTPUT_SIZE,
  TEXT_LENGTHS,
  TEXTS,
  WRITER,
} from './layout.as';
import { leaveOut, takeList } from './left-out.as';
import { add, addCounts, DUPLICATES, UNIQUE } from './outcomes.as';
import { slot } from './place.as';

/** The block is written. */
const WRITTEN: i32 = 0;
/** The host must first write the output to the file. */
const OUTPUT_FULL: i32 = 1;
/** The same, and the next line belongs to the next chunk. */
const CHUNK_FULL: i32 = 2;

/** What the current chunk has (4 bytes each). */
const CHUNK_RECORDS: usize = WRITER;
const CHUNK_BYTES: usize = WRITER + 4;
/** The current output buffer, and how much of it is full (4 bytes each). */
const BUFFER: usize = WRITER + 8;
const BUFFER_LENGTH: usize = WRITER + 12;
/** The next value of the block. */
const CURSOR: usize = WRITER + 16;

let maxRecords: u32 = 0;
let maxBytes: u32 = 0;

export function prepareLines(records: u32, bytes: u32): void {
  maxRecords = records;
  maxBytes = bytes;
}

export function emptyLines(): void {
  memory.fill(WRITER, 0, 64);
  writeTo(0);
}

/** The lines since `writeTo` are in `[outputStart(), outputEnd())`. */
export function outputStart(): usize {
  return <usize>load<u32>(BUFFER);
}

export function outputEnd(): usize {
  return outputStart() + <usize>load<u32>(BUFFER_LENGTH);
}

/** Uses another buffer, which must be free, for the next lines. */
export function writeTo(buffer: usize): void {
  store<u32>(BUFFER, <u32>(OUTPUT + buffer * OUTPUT_SIZE));
  store<u32>(BUFFER_LENGTH, 0);
}

export function recordsOfChunk(): u32 {
  return load<u32>(CHUNK_RECORDS);
}

export function startChunk(): void {
  store<u32>(CHUNK_RECORDS, 0);
  store<u32>(CHUNK_BYTES, 0);
}

/** Writes the new lines of the slot's block. Returns `WRITTEN`, or what the host must do before this goes on. */
export function writeBlock(): i32 {
  if (load<u32>(slot, LIST)) {
    takeList();
    addCounts();
    return WRITTEN;
  }
  leaveOut();
  const size = <usize>load<u32>(slot, ACCEPTED_SIZE);
  const first = <usize>load<u32>(CURSOR);
  const output = outputStart();
  let outputLength = <usize>load<u32>(BUFFER_LENGTH);
  let chunkRecords = load<u32>(CHUNK_RECORDS), chunkBytes = load<u32>(CHUNK_BYTES);
  let status = WRITTEN, unique: u64 = 0;
  let cursor = first;
  for (; cursor < size; cursor++) {
    if (load<u8>(slot + cursor, FRESH) != 1) continue;
    const textLength = <usize>load<u8>(slot + cursor, TEXT_LENGTHS);
    const length = textLength ? textLength : HASH_LENGTH;
    if (chunkRecords == maxRecords || chunkBytes + <u32>length + 1 > maxBytes) status = CHUNK_FULL;
    else if (outputLength + length + 1 > OUTPUT_SIZE) status = OUTPUT_FULL;
    if (status) break;
    const to = output + outputLength;
    if (textLength) memory.copy(to, <usize>load<u32>(slot + cursor * 4, TEXTS), textLength);
    else {
      const digest = slot + DIGESTS + cursor * 32;
      writeHex16(to, v128.load(digest));
      writeHex16(to + 32, v128.load(digest, 16));
    }
    store<u8>(to + length, 0x0a);
    outputLength += length + 1;
    chunkRecords++;
    chunkBytes += <u32>length + 1;
    unique++;
  }
  store<u32>(BUFFER_LENGTH, <u32>outputLength);
  store<u32>(CHUNK_RECORDS, chunkRecords);
  store<u32>(CHUNK_BYTES, chunkBytes);
  add(UNIQUE, unique);
  add(DUPLICATES, <u64>(cursor - first) - unique);
  store<u32>(CURSOR, status ? <u32>cursor : 0);
  if (status) return status;
  // They were counted as duplicates, too.
  add(DUPLICATES, 0 - <u64>load<u32>(slot, LEFT_OUT));
  addCounts();
  return WRITTEN;
}
