/** A scan whose value stream is made on the main thread, as blocks of bytes. */
import { LineupError } from '../contracts/errors.ts';
import { sentence } from '../contracts/sentence.ts';
import type { Scan } from './source.ts';

export interface BlockScanOptions {
  readonly marked: boolean;
  /**
   * Produces the stream. Releases its resources when it ends or when the consumer stops early. Ends early
   * when the signal aborts.
   */
  readonly blocks: (signal: AbortSignal) => AsyncGenerator<Uint8Array, void>;
  readonly progress: () => number | undefined;
  /** See `Scan.place`. Called after a block was given, and before the next one is requested. */
  readonly place?: () => string | undefined;
  /** The caller's signal. It stops the scan. */
  readonly signal?: AbortSignal;
}

/** The scan starts when the first block is requested. */
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
