/**
 * What every source of an audience gives: its fields, a masked preview, and a scan of one field's values.
 */

import type { FileReading } from '../contracts/file-options.ts';
import type { Sentence } from '../contracts/sentence.ts';

/** One field of a source's members. */
export interface SourceField {
  readonly name: string;
  /** The source's own type name, e.g. `VARCHAR` or `VARCHAR[]`. */
  readonly type: string;
  /** A member may hold several values of this field. */
  readonly list: boolean;
}

/** One member in a preview: its values, masked so that no identifier can be read from them. */
export interface PreviewRow {
  readonly row: number;
  readonly values: readonly string[];
}

/**
 * A running scan of one field: a *value stream*, UTF-8 bytes in the form that DuckDB's and PostgreSQL's
 * `COPY … (FORMAT csv)` write for one column. One record a value, each ended by LF. A record that begins with
 * `"` runs to its closing quote, inner quotes doubled, and may hold LF and every other character; any other record is
 * the value as it stands. NULL and the empty string are an empty record (`""` is one too).
 *
 * `marked` streams carry members with several values: every value is preceded by one byte, `+` for the first
 * value of a member (a *row*) and `.` for each further one; in a quoted record the mark stands inside the quotes. A member
 * without any value is a lone `+`.
 */
export interface Scan {
  readonly marked: boolean;
  /** Byte blocks of any size, split anywhere. Each is valid until the next is asked for: its memory may be used again. */
  readonly blocks: AsyncIterable<Uint8Array>;
  /**
   * Settles when the source has given its last value: the end of the blocks alone does not mean success.
   * @throws {LineupError} `source_*` when the source failed on the way.
   */
  readonly finished: Promise<void>;
  /** How far the scan is, between 0 and 1, where the source can tell. */
  progress(): number | undefined;
  /**
   * Where a later scan could go on after the blocks given so far: a text that only the source understands, without
   * any member's data. Undefined where there is no such place, as inside a record. A source that cannot begin anywhere
   * but at its beginning has no such method.
   */
  place?(): string | undefined;
  /** Stops the scan if it still runs, ends the blocks, and frees everything. Safe to call twice. */
  close(): Promise<void>;
}

/** A set of members to export. */
export interface Source {
  /** What a person would call it, e.g. `members.csv`; no credentials in it. */
  readonly label: string;
  /** It can be scanned once only, as standard input can; a run that has to read it again cannot go on. @default false */
  readonly readOnce?: boolean;
  /** What a person should know before choosing a field, e.g. that the names are not the file's own. */
  readonly notice?: Sentence | undefined;
  /** Of files: how they are read. Of several it is told of the first. */
  readonly reading?: FileReading | undefined;
  /** All fields, in the source's order. */
  fields(signal?: AbortSignal): Promise<SourceField[]>;
  /** The first members' values of `field`, masked. */
  preview(field: string, limit: number, signal?: AbortSignal): Promise<PreviewRow[]>;
  /**
   * Begins a scan of `field`.
   * @param from a place that an earlier scan gave, to go on there; only for a source whose scans give places. One that
   * the source does not take any more ends the scan with `source_expired`.
   * @throws {LineupError} `field_not_found` names the fields there are and the nearest.
   */
  scan(field: string, signal?: AbortSignal, from?: string): Promise<Scan>;
  /** Frees what the source holds. */
  close(): Promise<void>;
}
