/**
 * The contract of every source of an audience: its fields, a masked preview, and a scan of one field's
 * values.
 */

import type { Sentence } from '../contracts/sentence.ts';
import type { FileReading } from '../contracts/sources.ts';

/** One field of a source's members. */
export interface SourceField {
  readonly name: string;
  /** The source's own type name, e.g. `VARCHAR` or `VARCHAR[]`. */
  readonly type: string;
  /** A member may hold several values of this field. */
  readonly list: boolean;
}

/** One member in a preview. The values are masked, so no identifier can be read from them. */
export interface PreviewRow {
  readonly row: number;
  readonly values: readonly string[];
}

/**
 * A running scan of one field. It gives a *value stream*: UTF-8 bytes in the form that DuckDB and PostgreSQL
 * write with `COPY … (FORMAT csv)` for one column. Each value is one record and ends with LF. A record that
 * begins with `"` runs to its closing quote. Inside, quotes are doubled, and LF and every other character are
 * allowed. Any other record is the plain value. NULL and the empty string are an empty record (`""` is one,
 * too).
 *
 * In a `marked` stream a member can have several values. Before each value stands one byte: `+` for the first
 * value of a member (a *row*), `.` for each further value. In a quoted record the mark is inside the quotes.
 * A member without a value is a single `+`.
 */
export interface Scan {
  readonly marked: boolean;
  /**
   * Blocks of bytes of any size. A record may be split between blocks. Each block is valid until the next one
   * is requested, because its memory may be used again.
   */
  readonly blocks: AsyncIterable<Uint8Array>;
  /**
   * Resolves after the last value of the source. The end of `blocks` alone does not mean success.
   * @throws {LineupError} `source_*` when the source failed before its end
   */
  readonly finished: Promise<void>;
  /** How much is done, between 0 and 1, when the source knows. */
  progress(): number | undefined;
  /**
   * Where a later scan could continue after the blocks given so far. Only the source understands this text,
   * and it contains no data of a member. Undefined when there is no such place, for example inside a record.
   * A source that can start only at its beginning has no such method.
   */
  place?(): string | undefined;
  /**
   * Stops the scan if it still runs, ends the blocks, and releases everything. A second call does nothing.
   */
  close(): Promise<void>;
}

/** A set of members to export. */
export interface Source {
  /** The name for people, e.g. `members.csv`. It contains no credentials. */
  readonly label: string;
  /**
   * The source can be scanned only once, like standard input. A run that must read it again fails. @default
   * false
   */
  readonly readOnce?: boolean;
  /** What a person should know before choosing a field, e.g. that the file has no header. */
  readonly notice?: Sentence | undefined;
  /** How the files are read. With several files, this describes the first one. */
  readonly reading?: FileReading | undefined;
  /** All fields, in the source's order. */
  fields(signal?: AbortSignal): Promise<SourceField[]>;
  /** The values of `field` for the first members, masked. */
  preview(field: string, limit: number, signal?: AbortSignal): Promise<PreviewRow[]>;
  /**
   * Starts a scan of `field`.
   * @param from a place that an earlier scan gave. Only for a source whose scans give places. If the source
   *   no longer accepts it, the scan ends with `source_expired`.
   * @throws {LineupError} `field_not_found`, with the names of the fields and the most similar one
   */
  scan(field: string, signal?: AbortSignal, from?: string): Promise<Scan>;
  /** Releases what the source holds. */
  close(): Promise<void>;
}
