// The kernel takes a value stream and gives the lines of chunk files. Its host is kernel.ts, which explains their protocol.
import { batchSize, completeDigests, prepareBatch } from './batch.as';
import { CLASS_NEXT, CLASS_RULES, COUNTS, SAMPLES } from './layout.as';
import { prepareLines, writeLines } from './lines.as';
import { completeLongMessages } from './long-messages.as';
import { findNew, prepareMembers } from './members.as';
import { isEnded, isMalformed, makeRoom, prepareRecords, takeRecords } from './records.as';
import { prepareValues } from './values.as';
import { prepareWideCharacters } from './wide-characters.as';

export { inputEnd, inputRoom, takeInput } from './records.as';
export { setClasses } from './national.as';
export { outputEnd, outputStart, recordsOfChunk, startChunk, writeTo } from './lines.as';
export { CLASS_NEXT, CLASS_RULES, COUNTS, SAMPLES };

// The statuses of `run`, in addition to OUTPUT_FULL and CHUNK_FULL of lines.as.ts.
const NEEDS_INPUT: i32 = 0;
const ENDED: i32 = 3;
const OUT_OF_MEMORY: i32 = 4;
const MALFORMED: i32 = 5;

let batchIsReady: bool = false;

/**
 * Called once, before everything else. The memory may be one that an earlier kernel has used. False when there is not enough
 * memory for an empty set.
 */
export function prepare(identifierType: i32, raw: bool, country: bool, marked: bool, maxRecords: u32, maxBytes: u32): bool {
  if (!prepareMembers()) return false;
  memory.fill(COUNTS, 0, SAMPLES - COUNTS);
  prepareBatch();
  prepareWideCharacters();
  prepareValues(identifierType, raw, country);
  prepareRecords(marked);
  prepareLines(maxRecords, maxBytes);
  return true;
}

/** Works until it needs something from the host, and says what. */
export function run(): i32 {
  while (true) {
    if (!batchIsReady) {
      takeRecords();
      if (isMalformed()) return MALFORMED;
      completeDigests();
      completeLongMessages();
      if (batchSize() == 0) {
        if (isEnded()) return ENDED;
        makeRoom();
        return NEEDS_INPUT;
      }
      if (!findNew(batchSize())) return OUT_OF_MEMORY;
      batchIsReady = true;
    }
    const status = writeLines(batchSize());
    if (status) return status;
    batchIsReady = false;
  }
}
