/** A scan of a source that gives its value stream as blocks of bytes, made on the main thread. */
import { LineupError } from '../contracts/errors.ts';
import { sentence } from '../contracts/sentence.ts';
import type { Scan } from './source.ts';

export interface BlockScanOptions {
  readonly marked: boolean;
  /** Gives the stream; frees what it holds when it ends or is left, and ends early when the signal aborts. */
  readonly blocks: (signal: AbortSignal) => AsyncGenerator<Uint8Array, void>;
  readonly progress: () => number | undefined;
  /** As `Scan.place`: asked after a block was given, and before the next one is asked for. */
  readonly place?: () => string | undefined;
  /** The caller's: stops the scan. */
  readonly signal?: AbortSignal;
}

/** Begins at the first block that is asked for. */
export class BlockScan implements Scan {
  readonly marked: boolean;
  readonly blocks: AsyncGenerator<Uint8Array, void>;
  readonly finished: Promise<void>;
  readonly progress: () => number | undefined;
  readonly place?: () => string | undefined;
  readonly #controller = new AbortController();
  readonly #outcome = Promise.withResolvers<void>();

  constructor({ marked, blocks, progress, place, signal }: BlockScanOptions) {
    this.marked = marked;
    this.progress = progress;
    this.place = place;
    const stop = () => this.#stop();
    this.finished = this.#outcome.promise.finally(() => signal?.removeEventListener('abort', stop));
    // Whoever reads the blocks learns of a failure when it ends; nobody may be waiting yet.
    this.finished.catch(() => {});
    this.blocks = this.#run(blocks);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
  }

  async close(): Promise<void> {
    this.#stop();
    await this.blocks.return();
  }

  /** The blocks end without an error of its own: `finished` tells how it went. */
  async *#run(blocks: BlockScanOptions['blocks']): AsyncGenerator<Uint8Array, void> {
    try {
      this.#controller.signal.throwIfAborted();
      yield* blocks(this.#controller.signal);
      this.#outcome.resolve();
    } catch (error) {
      this.#outcome.reject(error);
    } finally {
      // Of a reader that leaves early; without effect when the scan has come to an end of its own.
      this.#stop();
    }
  }

  #stop(): void {
    this.#outcome.reject(new LineupError('interrupted', sentence`The scan was stopped.`));
    this.#controller.abort();
  }
}

/** Writes the value stream of source.ts: marked records, for sources that have members with several values. */

/** The records of one member, in order; of a member without any value, a lone mark. */
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

/** A marked value never begins with a quote, so that a line feed is all that must be quoted. */
function record(value: string): string {
  return value.includes('\n') ? `"${value.replaceAll('"', '""')}"\n` : `${value}\n`;
}
