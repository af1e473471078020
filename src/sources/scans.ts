/**
 * Scans: how one is made of blocks of bytes, and the only place that opens and closes one. Callers pass their work as a
 * function, so they cannot forget to close a scan, or close one that is still in use.
 */
import { LineupError } from '../domain/errors/errors.ts';
import { sentence } from '../domain/text/sentence.ts';
import type { HashedField, Scan, Source } from './source.ts';

/**
 * Runs the work on a scan that starts at the place `from`, or at the beginning. Closes the scan afterwards.
 */
export type WithScan = <T>(from: string | undefined, work: (scan: Scan) => Promise<T>) => Promise<T>;

/** How a scan of an open source begins. @param from as of `Source.scan` */
export type OpenScan = (source: Source, signal?: AbortSignal, from?: string) => Promise<Scan>;

/** Scans the values of the fields. */
export const valuesOf =
  (fields: readonly string[]): OpenScan =>
  (source, signal, from) =>
    source.scan(fields, signal, from);

/** Scans hashes that the source makes of the fields. @throws {LineupError} `source_unsupported` when it cannot */
export const hashesOf =
  (fields: readonly HashedField[]): OpenScan =>
  async (source, signal) => {
    if (source.scanHashes) return source.scanHashes(fields, signal);
    throw new LineupError(
      'source_unsupported',
      sentence`${source.label} cannot hash its values itself. Choose an audience of a database, or do without hashing in the database.`,
    );
  };

/** The scans of an open source, one after another. */
export class Scans {
  readonly #source: Source;
  readonly #openScan: OpenScan;
  readonly #signal: AbortSignal | undefined;
  #ahead: Scan | undefined;

  constructor(source: Source, openScan: OpenScan, signal?: AbortSignal) {
    this.#source = source;
    this.#openScan = openScan;
    this.#signal = signal;
  }

  /**
   * Opens the first scan before the work starts, so that a wrong field is reported early. Standard input can
   * be read only once, so the work gets this scan.
   * @throws {LineupError} as `Source.scan`
   */
  async openAhead(): Promise<void> {
    this.#ahead = await this.#openScan(this.#source, this.#signal);
  }

  readonly with: WithScan = async (from, work) => {
    const scan = this.#ahead ?? (await this.#openScan(this.#source, this.#signal, from));
    this.#ahead = undefined;
    try {
      return await work(scan);
    } finally {
      await scan.close();
    }
  };

  /** Closes a scan that `openAhead` opened and no work has used. */
  async close(): Promise<void> {
    await this.#ahead?.close();
    this.#ahead = undefined;
  }
}

/**
 * Opens the source for each scan and closes it afterwards. So no connection stays open during the upload,
 * which may take hours.
 */
export const scansOfSource =
  (open: () => Promise<Source>, openScan: OpenScan, signal: AbortSignal): WithScan =>
  async (from, work) => {
    const source = await open();
    try {
      return await new Scans(source, openScan, signal).with(from, work);
    } finally {
      await source.close();
    }
  };

/**
 * The scans of a source that is open, until it expires: the version that it was opened for is gone. Then the scans of
 * the source opened again. A source that can be read only once is not opened again.
 */
export function scansOfOpen({ readOnce = false }: Source, scans: Scans, anew: WithScan): WithScan {
  let isExpired = false;
  return async (from, work) => {
    if (isExpired && !readOnce) return anew(from, work);
    try {
      return await scans.with(from, work);
    } catch (error) {
      isExpired ||= hasExpired(error);
      throw error;
    }
  };
}

/** The source cannot continue the scan; a new one may start at the beginning. */
export const hasExpired = (error: unknown): boolean => error instanceof LineupError && error.code === 'source_expired';

export interface BlockScanOptions {
  readonly marked: readonly boolean[];
  /**
   * Produces the stream. Releases its resources when it ends or when the consumer stops early. Ends early
   * when the signal aborts.
   */
  readonly blocks: (signal: AbortSignal) => AsyncGenerator<Uint8Array, void>;
  /** Before the end. @default unknown */
  readonly progress?: () => number | undefined;
  /** See `Scan.column`. @default there is one field */
  readonly column?: () => number;
  /** See `Scan.place`. Called after a block was given, and before the next one is requested. */
  readonly place?: () => string | undefined;
  /** The caller's signal. It stops the scan. */
  readonly signal?: AbortSignal;
}

/** The scan starts when the first block is requested. */
export class BlockScan implements Scan {
  readonly marked: readonly boolean[];
  readonly blocks: AsyncGenerator<Uint8Array, void>;
  readonly finished: Promise<void>;
  readonly progress: () => number | undefined;
  readonly column: () => number;
  readonly place?: () => string | undefined;
  readonly #controller = new AbortController();
  readonly #outcome = Promise.withResolvers<void>();
  #isComplete = false;

  constructor({ marked, blocks, progress, column = () => 0, place, signal }: BlockScanOptions) {
    this.marked = marked;
    this.progress = () => (this.#isComplete ? 1 : progress?.());
    this.column = column;
    this.place = place;
    const stop = () => this.#stop();
    this.finished = this.#outcome.promise.finally(() => signal?.removeEventListener('abort', stop));
    // The consumer of the blocks sees a failure later. Until then the rejection must not count as unhandled.
    this.finished.catch(() => {});
    this.blocks = this.#run(blocks);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
  }

  async close(): Promise<void> {
    this.#stop();
    await this.blocks.return();
  }

  /** The blocks end without an error. `finished` reports success or failure. */
  async *#run(blocks: BlockScanOptions['blocks']): AsyncGenerator<Uint8Array, void> {
    try {
      this.#controller.signal.throwIfAborted();
      yield* blocks(this.#controller.signal);
      this.#isComplete = true;
      this.#outcome.resolve();
    } catch (error) {
      this.#outcome.reject(error);
    } finally {
      // Needed when the consumer stops early. It has no effect after the scan has ended by itself.
      this.#stop();
    }
  }

  #stop(): void {
    this.#outcome.reject(new LineupError('interrupted', sentence`The scan was stopped.`));
    this.#controller.abort();
  }
}

/** The marked records (source.ts) of one member, in order. For a member without a value: a single mark. */
export function memberRecords(values: readonly string[]): string {
  if (values.length === 0) return '+\n';
  let records = '';
  let mark = '+';
  for (const value of values) {
    records += record(mark + value);
    mark = '.';
  }
  return records;
}

/** A marked value never begins with a quote, so only a value with a line feed must be quoted. */
function record(value: string): string {
  return value.includes('\n') ? `"${value.replaceAll('"', '""')}"\n` : `${value}\n`;
}

/** The progress of a scan, 0 to 1. Undefined without an estimate, and once there are more rows than it says. */
export const progressOf = (rows: number, expected: number | undefined): number | undefined =>
  expected !== undefined && rows <= expected ? rows / Math.max(1, expected) : undefined;
