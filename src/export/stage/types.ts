import type { ErasedPeople } from '../../../packages/identifiers/src/kernel/instance.ts';
import type { ChunkFolder, Clock, RunFolder } from '../../contracts/ports.ts';
import type { HoldOut } from '../../domain/audiences/hold-out.ts';
import type { IdentifierType, IfaFormat } from '../../domain/audiences/requests.ts';
import type { Scan } from '../../sources/source.ts';
import type { Checkpoint } from './checkpoint-shape.ts';
import type { KernelOrder, LineSet, StartKernel } from './kernel-runner.ts';

/** Which lines a staging makes of which values. */
export interface LineRules {
  readonly identifierType: IdentifierType;
  readonly ifaFormat: IfaFormat;
  /** Whether the destination takes hashes among raw advertising ids. @default true */
  readonly hashesInRawColumn?: boolean | undefined;
  /** ISO 3166-1 alpha-2, in upper case. Only for phones. */
  readonly defaultCountry?: string | undefined;
  /** Without a default country, the numbers of this country that lack its country code are counted. */
  readonly presumedCountry?: string | undefined;
  /** The share of the members that gets no lines. */
  readonly holdOut?: HoldOut | undefined;
  /** People who get no lines because they asked for it. */
  readonly erased?: ErasedPeople | undefined;
  /** Whether `Staged` has the set of the lines. @default false */
  readonly keepsLines?: boolean | undefined;
  /** The first line of each file. It is no record, and belongs to the bytes and the digest. @default none */
  readonly heading?: string | undefined;
  readonly maxChunkRecords: number;
  readonly maxChunkBytes: number;
}

/** The file name of chunk `index`, from 1. */
export type ChunkName = (index: number) => string;

/** Where the lines of one field go. */
export interface StageDelivery extends LineRules {
  /** The names of its files. No two deliveries have a common one. */
  readonly chunkName: ChunkName;
  /** Runs its kernel. @default in worker threads */
  readonly startKernel?: StartKernel | undefined;
  /** How many lists of people to leave out the kernel has read before. @default none */
  readonly lists?: KernelOrder['lists'] | undefined;
}

export interface StageOptions {
  readonly scan: Scan;
  /** For the fields of the scan, in their order. */
  readonly deliveries: readonly StageDelivery[];
  /** Contains only the chunk files. */
  readonly folder: ChunkFolder;
  /** Keeps checkpoints for a later process, if the scan gives its place. */
  readonly checkpoints?: CheckpointOptions;
  readonly signal?: AbortSignal;
  /** Called a few times a second. */
  readonly onProgress?: (progress: StageProgress) => void;
  /** For the time between two calls of `onProgress`. */
  readonly clock: Pick<Clock, 'sleep'>;
}

export interface CheckpointOptions {
  /** The folder of the chunks. */
  readonly folder: RunFolder;
  /** Everything that decides which lines a scan gives. */
  readonly key: string;
  readonly now: Clock['now'];
  /** The least time by `now` between two checkpoints, in ms: an interruption loses this much work. @default 1000 */
  readonly everyMs?: number;
  /** A usable checkpoint of the folder. The scan starts at its place. */
  readonly from?: Checkpoint;
}

export interface StageProgress {
  readonly rows: number;
  /** Of all deliveries together. */
  readonly scanned: number;
  readonly unique: number;
  /** Between 0 and 1, when the source knows. */
  readonly fraction?: number;
}

/** Each value has one outcome: `scanned = missing + Σ invalid + suppressed + held_out + duplicates + unique`. */
export interface StageCounts {
  readonly rows: number;
  readonly scanned: number;
  readonly missing: number;
  /** By reason. Contains only reasons that occurred. */
  readonly invalid: Readonly<Record<string, number>>;
  readonly prehashed: number;
  readonly hashed: number;
  /** IFAs that are sent unchanged. */
  readonly raw: number;
  readonly duplicates: number;
  readonly unique: number;
  /** On a list of people to leave out, or on the erasure list. Missing without lists. */
  readonly suppressed?: number | undefined;
  /** Kept out for an experiment. Missing without one. */
  readonly held_out?: number | undefined;
}

/** Counts of values, for warnings. */
export interface StageFindings {
  /** Phones whose digits begin with 0. */
  readonly phonesWithoutCountry: number;
  readonly uppercaseHashes: number;
  /** Phones sent without the `.0` that a spreadsheet had added. */
  readonly phonesRepaired: number;
  /** Phones that are invalid because a spreadsheet wrote them with an exponent. */
  readonly phonesWithLostDigits: number;
  /** Phones that lack the country code of the presumed country, and do not begin with 0. */
  readonly phonesLookingNational: number;
  /** The numbers of the first rows for each reason. Never a value. */
  readonly invalidRows: Readonly<Record<string, readonly number[]>>;
}

/** One complete file on the disk. */
export interface StagedChunk {
  /** From 1. */
  readonly index: number;
  /** Its name in the folder. */
  readonly file: string;
  readonly records: number;
  readonly bytes: number;
  /** The digest of the file, in hexadecimal. */
  readonly sha256: string;
}

/** What was staged for one delivery. */
export interface Staged {
  readonly counts: StageCounts;
  readonly findings: StageFindings;
  readonly chunks: readonly StagedChunk[];
  /** What identifies its lines, with `keepsLines`. Its user releases it. */
  readonly lines?: LineSet | undefined;
  /** `suppressed` by list, in their order. A value on several lists counts for the first. Missing without lists. */
  readonly suppressedBy?: readonly number[] | undefined;
  /** How many of `suppressed` are on the erasure list, and on no other one. Missing without it. */
  readonly erased?: number | undefined;
}
