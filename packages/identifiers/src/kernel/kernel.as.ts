// The kernel takes a value stream and gives the lines of chunk files. Its host is instance.ts, which explains their
// protocol. Several instances may share one memory and one stream.
import { completeDigests, emptyAccepted, keepAccepted, prepareAccepted } from './accepted.as';
import { beginCutting } from './cutter.as';
import { judgeErased } from './erased.as';
import { judgeHoldOut } from './hold-out.as';
import {
  CLASS_NEXT,
  CLASS_RULES,
  COUNTS,
  ERASED_KEYS,
  ERASED_PREFIX,
  ERASED_TABLE,
  EXPERIMENT,
  GROWTH,
  LIST,
  MALFORMED,
  SAMPLES,
} from './layout.as';
import { beginJudging, noteUnsent, prepareLeftOut } from './left-out.as';
import { emptyLines, prepareLines, writeBlock } from './lines.as';
import { completeLongMessages } from './long-messages.as';
import { emptyMembers, findNewIn, identifyAccepted, prepareMembers } from './members.as';
import { emptyCounts, emptyStreamCounts } from './outcomes.as';
import { enterSlot, slot, takeWorkspace, workspace } from './place.as';
import { takeRecords } from './records.as';
import { beginValues, prepareValues } from './values.as';
import { prepareWideCharacters } from './wide-characters.as';

export { cutBlock, inputEnd, inputRoom, moveToLong, nextSlot, takeInput } from './cutter.as';
export { compareHashes } from './compared.as';
export { setErased, takeErasureKey } from './erased.as';
export { setHoldOut } from './hold-out.as';
export { linesIn } from './left-out.as';
export { setClasses } from './national.as';
export { outputEnd, outputStart, recordsOfChunk, startChunk, writeTo } from './lines.as';
export { CLASS_NEXT, CLASS_RULES, COUNTS, ERASED_KEYS, ERASED_PREFIX, ERASED_TABLE, EXPERIMENT, SAMPLES };

/** Called once, before everything else. The instances of a team have different numbers, from 0. */
export function prepare(
  instance: usize, identifierType: i32, raw: bool, hashesInRaw: bool, country: bool, lists: bool, maxRecords: u32,
  maxBytes: u32,
): void {
  takeWorkspace(instance);
  prepareAccepted();
  prepareWideCharacters();
  prepareValues(identifierType, raw, hashesInRaw, country, lists);
  prepareMembers(lists);
  prepareLeftOut(lists);
  prepareLines(maxRecords, maxBytes);
}

/**
 * Called once, by one instance of the team, before any other work. The memory may be one that an earlier team has used.
 * False when there is not enough memory for an empty set.
 */
export function begin(): bool {
  if (!emptyMembers()) return false;
  emptyLines();
  return true;
}

/**
 * Begins a stream, on the instance that cuts: first each list, from 1, then the audience, 0. The streams before must
 * have ended, and all their blocks must have been written.
 */
export function beginStream(list: u32, marked: bool): void {
  emptyStreamCounts();
  beginCutting(list, marked);
}

/** Takes the values of the block in a slot. False when a value of a marked stream has no mark. */
export function hashBlock(index: usize): bool {
  enterSlot(index);
  emptyCounts();
  emptyAccepted();
  beginJudging();
  const isList = load<u32>(slot, LIST) != 0;
  beginValues(isList);
  takeRecords();
  completeDigests();
  completeLongMessages();
  keepAccepted();
  identifyAccepted();
  if (!isList) {
    judgeHoldOut();
    judgeErased();
    noteUnsent();
  }
  return load<u32>(slot, MALFORMED) == 0;
}

/**
 * Finds out which values of a hashed block are new, in one shard of the set. False when there is no memory left for it.
 */
export function findNew(index: usize, shard: i32, shardBits: i32): bool {
  enterSlot(index);
  return findNewIn(shard, shardBits);
}

/** Writes the new lines of a block, when all shards know them. */
export function writeLines(index: usize): i32 {
  enterSlot(index);
  return writeBlock();
}

/** Where `linesIn` puts what it finds. */
export function linesStart(): usize {
  return workspace + GROWTH;
}
