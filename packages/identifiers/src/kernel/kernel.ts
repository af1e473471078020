/**
 * The kernel in one thread: takes the bytes of value streams (lists, then the audience) and gives the lines of chunk
 * files. It normalises, hashes and deduplicates most values itself, and asks `normalize` about the others, one by one.
 * A kernel serves one stream and keeps its memory until the end. Then another kernel may have that memory.
 *
 *     let status = kernel.run();
 *     NeedsInput  → put bytes into input(), then call take(n), or take(0) after the last bytes
 *     OutputFull  → write output() to the file, then call writeTo() with a free buffer
 *     ChunkFull   → the same, then call startChunk(): the next line belongs to the next file
 *     Ended       → write output() to the file; counts() are final. After a list, call beginStream() for the next one
 */
import type { KernelCounts, LeftOut } from './counts.ts';
import { ALONE, KernelInstance, type KernelOptions, Written } from './instance.ts';

/** What `run` needs next. */
export const KernelStatus = {
  NeedsInput: 0,
  OutputFull: 1,
  ChunkFull: 2,
  Ended: 3,
  /** See `KernelInstance.findNew`. */
  OutOfMemory: 4,
  /** A value of a marked stream lacks its mark. */
  Malformed: 5,
} as const;
export type KernelStatus = (typeof KernelStatus)[keyof typeof KernelStatus];

export class Kernel<Memory extends ArrayBuffer | SharedArrayBuffer = ArrayBuffer | SharedArrayBuffer> {
  readonly #instance: KernelInstance<Memory>;
  #isWriting = false;
  #ended = false;

  /** @param module the kernel, compiled for this kind of memory */
  constructor(options: KernelOptions, module: WebAssembly.Module, memory: WebAssembly.Memory<Memory>) {
    this.#instance = new KernelInstance(options, module, memory, ALONE);
    this.#instance.nextSlot(0);
  }

  /** Works until it needs something, and says what. */
  run(): KernelStatus {
    const instance = this.#instance;
    for (;;) {
      if (!this.#isWriting) {
        if (!instance.cutBlock()) return this.#ended ? KernelStatus.Ended : this.#makeRoom();
        if (!instance.hashBlock(0)) return KernelStatus.Malformed;
        if (!instance.findNew(0, 0)) return KernelStatus.OutOfMemory;
        this.#isWriting = true;
      }
      const written = instance.writeLines(0);
      if (written === Written.OutputFull) return KernelStatus.OutputFull;
      if (written === Written.ChunkFull) return KernelStatus.ChunkFull;
      this.#isWriting = false;
      instance.nextSlot(0);
    }
  }

  /** Begins a stream after the one before has ended: each list, from 1, then the audience, 0. */
  beginStream(list: number, marked: boolean): void {
    this.#ended = false;
    this.#instance.beginStream(list, marked);
  }

  /** Where to put the next bytes of the stream. Valid until `run`. */
  input(): Uint8Array {
    return this.#instance.input();
  }

  /** Says that `input()` has `length` new bytes. With 0, the stream is at its end. */
  take(length: number): void {
    this.#ended ||= length === 0;
    this.#instance.take(length);
  }

  /** The lines since `writeTo`, in the kernel's memory. Valid until that buffer is used again. */
  output(): Uint8Array<Memory> {
    return this.#instance.output();
  }

  /** Lets the kernel write the next lines to a buffer: 0 ≤ `buffer` < OUTPUT_BUFFERS. */
  writeTo(buffer: number): void {
    this.#instance.writeTo(buffer);
  }

  /** How many lines the current chunk has, including those in `output`. */
  get chunkRecords(): number {
    return this.#instance.chunkRecords;
  }

  startChunk(): void {
    this.#instance.startChunk();
  }

  /** How many values were taken so far. Cheap enough for a display. */
  progress(): { rows: number; scanned: number; unique: number } {
    return this.#instance.progress();
  }

  counts(): KernelCounts {
    return this.#instance.counts();
  }

  leftOut(): LeftOut {
    return this.#instance.leftOut();
  }

  listSum(): string {
    return this.#instance.listSum();
  }

  /** See `KernelInstance.linesIn`. */
  linesIn(partition: number): Uint8Array<Memory> {
    return this.#instance.linesIn(partition);
  }

  #makeRoom(): KernelStatus {
    if (this.#instance.input().length === 0) this.#instance.moveToLong();
    return KernelStatus.NeedsInput;
  }
}
