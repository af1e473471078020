/**
 * The port of a staging to its kernel. `kernel-threads.ts` runs the kernel in worker threads, so that reading, hashing
 * and writing overlap. `kernel-inline.ts` runs it in this thread, which starts faster and uses no timer and no thread.
 * Both give the same lines, counts and errors.
 */
import type { KernelCounts, LeftOut } from '../../../packages/identifiers/src/kernel/counts.ts';
import type { ErasedPeople, HeldOutShare } from '../../../packages/identifiers/src/kernel/instance.ts';
import type { IdentifierType, IfaFormat } from '../../domain/audiences/requests.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';

/** What the kernel of one staging must know. */
export interface KernelOrder {
  readonly identifierType: IdentifierType;
  readonly ifaFormat: IfaFormat;
  /** @default true */
  readonly hashesInRawColumn?: boolean | undefined;
  readonly defaultCountry: string | undefined;
  /** Only without a default country. */
  readonly presumedCountry: string | undefined;
  /** How many lists of people to leave out come before the audience. */
  readonly lists: number;
  /** Nobody is held out without it. */
  readonly holdOut: HeldOutShare | undefined;
  /** Nobody is left out for good without it. */
  readonly erased?: ErasedPeople | undefined;
  /** Somebody will call `keepLines`. */
  readonly keepsLines?: boolean | undefined;
  readonly maxChunkRecords: number;
  readonly maxChunkBytes: number;
  /** How many kernels work on the same scan, this one included. They share the cores. */
  readonly kernels: number;
}

/** Where the lines go. */
export interface LineFiles {
  /** Appends complete lines to the current chunk. Do not change `lines` before the promise resolves. */
  write(lines: Uint8Array): Promise<void>;
  /** Completes the current chunk. */
  endChunk(records: number): Promise<void>;
}

export type StartKernel = (order: KernelOrder, files: LineFiles) => KernelRunner;

/** The counts of an audience. */
export interface KernelTotals extends KernelCounts {
  readonly leftOut: LeftOut;
}

/** A list of people to leave out, when the kernel has taken it. */
export interface ListTotals {
  readonly scanned: number;
  /** How many values are valid, with those that repeat. */
  readonly size: number;
  /** How many of them were hashed already. */
  readonly prehashed: number;
  /** Equal for equal lists, and with near certainty only for them. */
  readonly sum: string;
}

/** A kernel that runs, for the value streams of an order: first its lists, one after another, then the audience. */
export interface KernelRunner {
  /** Resolves with the last counts when all lines are in the files. Rejects after a failure. */
  readonly ended: Promise<KernelTotals>;
  /** Begins the next list. */
  beginList(marked: boolean): Promise<void>;
  /** Ends the list. */
  endList(): Promise<ListTotals>;
  /** Begins the audience. */
  beginAudience(marked: boolean): Promise<void>;
  /** Takes bytes of the value stream, and waits for room. False when the kernel was stopped. */
  write(block: Uint8Array): Promise<boolean>;
  /** Ends the audience. */
  end(): void;
  /**
   * Waits until all records so far are lines in the files. Only call it at the end of a record.
   * @returns the counts so far
   */
  drain(): Promise<KernelTotals>;
  /** The progress so far. Cheap enough for a display. */
  progress(): KernelProgress;
  /** The lines of the audience, after it has ended and before `stop`. */
  keepLines(): LineSet;
  /** Stops the kernel. A pending `write` returns, and no more lines arrive after this has resolved. */
  stop(): Promise<void>;
}

/** What identifies the lines of an audience. It keeps the memory of a kernel that has ended. */
export interface LineSet {
  /** Those in a partition of the set; see `KernelInstance.linesIn`. @throws {Error} after `release` */
  linesIn(partition: number): Uint8Array;
  /** Gives the memory to the next kernel. */
  release(): void;
}

export interface KernelProgress {
  readonly rows: number;
  readonly scanned: number;
  readonly unique: number;
}

/** What a kernel tells of the list that it took last. */
export function listTotals(kernel: { counts(): KernelCounts; listSum(): string }): ListTotals {
  const { scanned, prehashed, hashed, raw } = kernel.counts();
  return { scanned, size: prehashed + hashed + raw, prehashed, sum: kernel.listSum() };
}

export const kernelFailed = (cause: unknown): LineupError =>
  new LineupError('internal', sentence`The staging worker failed.`, { cause });

export const kernelStopped = (): LineupError =>
  new LineupError('interrupted', sentence`The staging worker was stopped.`);

/** @param giveBack gives the memory of the kernel to the next one */
export function lineSet(kernel: Pick<LineSet, 'linesIn'>, giveBack: () => void): LineSet {
  let isReleased = false;
  return {
    linesIn: (partition) => {
      if (isReleased) throw new Error('the memory of the lines belongs to another kernel by now');
      return kernel.linesIn(partition);
    },
    release: () => {
      if (!isReleased) giveBack();
      isReleased = true;
    },
  };
}
