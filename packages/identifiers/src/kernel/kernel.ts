/**
 * The host of the kernel (kernel.as.ts, compiled by scripts/build-kernel.sh). The kernel takes the bytes of a value stream and
 * gives the lines of chunk files. It normalises, hashes and deduplicates most values itself, and asks `normalize` about the
 * others, one by one, in the order of the stream. A kernel serves one stream and keeps its memory until the end. Then another
 * kernel may have that memory.
 *
 *     let status = kernel.run();
 *     NeedsInput  → put bytes into input(), then call take(n), or take(0) after the last bytes
 *     OutputFull  → write output() to the file, then call writeTo() with a free buffer
 *     ChunkFull   → the same, then call startChunk(): the next line belongs to the next file
 *     Ended       → write output() to the file; counts() are final
 *
 * With shared memory, another thread can write the output while the kernel fills the next buffer. This file runs in Node.js
 * and in browsers.
 */
import { type NormalizeOptions, normalize } from '../normalize.ts';
import { type NumberClasses, Rule, ruleFrom } from '../phone-classes/class-rules.ts';
import { type InvalidReason, identifierTypes, invalidReasons } from '../rules.ts';
import type { KernelCounts } from './counts.ts';
import { pageOf } from './wide-characters.ts';

export interface KernelOptions extends NormalizeOptions {
  /** The stream marks the first value of each member. */
  readonly marked: boolean;
  /** Of the country of `toE164Digits`. With them the kernel asks about one number of each class, otherwise about every number. */
  readonly numberClasses?: NumberClasses | undefined;
  readonly maxChunkRecords: number;
  readonly maxChunkBytes: number;
}

/** What `run` needs next. The numbers are those of kernel.as.ts. */
export const KernelStatus = {
  NeedsInput: 0,
  OutputFull: 1,
  ChunkFull: 2,
  Ended: 3,
  /** A WebAssembly memory has at most 4 GiB, and some 350 million lines do not fit into it any more. */
  OutOfMemory: 4,
  /** A value of a marked stream lacks its mark. */
  Malformed: 5,
} as const;
export type KernelStatus = (typeof KernelStatus)[keyof typeof KernelStatus];

const COUNTERS = [
  'rows',
  'scanned',
  'missing',
  'prehashed',
  'hashed',
  'raw',
  'duplicates',
  'unique',
] as const;
const FINDINGS = ['leadingZero', 'upperCase', 'repaired', 'digitsLost'] as const;

/** How many row numbers are kept for each reason. */
export const SAMPLE = 10;

/** As in layout.as.ts. */
export const OUTPUT_BUFFERS = 4;

/** Pages of 64 KiB: as many as the module declares, and as many as 32 bits can address. */
export const MEMORY_PAGES = { initial: 2, maximum: 65_536 };

/** The outcomes that `settle` returns, as in outcomes.as.ts. */
const MISSING = 0;
const HASHED = 18;
const PREHASHED = 19;
const RAW = 20;
const LEADING_ZERO = 0x100;
const REPAIRED = 0x200;
const DIGITS_LOST = 0x400;

interface KernelExports {
  readonly COUNTS: WebAssembly.Global<'i32'>;
  readonly SAMPLES: WebAssembly.Global<'i32'>;
  readonly CLASS_NEXT: WebAssembly.Global<'i32'>;
  readonly CLASS_RULES: WebAssembly.Global<'i32'>;
  prepare(
    type: number,
    raw: boolean,
    country: boolean,
    marked: boolean,
    maxRecords: number,
    maxBytes: number,
  ): number;
  setClasses(callingCode: number, length: number): void;
  run(): KernelStatus;
  inputEnd(): number;
  inputRoom(): number;
  takeInput(length: number): void;
  outputStart(): number;
  outputEnd(): number;
  writeTo(buffer: number): void;
  recordsOfChunk(): number;
  startChunk(): void;
}

/** Without `ignoreBOM`, a decoder would remove U+FEFF at the beginning of a value. The rules decide what happens to it. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

export class Kernel<Memory extends ArrayBuffer | SharedArrayBuffer = ArrayBuffer | SharedArrayBuffer> {
  readonly #exports: KernelExports;
  readonly #options: KernelOptions;
  readonly #memory: WebAssembly.Memory<Memory>;
  #bytes: Uint8Array<Memory>;

  /** @param module the kernel, compiled for this kind of memory */
  constructor(options: KernelOptions, module: WebAssembly.Module, memory: WebAssembly.Memory<Memory>) {
    this.#options = options;
    this.#memory = memory;
    const instance = new WebAssembly.Instance(module, {
      env: {
        memory,
        settle: (text: number, length: number, digest: number, line: number) =>
          this.#settle(text, length, digest, line),
        ruleOf: (digits: number, length: number) => this.#ruleOf(digits, length),
        pageOf: (page: number, to: number) => new Uint16Array(memory.buffer, to, 256).set(pageOf(page)),
      },
    });
    this.#exports = instance.exports as unknown as KernelExports;
    const prepared = this.#exports.prepare(
      identifierTypes.indexOf(options.type),
      options.ifaFormat === 'raw',
      options.toE164Digits !== undefined,
      options.marked,
      options.maxChunkRecords,
      options.maxChunkBytes,
    );
    if (!prepared) throw new RangeError('no memory for the kernel');
    this.#bytes = new Uint8Array(memory.buffer);
    if (options.numberClasses) this.#setClasses(options.numberClasses);
  }

  run(): KernelStatus {
    return this.#exports.run();
  }

  /** Where to put the next bytes of the stream. Valid until `run`. */
  input(): Uint8Array {
    const start = this.#exports.inputEnd();
    return this.#current.subarray(start, start + this.#exports.inputRoom());
  }

  /** Says that `input()` has `length` new bytes. With 0, the stream is at its end. */
  take(length: number): void {
    this.#exports.takeInput(length);
  }

  /** The lines since `writeTo`, in the kernel's memory. Valid until that buffer is used again. */
  output(): Uint8Array<Memory> {
    const start = this.#exports.outputStart();
    return new Uint8Array(this.#memory.buffer, start, this.#exports.outputEnd() - start);
  }

  /** Lets the kernel write the next lines to a buffer: 0 ≤ `buffer` < OUTPUT_BUFFERS. */
  writeTo(buffer: number): void {
    this.#exports.writeTo(buffer);
  }

  /** How many lines the current chunk has, including those in `output`. */
  get chunkRecords(): number {
    return this.#exports.recordsOfChunk();
  }

  startChunk(): void {
    this.#exports.startChunk();
  }

  /** How many values were taken so far. Cheap enough for a display. */
  progress(): { rows: bigint; scanned: bigint; unique: bigint } {
    const counters = this.#counters();
    return { rows: counters[0]!, scanned: counters[1]!, unique: counters[7]! };
  }

  counts(): KernelCounts {
    const counters = [...this.#counters()].map(Number);
    const samples = new BigUint64Array(
      this.#current.buffer,
      this.#exports.SAMPLES.value,
      invalidReasons.length * SAMPLE,
    );
    const take = <Name extends string>(names: readonly Name[]) =>
      Object.fromEntries(names.map((name) => [name, counters.shift() ?? 0])) as Record<Name, number>;
    const plain = { ...take(COUNTERS), ...take(FINDINGS) };
    const invalid: Partial<Record<InvalidReason, number>> = {};
    const invalidRows: Partial<Record<InvalidReason, number[]>> = {};
    invalidReasons.forEach((reason, index) => {
      const count = counters[index] ?? 0;
      if (count === 0) return;
      invalid[reason] = count;
      invalidRows[reason] = [
        ...samples.subarray(index * SAMPLE, index * SAMPLE + Math.min(count, SAMPLE)),
      ].map(Number);
    });
    return { ...plain, invalid, invalidRows };
  }

  #setClasses({ callingCode, next, rules }: NumberClasses): void {
    const { CLASS_NEXT, CLASS_RULES, setClasses } = this.#exports;
    this.#current.set(new Uint8Array(next.buffer), CLASS_NEXT.value);
    this.#current.set(rules, CLASS_RULES.value);
    let packed = 0;
    for (let n = 0; n < callingCode.length; n++) packed |= callingCode.charCodeAt(n) << (8 * n);
    setClasses(packed, callingCode.length);
  }

  #counters(): BigUint64Array {
    const length = COUNTERS.length + FINDINGS.length + invalidReasons.length;
    return new BigUint64Array(this.#current.buffer, this.#exports.COUNTS.value, length);
  }

  /** The current memory. When it grows, it gets another buffer. */
  get #current(): Uint8Array<Memory> {
    if (this.#bytes.buffer !== this.#memory.buffer) this.#bytes = new Uint8Array(this.#memory.buffer);
    return this.#bytes;
  }

  /** Replaces bytes that are not UTF-8 by U+FFFD (Encoding Standard), then applies the rules. */
  #settle(text: number, length: number, digest: number, line: number): number {
    const bytes = this.#current;
    const outcome = normalize(utf8.decode(bytes.subarray(text, text + length)), this.#options);
    switch (outcome.state) {
      case 'missing':
        return MISSING;
      case 'invalid':
        return (1 + invalidReasons.indexOf(outcome.reason)) | (outcome.digitsLost ? DIGITS_LOST : 0);
      case 'prehashed':
        writeAscii(bytes, line, outcome.output);
        return PREHASHED;
      case 'raw':
        writeAscii(bytes, line, outcome.output);
        return RAW;
      case 'hashed': {
        writeHex(bytes, digest, outcome.output);
        const { type, toE164Digits } = this.#options;
        const leadingZero = type === 'phone' && !toE164Digits && outcome.normalForm.startsWith('0');
        return HASHED | (leadingZero ? LEADING_ZERO : 0) | (outcome.repaired ? REPAIRED : 0);
      }
    }
  }

  /** The rule for the class of a phone number, from the result for this number. */
  #ruleOf(start: number, length: number): number {
    const { toE164Digits, numberClasses } = this.#options;
    if (!toE164Digits || !numberClasses) return Rule.NoClass;
    const digits = utf8.decode(this.#current.subarray(start, start + length));
    return ruleFrom(digits, toE164Digits(digits), numberClasses.callingCode);
  }
}

function writeAscii(bytes: Uint8Array, start: number, text: string): void {
  for (let n = 0; n < text.length; n++) bytes[start + n] = text.charCodeAt(n);
}

function writeHex(bytes: Uint8Array, start: number, hex: string): void {
  for (let n = 0; n < hex.length; n += 2) {
    bytes[start + n / 2] = (nibble(hex.charCodeAt(n)) << 4) | nibble(hex.charCodeAt(n + 1));
  }
}

/** Of `0`–`9` and `a`–`f`. Letters have bit 6 set, and their lower bits start at 1. */
const nibble = (code: number): number => (code & 15) + (code >> 6) * 9;
