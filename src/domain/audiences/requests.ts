/**
 * What the command line asks of a scan or an export: validated, with defaults. Without Zod, for a quick start of
 * `fields` and `prepare`.
 */
import type { FileDelimiter } from '../files/file-names.ts';
import { issueText } from '../text/sentence.ts';
import type { HoldOut } from './hold-out.ts';

/** Of all destinations. What one of them takes is in its traits. */
export const identifierTypes = ['email', 'phone', 'ifa', 'line_user_id'] as const;
export type IdentifierType = (typeof identifierTypes)[number];

/** The types whose values may be hashed. LINE user ids are only sent as they are. */
export type HashedType = Exclude<IdentifierType, 'line_user_id'>;

export const LINE_USER_IDS_AS_THEY_ARE = issueText`LINE user IDs are sent as they are, so no database can hash them. Turn off hashing in the database.`;

export const ifaFormats = ['sha256', 'raw'] as const;
export type IfaFormat = (typeof ifaFormats)[number];

/** The kinds of advertising ids, where a destination must be told them apart: `kinds` of its traits in lower case. */
export const ifaKinds = ['idfa', 'aaid'] as const;
export type IfaKind = (typeof ifaKinds)[number];

export const exportModes = ['replace', 'append'] as const;
export type ExportMode = (typeof exportModes)[number];

/** A further identifier of the same members. */
export interface SiblingScan {
  readonly identifierType: IdentifierType;
  readonly field: string;
}

/** Exactly one of `audienceId`, `audienceName` and `shares` is given. */
export interface SiblingExport extends SiblingScan {
  readonly audienceId?: string;
  readonly audienceName?: string;
  /** It fills the audience of the first identifier. */
  readonly shares?: true;
}

/** How many further identifiers a job or run may have. */
export const MAX_SIBLINGS = 4;

/** The source of the members, and which of their values to export. */
export interface ScanRequest {
  /** Path, glob, URL, or `-` for standard input. */
  readonly source: string;
  readonly format?: string;
  readonly encoding?: string;
  readonly delimiter?: FileDelimiter;
  readonly header?: 'yes' | 'no';
  readonly field: string;
  readonly identifierType: IdentifierType;
  readonly ifaFormat: IfaFormat;
  readonly defaultCountry?: string;
  /** The country of the machine, for a warning about numbers that lack its country code. */
  readonly presumedCountry?: string | undefined;
  /** Further identifiers, with the same `ifaFormat` and `defaultCountry`. */
  readonly siblings?: readonly SiblingScan[];
  /** The people who are left out. */
  readonly suppress?: readonly SuppressSource[];
  /** The share of the members that is kept out. */
  readonly holdOut?: HoldOut;
  /** The database of the source judges and hashes the identifiers, so that none leaves it. */
  readonly hashInDatabase?: boolean;
  readonly chunkRecords: number;
  readonly chunkBytes: number;
}

/** A source of people who must not be in an audience. */
export interface SuppressSource {
  /** Path, glob, URL, … but not standard input. */
  readonly source: string;
  /** For the first identifier. */
  readonly field: string;
  /** For further identifiers, by type; null: it has none. Without an entry, it is that of the identifier. */
  readonly fields?: Readonly<Partial<Record<IdentifierType, string | null>>>;
  /** How much smaller than at its last read it may be, as a fraction. */
  readonly maxShrink: number;
}

/** Exactly one of `audienceId` and `audienceName` is given. */
export interface ExportRequest extends ScanRequest {
  readonly adAccountId: string;
  readonly audienceId?: string;
  readonly audienceName?: string;
  readonly siblings?: readonly SiblingExport[];
  readonly mode: ExportMode;
  readonly maxShrink: number;
  /** Only where members leave by age. */
  readonly memberDays?: number;
  readonly dryRun: boolean;
}

/** Threads that hash one stream. More would wait for the thread that reads the source and writes the files. */
export const MAX_THREADS = 8;

/** How many suppression lists may apply to one job or run, with those for all jobs. */
export const MAX_LISTS = 15;

/** How long a run waits for one upload job of LINE. After that, a person can resume the run. */
export const LONGEST_UPLOAD_JOB_MS = 6 * 3_600_000;

/** How many samples and previews of queries a person may see in an hour. */
export const QUERY_LOOKS_PER_HOUR = 20;

/** The longest name of an audience, in characters, over all destinations. Each says its own. */
export const MAX_AUDIENCE_NAME = 128;

/** The most days after which members leave an audience, over all destinations. Each says its own. */
export const MAX_MEMBER_DAYS = 180;

/** The days that a list gets without a schedule to choose by: few, because who opts out stays so long. */
export const USUAL_MEMBER_DAYS = 30;
