/** The rules for many values: takes bytes and gives lines of hashes, with the kernel in WebAssembly. */
import type { KernelCounts } from './kernel/counts.ts';
import { MEMORY_PAGES } from './kernel/instance.ts';
import { Kernel, KernelStatus } from './kernel/kernel.ts';
import { kernelBytes } from './kernel/module.ts';
import { checkOptions, type NormalizeOptions } from './normalize.ts';
import type { NumberClasses } from './phone-classes/class-rules.ts';

export type { KernelCounts as BulkCounts } from './kernel/counts.ts';

/**
 * The kind of the values.
 *
 * @example
 * import type { BulkHasherOptions } from '@lineup/identifiers/bulk';
 *
 * const options: BulkHasherOptions = { type: 'ifa', ifaFormat: 'raw' };
 */
export interface BulkHasherOptions extends NormalizeOptions {
  /** The classes of the numbers that `toE164Digits` converts, which make it faster. Both come from `phonesIn`. */
  readonly numberClasses?: NumberClasses | undefined;
}

/**
 * Bytes that share no memory: `Uint8Array<ArrayBuffer>`, where the compiler knows it. Before 5.7, TypeScript has no
 * such type, so it may not stand in the declarations.
 */
type Bytes = ReturnType<Uint8Array['slice']>;

/** No limit, because there are no chunk files here. */
const UNLIMITED = 2 ** 32 - 1;

let compiled: Promise<WebAssembly.Module> | undefined;

/**
 * Hashes millions of values. It takes UTF-8 text with one value per line, and gives each different line once: a hash of
 * 64 hexadecimal characters (or a raw advertising id, or a LINE user id) and a line break. As in CSV, a value that
 * begins with a quotation mark or contains a line break must stand in quotation marks, and the quotation marks in it
 * must be doubled. It needs some 12 bytes of memory per line, to know which lines it has given.
 *
 * @example
 * import { createReadStream } from 'node:fs';
 * import { BulkHasher } from '@lineup/identifiers/bulk';
 *
 * const hasher = await BulkHasher.create({ type: 'email' });
 * for await (const block of createReadStream('addresses.txt')) process.stdout.write(hasher.write(block));
 * process.stdout.write(hasher.end());
 * console.error(hasher.counts());
 */
export class BulkHasher {
  readonly #kernel: Kernel<ArrayBuffer>;
  #ended = false;

  private constructor(kernel: Kernel<ArrayBuffer>) {
    this.#kernel = kernel;
  }

  /** @throws {TypeError} for wrong options, at once */
  static create(options: BulkHasherOptions): Promise<BulkHasher> {
    checkOptions(options);
    return instantiate(options).then((kernel) => new BulkHasher(kernel));
  }

  /** Takes the next bytes, which may end anywhere, and gives the lines that are ready: often none. */
  write(bytes: Uint8Array): Bytes {
    if (!(bytes instanceof Uint8Array)) throw new TypeError(`Expected bytes to be a Uint8Array, got ${typeof bytes}.`);
    if (this.#ended) throw new TypeError('Expected no more bytes after end().');
    const lines: Bytes[] = [];
    for (let at = 0; at < bytes.length; ) {
      const room = this.#kernel.input();
      const part = bytes.subarray(at, at + room.length);
      room.set(part);
      at += part.length;
      this.#kernel.take(part.length);
      this.#run(lines);
    }
    return joined(lines);
  }

  /** Ends the values and gives the last lines. */
  end(): Bytes {
    const lines: Bytes[] = [];
    if (!this.#ended) {
      this.#ended = true;
      this.#kernel.take(0);
      this.#run(lines);
    }
    return joined(lines);
  }

  /** The counts of the values so far, by outcome. Final after `end`. */
  counts(): KernelCounts {
    return this.#kernel.counts();
  }

  /** Runs the kernel until it needs more bytes or has ended. */
  #run(lines: Bytes[]): void {
    for (;;) {
      const status = this.#kernel.run();
      if (status === KernelStatus.OutOfMemory) {
        throw new RangeError('The lines do not fit into memory: some 350 million do. Hash the values in parts.');
      }
      // A copy, because the kernel will overwrite its own buffer.
      if (this.#kernel.output().length > 0) lines.push(this.#kernel.output().slice());
      this.#kernel.writeTo(0);
      if (status === KernelStatus.ChunkFull) this.#kernel.startChunk();
      else if (status !== KernelStatus.OutputFull) return;
    }
  }
}

/**
 * The bulk hasher as a stream, for `pipeThrough`.
 *
 * @example
 * import { BulkHasherStream } from '@lineup/identifiers/bulk';
 *
 * const file = new Blob(['taro@example.com\n', 'hanako@example.com\n']);
 * const hashes = new BulkHasherStream({ type: 'email' });
 * console.log(await new Response(file.stream().pipeThrough(hashes)).text());
 * console.log(hashes.counts().unique); // 2
 */
export class BulkHasherStream extends TransformStream<Uint8Array, Uint8Array> {
  readonly #hasher: { made?: BulkHasher };

  /** @throws {TypeError} for wrong options */
  constructor(options: BulkHasherOptions) {
    checkOptions(options);
    const hasher: { made?: BulkHasher } = {};
    super({
      start: async () => {
        hasher.made = await BulkHasher.create(options);
      },
      transform: (bytes, controller) => pass(hasher.made!.write(bytes), controller),
      flush: (controller) => pass(hasher.made!.end(), controller),
    });
    this.#hasher = hasher;
  }

  /** The counts of the values so far, by outcome. Final at the end of the stream. */
  counts(): KernelCounts {
    if (!this.#hasher.made) throw new TypeError('Expected the stream to be read before its counts().');
    return this.#hasher.made.counts();
  }
}

function pass(lines: Uint8Array, controller: TransformStreamDefaultController<Uint8Array>): void {
  if (lines.length > 0) controller.enqueue(lines);
}

/** Compiles the kernel asynchronously: browsers do not allow it to block a page. */
async function instantiate(options: BulkHasherOptions): Promise<Kernel<ArrayBuffer>> {
  compiled ??= WebAssembly.compile(kernelBytes());
  const memory = new WebAssembly.Memory<ArrayBuffer>({ ...MEMORY_PAGES, shared: false });
  const limits = { maxChunkRecords: UNLIMITED, maxChunkBytes: UNLIMITED };
  const kernel = new Kernel({ ...options, ...limits, marked: false }, await compiled, memory);
  // Until it asks for the first bytes.
  kernel.run();
  return kernel;
}

function joined(parts: readonly Bytes[]): Bytes {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
