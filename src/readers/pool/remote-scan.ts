/** A scan in a reader process. */
import { BlockScan } from '../../sources/block-scan.ts';
import type { Scan } from '../../sources/source.ts';
import { deserializeError } from '../protocol.ts';
import type { ReaderProcess } from './reader-process.ts';

/** Observes the work of a reader on a source. */
export interface ReadObserver {
  /** @returns the error for people. If the reader died, the death is stored first. */
  explain(error: unknown, during: SourceWork): Promise<unknown>;
  /** The work succeeded. */
  worked(during: SourceWork): Promise<void>;
}

/** The kinds of work on a source. */
export type SourceWork = 'audiences' | 'verify' | 'fields' | 'preview' | 'scan';

export interface BegunScan {
  /** The id of the command that started it. */
  readonly id: number;
  readonly marked: boolean;
  readonly places: boolean;
}

export class RemoteScan implements Scan {
  readonly marked: boolean;
  readonly blocks: AsyncIterable<Uint8Array>;
  readonly finished: Promise<void>;
  readonly place?: () => string | undefined;
  readonly #reader: ReaderProcess;
  readonly #id: number;
  readonly #scan: BlockScan;
  /** Whether the reader and the pipe contain nothing more of this scan. */
  #over = false;
  #place: string | undefined;

  constructor(
    reader: ReaderProcess,
    { id, marked, places }: BegunScan,
    witness: ReadObserver,
    signal?: AbortSignal,
  ) {
    this.#reader = reader;
    this.#id = id;
    this.marked = marked;
    if (places) this.place = () => this.#place;
    this.#scan = new BlockScan({
      marked,
      blocks: (stop) => this.#read(stop, witness),
      progress: () => reader.progress(id),
      signal,
    });
    this.blocks = this.#scan.blocks;
    this.finished = this.#scan.finished;
  }

  progress(): number | undefined {
    return this.#reader.progress(this.#id);
  }

  async close(): Promise<void> {
    await this.#scan.close();
    // Reads the rest: the reader waits for space in the pipe before it can end its scan.
    this.#stop();
    // The reader of the blocks has already got any error of the scan.
    while (!this.#over) await this.#next().catch(() => {});
  }

  async *#read(signal: AbortSignal, witness: ReadObserver): AsyncGenerator<Uint8Array, void> {
    const stop = () => this.#stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      for (;;) {
        const part = await this.#next();
        if ('bytes' in part) {
          this.#place = part.place;
          yield part.bytes;
        } else if (part.ended) {
          throw deserializeError(part.ended);
        } else {
          return await witness.worked('scan');
        }
      }
    } catch (error) {
      throw await witness.explain(error, 'scan');
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async #next() {
    try {
      const part = await this.#reader.frames.next();
      if ('ended' in part) this.#end();
      return part;
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  #stop(): void {
    if (!this.#over) this.#reader.stop(this.#id);
  }

  #end(): void {
    this.#over = true;
    this.#reader.stopped(this.#id);
  }
}
