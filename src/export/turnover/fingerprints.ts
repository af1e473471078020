/**
 * Keyed fingerprints of the lines of one delivery: eight bytes for each. It is the host of fingerprints.as.ts.
 *
 *     add(block)…      the lines, in blocks that end anywhere
 *     sorted(earlier)  the fingerprints in order, compared with those of an earlier run in the same pass
 *     common           how many both have, when all of them were taken
 */
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SharedMemory } from '../../../packages/identifiers/src/kernel/module.ts';
import type { Secret } from '../../domain/values/secret.ts';

interface Exports {
  readonly INPUT: WebAssembly.Global<'i32'>;
  readonly INPUT_SIZE: WebAssembly.Global<'i32'>;
  readonly EARLIER: WebAssembly.Global<'i32'>;
  readonly EARLIER_SIZE: WebAssembly.Global<'i32'>;
  readonly SORTED: WebAssembly.Global<'i32'>;
  begin(k0: bigint, k1: bigint): number;
  take(length: number): number;
  sort(partition: number): number;
  setEarlier(length: number): void;
  compare(): number;
  lineCount(): number;
  commonCount(): number;
}

/** A fingerprint has 64 bits. */
export const FINGERPRINT_BYTES = 8;
/** Of the key of SipHash. */
export const FINGERPRINT_KEY_BYTES = 16;
const PARTITIONS = 4096;

let compiled: WebAssembly.Module | undefined;

/** build/ is beside the sources. It is one folder further up when they are compiled to `dist/`. */
function module(): WebAssembly.Module {
  const root = extname(fileURLToPath(import.meta.url)) === '.ts' ? '../../../' : '../../../../';
  compiled ??= new WebAssembly.Module(readFileSync(new URL(`${root}build/fingerprints.wasm`, import.meta.url)));
  return compiled;
}

/** The fingerprints cannot be counted: no memory, lines that are none, or an earlier row that is damaged. */
export class FingerprintError extends Error {
  override readonly name = 'FingerprintError';
}

export class Fingerprints {
  readonly #exports: Exports;
  readonly #memory: SharedMemory;
  /** How many bytes of an incomplete line are at the beginning of the input. */
  #rest = 0;

  /**
   * @param key FINGERPRINT_KEY_BYTES bytes
   * @param memory need not be new. Nobody else uses it from now on
   * @throws {FingerprintError} without memory
   */
  constructor(key: Secret<Buffer>, memory: SharedMemory) {
    this.#memory = memory;
    const { exports } = new WebAssembly.Instance(module(), { env: { memory } });
    this.#exports = exports as unknown as Exports;
    const bytes = key.reveal();
    if (bytes.length !== FINGERPRINT_KEY_BYTES) throw new RangeError('the key of fingerprints has another length');
    if (!this.#exports.begin(bytes.readBigInt64LE(0), bytes.readBigInt64LE(8))) throw noMemory();
  }

  /** How many lines have come. */
  get lines(): number {
    return this.#exports.lineCount();
  }

  /** How many fingerprints the earlier run had, too. */
  get common(): number {
    return this.#exports.commonCount();
  }

  /** Takes the next bytes of the lines. @throws {FingerprintError} */
  add(block: Uint8Array): void {
    const { INPUT, INPUT_SIZE, take } = this.#exports;
    for (let at = 0; at < block.length; ) {
      const part = block.subarray(at, at + INPUT_SIZE.value - this.#rest);
      this.#bytes(INPUT.value + this.#rest, part.length).set(part);
      at += part.length;
      this.#rest = take(this.#rest + part.length);
      if (this.#rest < 0) throw noMemory();
    }
  }

  /**
   * All fingerprints in order, when the last line has come. A block is valid until the next one is asked for.
   * @param earlier those of another run, in order and in whole fingerprints
   * @throws {FingerprintError}; the errors of `earlier`
   */
  async *sorted(earlier: AsyncIterable<Uint8Array> = noBlocks()): AsyncGenerator<Uint8Array, void> {
    if (this.#rest > 0) throw new FingerprintError('the last line is not complete');
    const { EARLIER, EARLIER_SIZE, SORTED, sort, setEarlier, compare } = this.#exports;
    const blocks = earlier[Symbol.asyncIterator]();
    try {
      let isOver = false;
      for (let partition = 0; partition < PARTITIONS; partition += 1) {
        const length = sort(partition);
        if (length < 0) throw noMemory();
        if (length > 0) yield this.#bytes(SORTED.value, length);
        while (!isOver && compare()) {
          const { value, done } = await blocks.next();
          isOver = done === true;
          const block = value ?? new Uint8Array();
          if (block.length % FINGERPRINT_BYTES > 0 || block.length > EARLIER_SIZE.value) {
            throw new FingerprintError('the earlier fingerprints are damaged');
          }
          this.#bytes(EARLIER.value, block.length).set(block);
          setEarlier(block.length);
        }
      }
    } finally {
      await blocks.return?.();
    }
  }

  #bytes(start: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, start, length);
  }
}

const noMemory = () => new FingerprintError('there is no memory for more fingerprints, or a line is too long');

async function* noBlocks(): AsyncGenerator<Uint8Array, void> {}
