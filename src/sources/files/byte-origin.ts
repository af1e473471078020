/**
 * Bytes of which no plain file is on this machine, for they are kept in somebody else's way (sealed, for one). They are read as
 * often as is wanted, and any part of them.
 */
export interface ByteOrigin {
  /** What messages call it; a sentence may begin with it. */
  readonly name: string;
  readonly size: number;
  /**
   * The bytes from `start` to before `end`; the whole by default. Each block is valid until the next is asked for.
   * @throws {LineupError} `source_*`
   */
  read(range: ByteRange, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface ByteRange {
  readonly start?: number;
  readonly end?: number;
}
