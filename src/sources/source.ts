/**
 * The contracts of a source of an audience (its fields, a masked preview, and a scan of the values of some fields), and
 * of a provider, which is a kind of source. The command line and the service use a provider in the same way. The
 * command line takes credentials from the environment and allows every connection. The service uses the
 * credentials of an authorization and a guarded network.
 */

import type { NetworkAccess } from '../contracts/network.ts';
import type { FileReading, SourceAudiencePage } from '../contracts/sources.ts';
import type { HashedType } from '../domain/audiences/requests.ts';
import type { FileDelimiter } from '../domain/files/file-names.ts';
import type { Sentence } from '../domain/text/sentence.ts';
import type { PageRequest } from '../domain/values/paging.ts';
import type { Secret } from '../domain/values/secret.ts';

/** One field of a source's members. */
export interface SourceField {
  readonly name: string;
  /** The source's own type name, e.g. `VARCHAR` or `VARCHAR[]`. */
  readonly type: string;
  /** A member may hold several values of this field. */
  readonly list: boolean;
}

/** One member in a preview. No identifier can be read from the values, because they are masked. */
export interface PreviewRow {
  readonly row: number;
  readonly values: readonly string[];
}

/**
 * A running scan of one field or several. For each field it gives a *value stream*: UTF-8 bytes in the form that DuckDB
 * and PostgreSQL write with `COPY … (FORMAT csv)` for one column. Each value is one record and ends with LF. A record
 * that begins with `"` runs to its closing quote. Inside, quotes are doubled, and LF and every other character are
 * allowed. Any other record is the plain value. NULL and the empty string are an empty record (`""` is one, too).
 *
 * In a `marked` stream a member can have several values. Before each value stands one byte: `+` for the first
 * value of a member (a *row*), `.` for each further value. In a quoted record the mark is inside the quotes.
 * A member without a value is a single `+`.
 *
 * The streams of several fields come in turns, block by block. All of them have the same members in the same order.
 */
export interface Scan {
  /** Whether the stream of each field is marked, in the order of the fields. */
  readonly marked: readonly boolean[];
  /**
   * Blocks of bytes of any size. A record may be split between blocks. Each block is valid until the next one
   * is requested, because its memory may be used again.
   */
  readonly blocks: AsyncIterable<Uint8Array>;
  /**
   * Whether it reads a query. Then the numbers of its rows are not told, because its author decides which member has
   * which number.
   * @default false
   */
  readonly ofQuery?: boolean | undefined;
  /** To which field the block given last belongs: its index. */
  column(): number;
  /**
   * Resolves after the last value of the source. The end of `blocks` alone does not mean success.
   * @throws {LineupError} `source_*` when the source failed before its end
   */
  readonly finished: Promise<void>;
  /** How much is done, between 0 and 1, when the source knows. */
  progress(): number | undefined;
  /**
   * Where a later scan could continue after the blocks given so far. Only the source understands this text,
   * and it contains no data of a member. Undefined when there is no such place, for example inside a record, or
   * when one field has members that another one does not have yet.
   * A source that can start only at its beginning has no such method.
   */
  place?(): string | undefined;
  /**
   * Only of a scan of hashes: for each field, what the source has counted of the values that are not in the stream. It
   * is complete when `finished` has resolved.
   */
  judged?(): readonly JudgedValues[];
  /**
   * Stops the scan if it still runs, ends the blocks, and releases everything. A second call does nothing.
   */
  close(): Promise<void>;
}

/** A field whose values the source itself judges and hashes, by the rules for one identifier type. */
export interface HashedField {
  readonly field: string;
  readonly identifierType: HashedType;
  /** ISO 3166-1 alpha-2, in upper case. Only for phones. */
  readonly defaultCountry?: string | undefined;
  /** Without a default country: the numbers that lack the country code of this one are counted. */
  readonly presumedCountry?: string | undefined;
}

/** The reason for a value that a source cannot judge as the identifier rules do. */
export const NOT_HASHED = 'not_hashed_in_database';

/** What a source has counted of one field, when it judges the values itself. */
export interface JudgedValues {
  readonly missing: number;
  /** By reason, with `NOT_HASHED`. Contains only reasons that occurred. */
  readonly invalid: Readonly<Record<string, number>>;
  /** How many values of the stream the source has hashed. All others of the stream were hashes already. */
  readonly hashed: number;
  /** How many values are not the first one of their member. */
  readonly further: number;
  // As in the counts of the kernel.
  readonly leadingZero: number;
  readonly repaired: number;
  readonly digitsLost: number;
  readonly looksNational: number;
}

/** Makes a text of a value, from which nobody can read the value. */
export type ShowValue = (value: string) => string;

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
  /** Whether a person wrote it as a query, and so decides what its values tell. @default false */
  readonly isQuery?: boolean;
  /** All fields, in the source's order. */
  fields(signal?: AbortSignal): Promise<SourceField[]>;
  /**
   * The values of `field` for the first members.
   * @param show how a value of a query is shown. @default masked, as all other values are
   */
  preview(field: string, limit: number, signal?: AbortSignal, show?: ShowValue): Promise<PreviewRow[]>;
  /**
   * Starts a scan of one field or several different ones. Later scans with a place have the same fields.
   * @param from a place that an earlier scan gave. Only for a source whose scans give places. If the source
   *   no longer accepts it, the scan ends with `source_expired`.
   * @throws {LineupError} `field_not_found`, with the names of the fields and the most similar one
   */
  scan(fields: readonly string[], signal?: AbortSignal, from?: string): Promise<Scan>;
  /**
   * Starts a scan of hashes: the source itself trims, judges and hashes the values by the identifier rules, so no
   * identifier leaves it. The streams are not marked, and have each hash as often as it occurs; the scan has `judged`,
   * and no places. Only of sources that can do this.
   * @throws {LineupError} `field_not_found`, `field_type`
   */
  scanHashes?(fields: readonly HashedField[], signal?: AbortSignal): Promise<Scan>;
  /** Releases what the source holds. */
  close(): Promise<void>;
}

/** The configuration of an authorization, decrypted only while it is used. null for files. */
export type Credentials = Secret<Record<string, string>> | null;

/** One value of an authorization's configuration. Undefined when it has none. */
export const credential = (credentials: Credentials, key: string): string | undefined => credentials?.reveal()[key];

/** Which hosts a connection may go to, for a port. */
export type NetworkAt = (port: number) => NetworkAccess;

/** Where a provider works. */
export interface ProviderOptions {
  /**
   * The person who runs Lineup owns this machine, as on the command line. Then credentials may name files of it.
   * @default false
   */
  readonly ownMachine?: boolean;
  /** Credentials may be those of the machine: its environment, its profiles, its role in a cloud. @default false */
  readonly machineCredentials?: boolean;
  /** @default no guard, as on the command line */
  readonly networkAt?: NetworkAt;
}

/** How to read an audience that is a file. */
export interface ReadingOptions {
  /** `csv`, `tsv`, `xlsx`, `ndjson`, `parquet` or `lines`. @default by the name or the content */
  readonly format?: string | undefined;
  /**
   * For a text: any name of the WHATWG Encoding standard. @default by the byte order mark, or detected if it
   * is certain
   */
  readonly encoding?: string | undefined;
  /** Between the fields of a table. @default detected */
  readonly delimiter?: FileDelimiter | undefined;
  /** Whether the first row of a table holds the names of the columns. @default detected */
  readonly header?: 'yes' | 'no' | undefined;
  /** The most bytes that may come out of compressed files, in all. @default no limit, as for a run */
  readonly mostUnpacked?: number | undefined;
}

/** A host that a provider connects to. */
export interface SourceHost {
  /** What it is, for a person: `PostgreSQL source`. */
  readonly what: string;
  readonly host: string;
  readonly port: number;
  /** Whether the connection begins with TLS. */
  readonly tls: boolean;
  /** Whether it speaks HTTP, so that a proxy may lead there. @default false */
  readonly web?: boolean;
}

/** The result of credentials that work. */
export interface Verified {
  readonly works: Sentence;
  /**
   * What else the credentials allow, when the provider can tell. `more`: they allow more than Lineup needs.
   */
  readonly rights?: { readonly more: boolean; readonly text: Sentence };
}

/** How a trigger looks at a source, without reading its members. Each part is there when the source can do it. */
export interface SourceWatch {
  /**
   * What is there of the objects that an address names, as a short text: see `isNewerObject` of src/domain. Null when
   * there is none.
   * @throws {LineupError} `source_*`
   */
  object?(credentials: Credentials, audienceId: string, signal: AbortSignal): Promise<string | null>;
  /**
   * When a table was changed, as the database itself knows it. The table is not read.
   * @throws {LineupError} `source_*`; `source_unsupported` for a view or a query
   */
  metadata?(credentials: Credentials, audienceId: string, signal: AbortSignal): Promise<string | null>;
  /**
   * The query whose one value tells two states of the data apart, as an audience of the same source: the maximum of a
   * field of a table, or the field of a query. The text of the value does not depend on the time zone of the session,
   * and loses no fraction of a second.
   */
  select?(credentials: Credentials, given: Watchable, field: SourceField): string;
}

/** A table, or a query that a person wrote and that the source has accepted. */
export type Watchable = { readonly table: string } | { readonly query: string };

export interface SourceProvider {
  /** @throws {LineupError} `source_*`. The error never contains a credential. */
  open(credentials: Credentials, audienceId: string, signal: AbortSignal, options?: ReadingOptions): Promise<Source>;
  /** The audiences in a stable order. Only the provider understands its cursor. */
  audiences(
    credentials: Credentials,
    page: PageRequest & { search?: string },
    signal: AbortSignal,
  ): Promise<SourceAudiencePage>;
  /** Whether the id is one that `audiences` lists, and not a text that a person wrote (a query, a path). */
  lists(audienceId: string, credentials: Credentials): Promise<boolean>;
  /** Missing: no trigger can look at it. */
  readonly watch?: SourceWatch;
  /** Tests the credentials. @throws {LineupError} with a sentence about what is wrong */
  verify(credentials: Credentials, signal: AbortSignal): Promise<Verified>;
  /**
   * The hosts that it connects to, for a test of the network. Files have none of their own.
   * @throws {LineupError} `invalid_configuration`
   */
  hosts?(credentials: Credentials): readonly SourceHost[];
}
