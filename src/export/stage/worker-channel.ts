import type { KernelCounts } from '../../../packages/identifiers/src/kernel/counts.ts';
import type { ErrorCode } from '../../contracts/errors.ts';
import type { LocalizedText } from '../../contracts/sentence.ts';
import type { KernelOrder } from './kernel-runner.ts';

/**
 * The channel between the main thread and the worker of a staging: an order, reports, and bytes through
 * shared memory. The main thread writes bytes and waits with promises. The worker reads and blocks, because
 * it computes without returning to an event loop.
 */

/** Must be a power of two. */
const CAPACITY = 1 << 20;

// Cells of the header. The byte counts use all 32 bits and wrap around. Their difference is the number of
// bytes in the buffer.
const WRITTEN = 0;
const READ = 1;
const STATE = 2;
/** Changes with everything that the reader may wait for. */
const NEWS = 3;

const OPEN = 0;
const ENDED = 1;
const CLOSED = 2;
const DRAINING = 3;

/** Results of `readBytes` other than a number of bytes. */
export const END = 0;
export const DRAINED = -1;

/** The memory that both sides share. It can be posted to a worker. */
export interface ByteChannel {
  readonly header: Int32Array<SharedArrayBuffer>;
  readonly bytes: Uint8Array<SharedArrayBuffer>;
}

export function makeByteChannel(): ByteChannel {
  return {
    header: new Int32Array(new SharedArrayBuffer(4 * Int32Array.BYTES_PER_ELEMENT)),
    bytes: new Uint8Array(new SharedArrayBuffer(CAPACITY)),
  };
}

export class ByteWriter {
  readonly #channel: ByteChannel;

  constructor(channel: ByteChannel) {
    this.#channel = channel;
  }

  /** Copies the block, and waits for room. False when the channel was closed. */
  async write(block: Uint8Array): Promise<boolean> {
    const { header, bytes } = this.#channel;
    for (let at = 0; at < block.length; ) {
      const written = Atomics.load(header, WRITTEN);
      const read = Atomics.load(header, READ);
      const full = (written - read) >>> 0;
      if (Atomics.load(header, STATE) !== OPEN) return false;
      if (full === CAPACITY) {
        await Atomics.waitAsync(header, READ, read).value;
        continue;
      }
      const place = written & (CAPACITY - 1);
      const length = Math.min(block.length - at, CAPACITY - full, CAPACITY - place);
      bytes.set(block.subarray(at, at + length), place);
      at += length;
      Atomics.store(header, WRITTEN, written + length);
      this.#wakeReader();
    }
    return true;
  }

  /**
   * Makes `readBytes` return `DRAINED` once, when the reader has read everything. Write again only after
   * that.
   */
  drain(): void {
    Atomics.compareExchange(this.#channel.header, STATE, OPEN, DRAINING);
    this.#wakeReader();
  }

  /** No more bytes follow. The reader ends after it has read the rest. */
  end(): void {
    Atomics.compareExchange(this.#channel.header, STATE, OPEN, ENDED);
    this.#wakeReader();
  }

  /** Nobody reads any more. A pending `write` returns. */
  close(): void {
    const { header } = this.#channel;
    Atomics.store(header, STATE, CLOSED);
    Atomics.notify(header, READ);
    this.#wakeReader();
  }

  #wakeReader(): void {
    const { header } = this.#channel;
    Atomics.add(header, NEWS, 1);
    Atomics.notify(header, NEWS);
  }
}

/**
 * Fills the beginning of `target`, and waits for bytes. Returns their number, `END` or `DRAINED`. Blocks the
 * thread.
 */
export function readBytes({ header, bytes }: ByteChannel, target: Uint8Array): number {
  for (;;) {
    // The order matters: the reader must see all bytes before the end, and must not miss a change between
    // here and the wait.
    const news = Atomics.load(header, NEWS);
    const state = Atomics.load(header, STATE);
    const written = Atomics.load(header, WRITTEN);
    const read = Atomics.load(header, READ);
    const full = (written - read) >>> 0;
    if (full > 0) {
      const place = read & (CAPACITY - 1);
      const length = Math.min(target.length, full, CAPACITY - place);
      target.set(bytes.subarray(place, place + length));
      Atomics.store(header, READ, read + length);
      Atomics.notify(header, READ);
      return length;
    }
    if (state === DRAINING && Atomics.compareExchange(header, STATE, DRAINING, OPEN) === DRAINING)
      return DRAINED;
    if (state === ENDED || state === CLOSED) return END;
    Atomics.wait(header, NEWS, news);
  }
}

/** The only message to the worker, apart from the bytes of the channel. */
export interface StageOrder extends KernelOrder {
  readonly input: ByteChannel;
  /**
   * One cell for each output buffer of the kernel. It is 1 from the report with the buffer until its lines
   * are written.
   */
  readonly busy: Int32Array<SharedArrayBuffer>;
  /** The worker's progress: rows, scanned, unique. */
  readonly progress: BigUint64Array<SharedArrayBuffer>;
}

export type StageReport =
  | {
      readonly kind: 'lines';
      /** Lines in the kernel's memory. */
      readonly lines: Uint8Array<SharedArrayBuffer>;
      readonly buffer: number;
      /** Set for the last lines of a chunk: its number of records. */
      readonly chunkRecords: number | null;
    }
  /** All lines of the bytes before were reported. */
  | { readonly kind: 'drained'; readonly counts: KernelCounts }
  | { readonly kind: 'ended'; readonly counts: KernelCounts }
  | ({ readonly kind: 'failed'; readonly code: ErrorCode } & LocalizedText);
