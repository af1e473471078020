/**
 * The port of a staging to its kernel. `kernel-threads.ts` runs the kernel in worker threads, so that reading, hashing and
 * writing overlap. `kernel-inline.ts` runs it in this thread, which starts faster and uses no timer and no thread. Both
 * give the same lines, counts and errors.
 */
import type { KernelCounts } from '../../../packages/identifiers/src/kernel/counts.ts';
import { LineupError } from '../../contracts/errors.ts';
import type { IdentifierType, IfaFormat } from '../../contracts/requests.ts';
import { sentence } from '../../contracts/sentence.ts';

/** What the kernel of one staging must know. */
export interface KernelOrder {
  readonly identifierType: IdentifierType;
  readonly ifaFormat: IfaFormat;
  readonly defaultCountry: string | undefined;
  readonly marked: boolean;
  readonly maxChunkRecords: number;
  readonly maxChunkBytes: number;
}

/** Where the lines go. */
export interface LineFiles {
  /** Appends complete lines to the current chunk. Do not change `lines` before the promise resolves. */
  write(lines: Uint8Array): Promise<void>;
  /** Completes the current chunk. */
  endChunk(records: number): Promise<void>;
}

export type StartKernel = (order: KernelOrder, files: LineFiles) => KernelRunner;

/** A kernel that runs, for one value stream. */
export interface KernelRunner {
  /** Resolves with the last counts when all lines are in the files. Rejects after a failure. */
  readonly ended: Promise<KernelCounts>;
  /** Takes bytes of the value stream, and waits for room. False when the kernel was stopped. */
  write(block: Uint8Array): Promise<boolean>;
  /** Ends the value stream. */
  end(): void;
  /**
   * Waits until all records so far are lines in the files. Only call it at the end of a record.
   * @returns the counts so far
   */
  drain(): Promise<KernelCounts>;
  /** The progress so far. Cheap enough for a display. */
  progress(): KernelProgress;
  /** Stops the kernel. A pending `write` returns, and no more lines arrive after this has resolved. */
  stop(): Promise<void>;
}

export interface KernelProgress {
  readonly rows: number;
  readonly scanned: number;
  readonly unique: number;
}

export const kernelFailed = (cause: unknown): LineupError =>
  new LineupError('internal', sentence`The staging worker failed.`, { cause });

export const kernelStopped = (): LineupError =>
  new LineupError('interrupted', sentence`The staging worker was stopped.`);
