/** One delivery of a staging: its kernel, its files and its counts. */
import { isDeepStrictEqual } from 'node:util';
import type { ChunkFolder, RunFolder } from '../../contracts/ports.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { replay } from './checkpoint.ts';
import type { DeliveryCheckpoint } from './checkpoint-shape.ts';
import { ChunkFiles, headingBytes } from './chunk-files.ts';
import type { KernelOrder, KernelRunner } from './kernel-runner.ts';
import { threadedKernel } from './kernel-threads.ts';
import { Tally } from './tally.ts';
import type { LineRules, StageDelivery, Staged, StageProgress } from './types.ts';

/** The longest line: a hash and its LF. */
const MAX_LINE = 65;

export interface LaneOptions {
  /** How many lanes the staging has. */
  readonly kernels: number;
  readonly folder: ChunkFolder;
  /** How far an earlier process has come. */
  readonly from: DeliveryCheckpoint | undefined;
}

export class Lane {
  readonly chunkName: StageDelivery['chunkName'];
  readonly files: ChunkFiles;
  readonly tally: Tally;
  readonly #startKernel: NonNullable<StageDelivery['startKernel']>;
  readonly #order: KernelOrder;
  readonly #heading: Uint8Array;
  readonly #from: DeliveryCheckpoint | undefined;
  #kernel: KernelRunner | undefined;

  constructor(delivery: StageDelivery, { kernels, folder, from }: LaneOptions) {
    this.chunkName = delivery.chunkName;
    this.#startKernel = delivery.startKernel ?? threadedKernel;
    this.#order = orderOf(delivery, delivery.lists ?? 0, kernels);
    this.#heading = headingBytes(delivery.heading);
    this.files = new ChunkFiles(folder, delivery.chunkName, this.#heading, from?.chunks);
    this.tally = new Tally(this.#order, from);
    this.#from = from;
  }

  get kernel(): KernelRunner {
    if (!this.#kernel) throw new Error('a delivery begins with its kernel');
    return this.#kernel;
  }

  start(): KernelRunner {
    this.#kernel = this.#startKernel(this.#order, this.files);
    return this.#kernel;
  }

  /** The lines of the kernel that has ended, if somebody wants them. */
  readonly keptLines = (): Pick<Staged, 'lines'> => (this.#order.keepsLines ? { lines: this.kernel.keepLines() } : {});

  progress(): StageProgress {
    const { rows, scanned, unique } = this.kernel.progress();
    // The kernel counts the lines of a block while it writes them, and the values of the block after that.
    return this.tally.progress({ rows, scanned, unique: Math.min(unique, scanned) });
  }

  /** Waits until all records so far are lines in the files. */
  async drain(): Promise<DeliveryCheckpoint> {
    return { ...this.tally.totals(await this.kernel.drain()), chunks: this.files.parts };
  }

  /** Passes the lines of the checkpoint to the kernel. */
  async replay(folder: RunFolder, marked: boolean): Promise<void> {
    if (!this.#from) return;
    const { chunks } = this.#from;
    const parts = chunks.map(({ bytes }, n) => ({ name: this.chunkName(n + 1), bytes }));
    for await (const block of replay(folder, parts, this.#heading.length, marked)) {
      if (!(await this.kernel.write(block))) return;
    }
    this.tally.replayed(await this.kernel.drain());
    if (!isDeepStrictEqual(this.files.parts, chunks)) {
      throw new LineupError(
        'internal',
        sentence`The lines that were staged before differ from the new lines. Run the export again.`,
      );
    }
  }
}

/**
 * @param lists how many lists of people to leave out come before the audience
 * @param kernels how many kernels work on the scan
 */
export function orderOf(options: LineRules, lists: number, kernels: number): KernelOrder {
  const { holdOut } = options;
  const defaultCountry = options.identifierType === 'phone' ? options.defaultCountry : undefined;
  return {
    identifierType: options.identifierType,
    ifaFormat: options.ifaFormat,
    hashesInRawColumn: options.hashesInRawColumn,
    defaultCountry,
    presumedCountry: options.identifierType === 'phone' && !defaultCountry ? options.presumedCountry : undefined,
    lists,
    holdOut: holdOut && {
      experiment: holdOut.experiment,
      below: Math.floor((holdOut.share * 2 ** 32) / 100),
    },
    erased: options.erased,
    keepsLines: options.keepsLines,
    maxChunkRecords: options.maxChunkRecords,
    // The kernel does not know the heading.
    maxChunkBytes: options.maxChunkBytes - headingBytes(options.heading).length,
    kernels,
  };
}

/** @throws {LineupError} `invalid_argument` */
export function checkLimits({ heading, maxChunkRecords, maxChunkBytes }: LineRules): void {
  const least = MAX_LINE + headingBytes(heading).length;
  if (maxChunkRecords < 1 || maxChunkBytes < least) {
    throw new LineupError(
      'invalid_argument',
      sentence`A chunk must have room for at least one record of ${least} bytes, not ${maxChunkRecords} records and ${maxChunkBytes} bytes.`,
    );
  }
}
