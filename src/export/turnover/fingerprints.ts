/**
 * Keyed fingerprints of the lines of one delivery: eight bytes for each. It is the host of fingerprints.as.ts.
 *
 *     sorted(earlier)  the fingerprints in order, compared with those of an earlier run in the same pass
 *     lines, common    how many there are, and how many both have, when all of them were taken
 */
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LINE_PARTITIONS } from '../../../packages/identifiers/src/kernel/instance.ts';
import type { Secret } from '../../domain/values/secret.ts';
import type { LineSet } from '../stage/kernel-runner.ts';

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly LINES: WebAssembly.Global<'i32'>;
  readonly SORTED: WebAssembly.Global<'i32'>;
  readonly EARLIER: WebAssembly.Global<'i32'>;
  readonly EARLIER_SIZE: WebAssembly.Global<'i32'>;
  begin(k0: bigint, k1: bigint): number;
  sort(partition: number, length: number): void;
  setEarlier(length: number): void;
  compare(): number;
  commonCount(): number;
}

/** A fingerprint has 64 bits. */
const FINGERPRINT_BYTES = 8;
/** Of the key of SipHash. */
const KEY_BYTES = 16;
/** Rises whenever the same line gets another fingerprint, also by a change of the kernel's set. */
export const FINGERPRINT_VERSION = 1;

let compiled: WebAssembly.Module | undefined;

/** build/ is beside the sources. It is one folder further up when they are compiled to `dist/`. */
function module(): WebAssembly.Module {
  const root = extname(fileURLToPath(import.meta.url)) === '.ts' ? '../../../' : '../../../../';
  compiled ??= new WebAssembly.Module(readFileSync(new URL(`${root}build/fingerprints.wasm`, import.meta.url)));
  return compiled;
}

export class Fingerprints {
  readonly #exports: Exports;
  readonly #set: LineSet;
  #lines = 0;

  /**
   * @param key 16 bytes
   * @throws {RangeError} without memory
   */
  constructor(key: Secret<Buffer>, set: LineSet) {
    const { exports } = new WebAssembly.Instance(module());
    this.#exports = exports as unknown as Exports;
    this.#set = set;
    const bytes = key.reveal();
    if (bytes.length !== KEY_BYTES) throw new RangeError('the key of fingerprints has another length');
    if (!this.#exports.begin(bytes.readBigInt64LE(0), bytes.readBigInt64LE(8))) {
      throw new RangeError('there is no memory for fingerprints');
    }
  }

  /** How many fingerprints were taken. */
  get lines(): number {
    return this.#lines;
  }

  /** How many of them the earlier run had, too. */
  get common(): number {
    return this.#exports.commonCount();
  }

  /**
   * All fingerprints in order. A block is valid until the next one is asked for.
   * @param earlier those of another run, in order and in whole fingerprints
   * @throws {Error} when those are damaged; the errors of `earlier`
   */
  async *sorted(earlier: AsyncIterable<Uint8Array> = noBlocks()): AsyncGenerator<Uint8Array, void> {
    const { LINES, SORTED, sort, compare } = this.#exports;
    const blocks = earlier[Symbol.asyncIterator]();
    try {
      let isOver = false;
      for (let partition = 0; partition < LINE_PARTITIONS; partition += 1) {
        const lines = this.#set.linesIn(partition);
        if (lines.length === 0) continue;
        this.#bytes(LINES.value, lines.length).set(lines);
        sort(partition, lines.length);
        this.#lines += lines.length / FINGERPRINT_BYTES;
        yield this.#bytes(SORTED.value, lines.length);
        while (!isOver && compare()) isOver = !(await this.#takeEarlier(blocks));
      }
    } finally {
      await blocks.return?.();
    }
  }

  /** False when there are no more. */
  async #takeEarlier(blocks: AsyncIterator<Uint8Array>): Promise<boolean> {
    const { EARLIER, EARLIER_SIZE, setEarlier } = this.#exports;
    const { value, done } = await blocks.next();
    const block = value ?? new Uint8Array();
    if (block.length % FINGERPRINT_BYTES > 0 || block.length > EARLIER_SIZE.value) {
      throw new Error('the earlier fingerprints are damaged');
    }
    this.#bytes(EARLIER.value, block.length).set(block);
    setEarlier(block.length);
    return done !== true;
  }

  #bytes(start: number, length: number): Uint8Array {
    return new Uint8Array(this.#exports.memory.buffer, start, length);
  }
}

async function* noBlocks(): AsyncGenerator<Uint8Array, void> {}
