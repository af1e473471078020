// The layout of the kernel's memory. The system gives memory to a page only at its first use, so large regions cost
// a small run nothing.

/** How many values are hashed, looked up and written together: enough to overlap the cache misses of the set. */
export const BATCH: usize = 256;

/** The longest record, in bytes. A longer one cannot be an identifier and is skipped as `too_long`. */
export const MAX_RECORD: usize = 16 << 20;

/** How far vector loads and stores may reach beyond the end of a region. */
const SLACK: usize = 256;

/** The compiler's static data is below. */
const START: usize = 64 << 10;

/** SHA-256: four message blocks, the batch slot of each, the message schedule, and the state of each message. */
export const BLOCKS: usize = START;
export const LANES: usize = BLOCKS + 4 * 64 + SLACK;
export const SCHEDULE: usize = LANES + SLACK;
export const STATES: usize = SCHEDULE + 64 * 16;

/** The batch, one entry per value: 32 bytes that represent the line, and the place of a line that is sent unchanged. */
export const DIGESTS: usize = STATES + 8 * 16;
export const TEXTS: usize = DIGESTS + BATCH * 32;
export const TEXT_LENGTHS: usize = TEXTS + BATCH * 4;
export const FINGERPRINTS: usize = TEXT_LENGTHS + BATCH;
export const PARTITIONS: usize = FINGERPRINTS + BATCH * 8;
export const BUCKETS: usize = PARTITIONS + BATCH * 2;
export const FRESH: usize = BUCKETS + BATCH * 4;
/** Lines that the host wrote for values of the batch. */
export const HOST_TEXTS: usize = FRESH + BATCH;

/** Counters and samples, which the host reads; see outcomes.as.ts. */
export const COUNTS: usize = HOST_TEXTS + BATCH * 64 + SLACK;
export const SAMPLES: usize = COUNTS + 32 * 8;

/** The classes of phone numbers, which the host writes; see national.as.ts. */
export const CLASS_STATES: usize = 8192;
export const CLASS_NEXT: usize = 256 << 10;
export const CLASS_RULES: usize = CLASS_NEXT + CLASS_STATES * 32;

/** Long e-mail addresses, and those of other scripts than Latin; see wide-characters.as.ts and long-messages.as.ts. */
export const WIDE_PAGES: usize = CLASS_RULES + CLASS_STATES * 32;
export const WIDE_PAGES_KNOWN: usize = WIDE_PAGES + 256 * 512;
/** Of one message, a multiple of the block size. An address of 1000 bytes may become half as long again. */
export const LONG_MESSAGE: usize = 1536;
export const LONG_MESSAGES: usize = WIDE_PAGES_KNOWN + 256;
export const LONG_LANES: usize = LONG_MESSAGES + 4 * LONG_MESSAGE + SLACK;

/** Lines for the file. While the kernel fills one buffer, the host writes the others to the file. */
export const OUTPUT: usize = 1 << 20;
export const OUTPUT_SIZE: usize = 1 << 20;
export const OUTPUT_BUFFERS: usize = 4;

/** The value stream: the start of a record, and room for more bytes. */
export const INPUT: usize = OUTPUT + OUTPUT_BUFFERS * OUTPUT_SIZE + 4096;
export const INPUT_SIZE: usize = MAX_RECORD + (1 << 20);

/** The set of lines seen; see members.as.ts. */
export const SET: usize = INPUT + INPUT_SIZE + 4096;
