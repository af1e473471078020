import type { Clock } from '../../contracts/clock.ts';
import type { ChunkFolder, RunFolder } from '../../contracts/ports.ts';
import type { IdentifierType, IfaFormat } from '../../contracts/requests.ts';
import type { Scan } from '../../sources/source.ts';
import type { Checkpoint } from './checkpoint-shape.ts';

export interface StageOptions {
  readonly scan: Scan;
  readonly identifierType: IdentifierType;
  readonly ifaFormat: IfaFormat;
  /** ISO 3166-1 alpha-2, upper case; phones only. */
  readonly defaultCountry?: string;
  /** For the chunk files alone. */
  readonly folder: ChunkFolder;
  /** The name of chunk file `index`, which counts from 1. */
  readonly chunkName: (index: number) => string;
  readonly maxChunkRecords: number;
  readonly maxChunkBytes: number;
  /** Has what is staged kept for a later process, should this one be broken off; for a scan that gives its place. */
  readonly checkpoints?: CheckpointOptions;
  readonly signal?: AbortSignal;
  /** Called a few times a second. */
  readonly onProgress?: (progress: StageProgress) => void;
}

export interface CheckpointOptions {
  /** The one that the chunks go to. */
  readonly folder: RunFolder;
  /** Everything that decides which lines a scan gives. */
  readonly key: string;
  readonly now: Clock['now'];
  /** The least time between two of them, in ms: what a broken off scan loses. @default 1000 */
  readonly everyMs?: number;
  /** A usable one of the folder, at whose place the scan begins. */
  readonly from?: Checkpoint;
}

export interface StageProgress {
  readonly rows: number;
  readonly scanned: number;
  readonly unique: number;
  /** Between 0 and 1, where the source can tell. */
  readonly fraction?: number;
}

/** Every value has an outcome: `scanned = missing + Σ invalid + duplicates + unique`. */
export interface StageCounts {
  readonly rows: number;
  readonly scanned: number;
  readonly missing: number;
  /** By reason; only reasons that occurred. */
  readonly invalid: Readonly<Record<string, number>>;
  readonly prehashed: number;
  readonly hashed: number;
  /** Raw IFAs sent as they are. */
  readonly raw: number;
  readonly duplicates: number;
  readonly unique: number;
}

/** What the run warns of; all are counts of values. */
export interface StageFindings {
  /** Phones that begin with 0 once reduced to digits, with no default country given. */
  readonly phonesWithoutCountry: number;
  readonly uppercaseHashes: number;
  /** Phones sent without the `.0` that a spreadsheet had written behind them. */
  readonly phonesRepaired: number;
  /** Phones that are invalid because a spreadsheet wrote them with an exponent. */
  readonly phonesWithLostDigits: number;
  /** The first few row numbers of each reason: never the value. */
  readonly invalidRows: Readonly<Record<string, readonly number[]>>;
}

/** One staged file, complete on disk; `file` is its name within the directory. */
export interface StagedChunk {
  /** From 1. */
  readonly index: number;
  /** Its name in the directory. */
  readonly file: string;
  readonly records: number;
  readonly bytes: number;
  /** Hex digest of the file. */
  readonly sha256: string;
}

export interface Staged {
  readonly counts: StageCounts;
  readonly findings: StageFindings;
  readonly chunks: readonly StagedChunk[];
}
