// The layout of the kernel's memory, which all instances of a team share. The system gives memory to a page only at its
// first use, so large regions cost a small run nothing.

/** How many values are looked up together: enough to overlap the cache misses of the set. */
export const BATCH: usize = 256;

/** The longest record, in bytes. A longer one cannot be an identifier and is skipped as `too_long`. */
export const MAX_RECORD: usize = 16 << 20;

/** A block of the value stream has whole records. One record alone may be longer than this. */
export const BLOCK_SIZE: usize = 128 << 10;

/** More values than a block can have: an accepted value and its LF take at least six bytes. */
const MAX_VALUES: usize = 32 << 10;

/** As in instance.ts. */
const INSTANCES: usize = 9;
const SLOTS: usize = 24;

/** How many reasons there are to refuse a value, and how many row numbers are kept for each; see outcomes.as.ts. */
export const REASONS: usize = 7;
export const SAMPLE: usize = 10;

/** How far vector loads and stores may reach beyond the end of a region. */
const SLACK: usize = 256;

/** The compiler's static data is below. Every instance writes the same two tables; see accepted.as.ts. */
export const KEEP: usize = 64 << 10;
export const MARK: usize = KEEP + 128;

/**
 * The state of the writer, and the counts and samples of all blocks written, which the host reads; see outcomes.as.ts.
 */
export const WRITER: usize = MARK + 128;
export const COUNTS: usize = WRITER + 256;
export const SAMPLES: usize = COUNTS + 64 * 8;

/** The name of the experiment of a hold-out, which the host writes; see hold-out.as.ts. */
export const EXPERIMENT: usize = SAMPLES + REASONS * SAMPLE * 8;

/** The classes of phone numbers, which the host writes; see national.as.ts. */
export const CLASS_STATES: usize = 8192;
export const CLASS_NEXT: usize = 256 << 10;
export const CLASS_RULES: usize = CLASS_NEXT + CLASS_STATES * 32;

/** Lines for the file. While the kernel fills one buffer, the host writes the others to the file. */
export const OUTPUT: usize = 1 << 20;
export const OUTPUT_SIZE: usize = 1 << 20;
export const OUTPUT_BUFFERS: usize = 4;

/** One record that is longer than a block, and what has come after it. */
export const LONG: usize = OUTPUT + OUTPUT_BUFFERS * OUTPUT_SIZE + 4096;
export const LONG_SIZE: usize = MAX_RECORD + 2 * BLOCK_SIZE;

/**
 * People whom every run leaves out, which the host writes: the blocks of the key, the states after them, what comes
 * before a hash, and a table of keyed hashes; see erased.as.ts.
 */
export const ERASED_KEYS: usize = LONG + LONG_SIZE + 4096;
export const ERASED_STATES: usize = ERASED_KEYS + 2 * 64;
export const ERASED_PREFIX: usize = ERASED_STATES + 2 * 8 * 16;
export const ERASED_TABLE: usize = ERASED_PREFIX + 64;
/** As in instance.ts. */
export const ERASED_SLOTS: usize = 128 << 10;

// The workspace of an instance, from its address on.

/** SHA-256: four message blocks, where the digest of each goes, the message schedule, and the state of each message. */
export const MESSAGES: usize = 0;
export const LANES: usize = MESSAGES + 4 * 64 + SLACK;
export const SCHEDULE: usize = LANES + SLACK;
export const STATES: usize = SCHEDULE + 64 * 16;
/** Of one long message, a multiple of the block size. An address of 1000 bytes may become half as long again. */
export const LONG_MESSAGE: usize = 1536;
export const LONG_MESSAGES: usize = STATES + 8 * 16;
export const LONG_LANES: usize = LONG_MESSAGES + 4 * LONG_MESSAGE + SLACK;
/** The values that are looked up together, and their buckets; see members.as.ts. */
export const ENTRIES: usize = LONG_LANES + SLACK;
export const BUCKETS: usize = ENTRIES + BATCH * 2;
/** Characters of other scripts than Latin; see wide-characters.as.ts. */
export const WIDE_PAGES_KNOWN: usize = BUCKETS + BATCH * 4;
export const WIDE_PAGES: usize = WIDE_PAGES_KNOWN + 256;
/** The fingerprints of a partition while it grows: up to 256 pages. */
export const GROWTH: usize = WIDE_PAGES + 256 * 512;
const WORKSPACE_SIZE: usize = GROWTH + (1 << 20) + SLACK;

// A slot has one block of the stream and what becomes of it, from its address on.

/** Where the block's bytes are (4 bytes each), and the first byte of a record that was skipped. */
export const BLOCK_START: usize = 0;
export const BLOCK_END: usize = 4;
export const SKIPPED: usize = 8;
/** How many values were accepted, and whether a marked stream had a value without a mark (4 bytes each). */
export const ACCEPTED_SIZE: usize = 12;
export const MALFORMED: usize = 16;
/** Which list the block belongs to, or 0 for the audience, and whether its values have marks (4 bytes each). */
export const LIST: usize = 20;
export const MARKED: usize = 24;
/** Whether the values to leave out are counted (4 bytes). */
export const JUDGED: usize = 28;
/** How many accepted values are left out (4 bytes). */
export const LEFT_OUT: usize = 32;
export const SLOT_COUNTS: usize = 64;
export const SLOT_SAMPLES: usize = SLOT_COUNTS + (SAMPLES - COUNTS);
export const INPUT: usize = SLOT_SAMPLES + REASONS * SAMPLE * 8 + SLACK;
/** For each accepted value: 32 bytes that represent its line, and the place of a line that is sent unchanged. */
export const DIGESTS: usize = INPUT + BLOCK_SIZE + 64 + SLACK;
export const TEXTS: usize = DIGESTS + MAX_VALUES * 32;
export const TEXT_LENGTHS: usize = TEXTS + MAX_VALUES * 4;
/** What identifies it in the set, and whether it is new there; see members.as.ts. */
export const FINGERPRINTS: usize = TEXT_LENGTHS + MAX_VALUES;
export const PARTITIONS: usize = FINGERPRINTS + MAX_VALUES * 8;
export const FRESH: usize = PARTITIONS + MAX_VALUES * 2;
/** Whether it is held out. */
export const HELD_OUT_FLAGS: usize = FRESH + MAX_VALUES;
/** Whether it is left out for good. */
export const ERASED_FLAGS: usize = HELD_OUT_FLAGS + MAX_VALUES;
const SLOT_SIZE: usize = ERASED_FLAGS + MAX_VALUES + 4096;

const WORKSPACES: usize = ERASED_TABLE + ERASED_SLOTS * 16 + 4096;
const FIRST_SLOT: usize = WORKSPACES + INSTANCES * WORKSPACE_SIZE;

/** The set of lines seen; see members.as.ts. */
export const SET: usize = FIRST_SLOT + SLOTS * SLOT_SIZE;

@inline
export function workspaceOf(instance: usize): usize {
  return WORKSPACES + instance * WORKSPACE_SIZE;
}

@inline
export function slotAt(index: usize): usize {
  return FIRST_SLOT + index * SLOT_SIZE;
}
