import type { KernelCounts } from '../../../packages/identifiers/src/kernel/counts.ts';
import type { ErrorCode } from '../../contracts/errors.ts';
import type { IdentifierType, IfaFormat } from '../../contracts/requests.ts';
import type { LocalizedText } from '../../contracts/sentence.ts';

/**
 * Bytes from one thread to another through shared memory. The writer is a main thread and waits by promise, the reader
 * is a worker and blocks: between its reads it computes without ever returning to an event loop.
 */

/** A power of two. */
const CAPACITY = 1 << 20;

// Cells of the header. The counts of bytes run through all of 32 bits and wrap around; their difference is what is full.
const WRITTEN = 0;
const READ = 1;
const STATE = 2;
/** Changes with whatever the reader may be waiting for. */
const NEWS = 3;

const OPEN = 0;
const ENDED = 1;
const CLOSED = 2;
const DRAINING = 3;

/** What `readBytes` answers, besides a number of bytes. */
export const END = 0;
export const DRAINED = -1;

/** What both ends share; may be posted to a worker. */
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

  /** Copies the block over, waiting for room. False when the channel was closed meanwhile. */
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

  /** Lets the reader know when it has read everything (`DRAINED`), once; the next write comes after that. */
  drain(): void {
    Atomics.compareExchange(this.#channel.header, STATE, OPEN, DRAINING);
    this.#wakeReader();
  }

  /** No more bytes: the reader comes to the end once it has read what there is. */
  end(): void {
    Atomics.compareExchange(this.#channel.header, STATE, OPEN, ENDED);
    this.#wakeReader();
  }

  /** Nobody reads any more: a write that waits returns. */
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

/** Fills the beginning of `target`, waiting for bytes; returns how many, `END` or `DRAINED`. Blocks the thread. */
export function readBytes({ header, bytes }: ByteChannel, target: Uint8Array): number {
  for (;;) {
    // In this order: what was written before the end is seen, and no news between here and the wait is missed.
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

/** The worker's only message, besides the bytes of the channel. */
export interface StageOrder {
  readonly identifierType: IdentifierType;
  readonly ifaFormat: IfaFormat;
  readonly defaultCountry: string | undefined;
  readonly marked: boolean;
  readonly maxChunkRecords: number;
  readonly maxChunkBytes: number;
  readonly input: ByteChannel;
  /** A cell for each output buffer of the kernel: 1 from the report that hands it over until it is written away. */
  readonly busy: Int32Array<SharedArrayBuffer>;
  /** How far the worker is: rows, scanned, unique. */
  readonly progress: BigUint64Array<SharedArrayBuffer>;
}

export type StageReport =
  | {
      readonly kind: 'lines';
      /** In the kernel's memory. */
      readonly lines: Uint8Array<SharedArrayBuffer>;
      readonly buffer: number;
      /** They are the last ones of their chunk, which has so many records. */
      readonly chunkRecords: number | null;
    }
  /** All lines of what was written before have been handed over. */
  | { readonly kind: 'drained'; readonly counts: KernelCounts }
  | { readonly kind: 'ended'; readonly counts: KernelCounts }
  | ({ readonly kind: 'failed'; readonly code: ErrorCode } & LocalizedText);
