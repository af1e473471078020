// Where things lie in the kernel's memory. Regions are virtual: the system gives memory to a page only when it is
// touched, so the large ones cost a small run nothing.

/** Values are hashed, looked up and written in batches of this many: enough to overlap the set's cache misses. */
export const BATCH: usize = 256;

/** A record that grows longer than this, in bytes, is no identifier of anybody: it is skipped as `too_long`. */
export const MAX_RECORD: usize = 16 << 20;

/** Vector loads and stores may run this far over the end of what they are meant for. */
const SLACK: usize = 256;

/** Static data of the compiler lies below. */
const START: usize = 64 << 10;

/** SHA-256: four message blocks, the batch slot of each, and the message schedule. */
export const BLOCKS: usize = START;
export const LANES: usize = BLOCKS + 4 * 64 + SLACK;
export const SCHEDULE: usize = LANES + SLACK;

/** The batch, one entry a value: 32 bytes that stand for the line, and where a line that is sent as it came lies. */
export const DIGESTS: usize = SCHEDULE + 64 * 16;
export const TEXTS: usize = DIGESTS + BATCH * 32;
export const TEXT_LENGTHS: usize = TEXTS + BATCH * 4;
export const FINGERPRINTS: usize = TEXT_LENGTHS + BATCH;
export const PARTITIONS: usize = FINGERPRINTS + BATCH * 8;
export const BUCKETS: usize = PARTITIONS + BATCH * 2;
export const FRESH: usize = BUCKETS + BATCH * 4;
/** Lines that the host wrote for values of the batch. */
export const HOST_TEXTS: usize = FRESH + BATCH;

/** Counters and samples, read by the host; see counts.as.ts. */
export const COUNTS: usize = HOST_TEXTS + BATCH * 64 + SLACK;
export const SAMPLES: usize = COUNTS + 32 * 8;

/** Phone numbers by their classes, written by the host; see national.as.ts. */
export const CLASS_STATES: usize = 8192;
export const CLASS_NEXT: usize = 256 << 10;
export const CLASS_RULES: usize = CLASS_NEXT + CLASS_STATES * 32;

/** Lines on their way to the file: while one buffer is filled, the others are written away. */
export const OUTPUT: usize = 1 << 20;
export const OUTPUT_SIZE: usize = 1 << 20;
export const OUTPUT_BUFFERS: usize = 4;

/** The value stream: the beginning of a record, and room to read on. */
export const INPUT: usize = OUTPUT + OUTPUT_BUFFERS * OUTPUT_SIZE + 4096;
export const INPUT_SIZE: usize = MAX_RECORD + (1 << 20);

/** The set of lines seen; see members.as.ts. */
export const SET: usize = INPUT + INPUT_SIZE + 4096;
