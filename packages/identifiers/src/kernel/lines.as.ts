// Writes the new lines into the output buffer, and cuts them into chunks.
import { emptyBatch } from './batch.as';
import { HASH_LENGTH, writeHex16 } from './hashes.as';
import { DIGESTS, FRESH, OUTPUT, OUTPUT_SIZE, TEXT_LENGTHS, TEXTS } from './layout.as';
import { count, DUPLICATES, UNIQUE } from './outcomes.as';

/** The host must first write the output to the file. */
export const OUTPUT_FULL: i32 = 1;
/** The same, and the next line belongs to the next chunk. */
export const CHUNK_FULL: i32 = 2;

let maxRecords: u32 = 0;
let maxBytes: u32 = 0;
let chunkRecords: u32 = 0;
let chunkBytes: u32 = 0;
let output: usize = OUTPUT;
let outputLength: usize = 0;
/** The next value of the batch to write. */
let cursor: usize = 0;

export function prepareLines(records: u32, bytes: u32): void {
  maxRecords = records;
  maxBytes = bytes;
}

/** The lines since `writeTo` are in `[outputStart(), outputEnd())`. */
export function outputStart(): usize {
  return output;
}

export function outputEnd(): usize {
  return output + outputLength;
}

/** Uses another buffer, which must be free, for the next lines. */
export function writeTo(buffer: usize): void {
  output = OUTPUT + buffer * OUTPUT_SIZE;
  outputLength = 0;
}

export function recordsOfChunk(): u32 {
  return chunkRecords;
}

export function startChunk(): void {
  chunkRecords = 0;
  chunkBytes = 0;
}

/** Writes the new lines of the batch. Returns 0 when the batch is done and empty, otherwise what the host must do first. */
export function writeLines(size: usize): i32 {
  for (; cursor < size; cursor++) {
    if (!load<u8>(FRESH + cursor)) {
      count(DUPLICATES);
      continue;
    }
    const textLength = <usize>load<u8>(TEXT_LENGTHS + cursor);
    const length = textLength ? textLength : HASH_LENGTH;
    if (chunkRecords == maxRecords || chunkBytes + <u32>length + 1 > maxBytes) return CHUNK_FULL;
    if (outputLength + length + 1 > OUTPUT_SIZE) return OUTPUT_FULL;
    const to = output + outputLength;
    if (textLength) memory.copy(to, <usize>load<u32>(TEXTS + cursor * 4), textLength);
    else {
      writeHex16(to, v128.load(DIGESTS + cursor * 32));
      writeHex16(to + 32, v128.load(DIGESTS + cursor * 32, 16));
    }
    store<u8>(to + length, 0x0a);
    outputLength += length + 1;
    chunkRecords++;
    chunkBytes += <u32>length + 1;
    count(UNIQUE);
  }
  cursor = 0;
  emptyBatch();
  return 0;
}
