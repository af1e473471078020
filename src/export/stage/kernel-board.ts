/**
 * What the threads of a staging tell each other through shared memory: which blocks of the stream are cut, hashed,
 * looked up in each shard of the set, and written. Block n is in slot n modulo `slots`. Only whole numbers are kept
 * here; the bytes are in the memory of the kernel.
 */
import { MAX_SLOTS, OUTPUT_BUFFERS } from '../../../packages/identifiers/src/kernel/instance.ts';

/** What a slot has. The stream ends with `End`. */
export const Content = {
  Block: 0,
  /** Everything before must become lines in the files. */
  Drain: 1,
  End: 2,
  /** A block of a marked stream with a value without a mark. */
  Malformed: 3,
} as const;
export type Content = (typeof Content)[keyof typeof Content];

const MAX_SHARDS = 16;

// Cells. Every number of blocks only grows.
/** Changes with everything that a worker may wait for. */
const NEWS = 0;
const CLOSED = 1;
const FILLED = 2;
const CLAIMED = 3;
const WRITTEN = 4;
const WRITER_LOCK = 5;
const REPORTS = 6;
const BUFFER = 7;
const BUSY = 8;
const CONTENT = BUSY + OUTPUT_BUFFERS;
/** For each slot: the number of its latest hashed block, from 1, and how many shards know its block. */
const HASHED = CONTENT + MAX_SLOTS;
const FOUND = HASHED + MAX_SLOTS;
/** For each shard: the next block to look up. */
const SHARD_NEXT = FOUND + MAX_SLOTS;
const SHARD_LOCK = SHARD_NEXT + MAX_SHARDS;
const CELLS = SHARD_LOCK + MAX_SHARDS;

/** Can be posted to a worker. */
export interface BoardParts {
  readonly cells: Int32Array<SharedArrayBuffer>;
  readonly slots: number;
  readonly shards: number;
}

export const makeBoard = (slots: number, shards: number): BoardParts => ({
  cells: new Int32Array(new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT)),
  slots,
  shards,
});

export class KernelBoard {
  readonly #cells: Int32Array<SharedArrayBuffer>;
  readonly #slots: number;
  readonly shards: number;

  constructor({ cells, slots, shards }: BoardParts) {
    this.#cells = cells;
    this.#slots = slots;
    this.shards = shards;
  }

  slotOf(block: number): number {
    return block % this.#slots;
  }

  contentOf(block: number): Content {
    return this.#load(CONTENT + this.slotOf(block)) as Content;
  }

  /** Nobody works any more. Wakes everybody who waits. */
  close(): void {
    this.#store(CLOSED, 1);
    this.#tell();
    Atomics.notify(this.#cells, WRITTEN);
  }

  get isClosed(): boolean {
    return this.#load(CLOSED) === 1;
  }

  // For the thread that cuts the stream.

  get filled(): number {
    return this.#load(FILLED);
  }

  /** Gives the next block to the workers. */
  fill(content: Content): void {
    const slot = this.slotOf(this.filled);
    this.#store(CONTENT + slot, content);
    this.#store(FOUND + slot, 0);
    Atomics.add(this.#cells, FILLED, 1);
    this.#tell();
  }

  /** Whether a worker could begin with a block at once. */
  get isHungry(): boolean {
    return this.#load(CLAIMED) === this.filled;
  }

  /** Waits until at most `most` blocks are not written. False when the board was closed. */
  async waitUntilWritten(most = this.#slots - 1): Promise<boolean> {
    for (;;) {
      const written = this.#load(WRITTEN);
      if (this.isClosed) return false;
      if (this.filled - written <= most) return true;
      await Atomics.waitAsync(this.#cells, WRITTEN, written).value;
    }
  }

  /** The lines of an output buffer are in the file. */
  freeBuffer(buffer: number): void {
    this.#store(BUSY + buffer, 0);
    this.#tell();
  }

  // For the workers.

  get news(): number {
    return this.#load(NEWS);
  }

  /** Blocks the thread until there is something new since `news` was read. */
  waitForNews(news: number): void {
    Atomics.wait(this.#cells, NEWS, news);
  }

  /** The next block to hash, which nobody else then gets. */
  claim(): number | undefined {
    for (;;) {
      const block = this.#load(CLAIMED);
      if (block === this.filled) return undefined;
      if (Atomics.compareExchange(this.#cells, CLAIMED, block, block + 1) === block) return block;
    }
  }

  hashed(block: number, content: Content): void {
    const slot = this.slotOf(block);
    this.#store(CONTENT + slot, content);
    this.#store(HASHED + slot, block + 1);
    this.#tell();
  }

  /** Looks up the next blocks of a shard, as far as they are hashed, if nobody else does. False if there was none. */
  lookUp(shard: number, find: (block: number) => void): boolean {
    if (!this.#canLookUp(shard) || !this.#lock(SHARD_LOCK + shard)) return false;
    let isAny = false;
    for (; this.#canLookUp(shard); isAny = true) {
      const block = this.#load(SHARD_NEXT + shard);
      find(block);
      this.#store(SHARD_NEXT + shard, block + 1);
      Atomics.add(this.#cells, FOUND + this.slotOf(block), 1);
    }
    this.#unlock(SHARD_LOCK + shard);
    if (isAny) this.#tell();
    return isAny;
  }

  /**
   * Writes the next blocks, as far as all shards know them, if nobody else does. False if there was none.
   * @param write false when it has to go on later, in another output buffer
   */
  write(write: (block: number) => boolean): boolean {
    if (!this.#canWrite() || !this.#lock(WRITER_LOCK)) return false;
    let isAny = false;
    while (this.#canWrite()) {
      isAny = true;
      if (!write(this.#load(WRITTEN))) continue;
      Atomics.add(this.#cells, WRITTEN, 1);
      Atomics.notify(this.#cells, WRITTEN);
    }
    this.#unlock(WRITER_LOCK);
    if (isAny) this.#tell();
    return isAny;
  }

  /** For the writer: hands the current output buffer over, which is busy from now on, and takes the next one. */
  nextBuffer(): { full: number; next: number } {
    const full = this.#load(BUFFER);
    const next = (full + 1) % OUTPUT_BUFFERS;
    this.#store(BUSY + full, 1);
    this.#store(BUFFER, next);
    return { full, next };
  }

  /**
   * For the writer: the number of its next report, because the reports of several threads may arrive in another order.
   */
  nextReport(): number {
    return Atomics.add(this.#cells, REPORTS, 1);
  }

  #canLookUp(shard: number): boolean {
    const block = this.#load(SHARD_NEXT + shard);
    return this.#load(HASHED + this.slotOf(block)) === block + 1;
  }

  #canWrite(): boolean {
    const block = this.#load(WRITTEN);
    if (block === this.filled || this.#load(BUSY + this.#load(BUFFER)) === 1) return false;
    return this.#load(FOUND + this.slotOf(block)) === this.shards;
  }

  #lock(cell: number): boolean {
    return Atomics.compareExchange(this.#cells, cell, 0, 1) === 0;
  }

  #unlock(cell: number): void {
    this.#store(cell, 0);
  }

  #tell(): void {
    Atomics.add(this.#cells, NEWS, 1);
    Atomics.notify(this.#cells, NEWS);
  }

  #load(cell: number): number {
    return Atomics.load(this.#cells, cell);
  }

  #store(cell: number, value: number): void {
    Atomics.store(this.#cells, cell, value);
  }
}
