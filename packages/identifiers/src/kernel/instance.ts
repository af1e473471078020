/**
 * One instance of the kernel (kernel.as.ts, compiled by scripts/build-kernel.sh). The instances of a team share one
 * memory and one audience, each in a thread of its own. Before the audience may come lists of people who must not be in
 * it. Each is a value stream, which is cut into blocks of whole records, and each block goes through a slot of the
 * memory:
 *
 *     cut          by one instance, in the order of the stream: input(), take(), cutBlock(), nextSlot()
 *     hashBlock    by any instance
 *     findNew      once for each shard of the set, by any instance. In one shard: in the order of the stream
 *     writeLines   by any instance, in the order of the stream. Then the slot is free
 *
 * A stream must be written before the next one begins. Nothing else depends on an order, so a team gives exactly what
 * one instance alone gives. This file runs in Node.js and in browsers.
 */
import { judge, type NormalizeOptions } from '../normalize.ts';
import { type NumberClasses, Rule, ruleFrom, rulesByClass } from '../phone-classes/class-rules.ts';
import { identifierTypes, invalidReasons, MAX_PHONE_DIGITS } from '../rules.ts';
import {
  type CountsPlace,
  type KernelCounts,
  type LeftOut,
  readCounts,
  readLeftOut,
  readListSum,
  readProgress,
} from './counts.ts';
import { pageOf } from './wide-characters.ts';

export interface KernelOptions extends NormalizeOptions {
  /** The audience marks the first value of each member. `beginStream` may say it later. */
  readonly marked: boolean;
  /** Lists come before the audience. At most 15; see members.as.ts. */
  readonly hasLists?: boolean | undefined;
  /** Nobody is held out without it. */
  readonly holdOut?: HeldOutShare | undefined;
  /** Nobody is left out without it. */
  readonly erased?: ErasedPeople | undefined;
  /**
   * Of the country of `toE164Digits`. With them the kernel asks about one number of each class, otherwise about every
   * number.
   */
  readonly numberClasses?: NumberClasses | undefined;
  /**
   * Where numbers without a country code are probably from, if there is no default country. It changes no line: the
   * kernel only counts the numbers before which this default country would put its calling code. Numbers without a
   * class are not counted, because to ask about each of them would take long.
   */
  readonly presumedCountry?: PresumedCountry | undefined;
  /** Something will ask `linesIn`. */
  readonly keepsLines?: boolean | undefined;
  readonly maxChunkRecords: number;
  readonly maxChunkBytes: number;
}

export interface PresumedCountry {
  readonly toE164Digits: (digits: string) => string | undefined;
  readonly numberClasses: NumberClasses;
}

/** Whom a hold-out keeps out; hold-out.ts has the rule. */
export interface HeldOutShare {
  /** At most 40 ASCII characters. */
  readonly experiment: string;
  /** The members with a smaller number are held out: 0 ≤ `below` < 2³². */
  readonly below: number;
}

/** People whom every run leaves out, by keyed hashes; erased.as.ts has the rule. */
export interface ErasedPeople {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** Keyed hashes of 32 bytes, one after another: at most MAX_ERASED. */
  readonly hashes: Uint8Array;
}

/** What the instances of a team have in common, and the number of this one. */
export interface TeamPlace {
  /** From 0. Number 0 must be made first, because it begins the stream. */
  readonly instance: number;
  /** The set has `2 ** shardBits` shards. 0 ≤ `shardBits` ≤ 6. */
  readonly shardBits: number;
}

/** An instance that has the stream for itself. */
export const ALONE: TeamPlace = { instance: 0, shardBits: 0 };

// As in layout.as.ts.
export const OUTPUT_BUFFERS = 4;
const MAX_INSTANCES = 9;
export const MAX_SLOTS = 24;

/** As in layout.as.ts. */
const ERASED_SLOTS = 128 << 10;
/** The table of keyed hashes is at most half full, so that a search is short. */
export const MAX_ERASED = ERASED_SLOTS / 2;

/** How many partitions the set of lines has, as in members.as.ts. */
export const LINE_PARTITIONS = 4096;

/** Pages of 64 KiB: as many as the module declares, and as many as 32 bits can address. */
export const MEMORY_PAGES = { initial: 2, maximum: 65_536 };

/** What `writeLines` returns, as in lines.as.ts. */
export const Written = { Block: 0, OutputFull: 1, ChunkFull: 2 } as const;
export type Written = (typeof Written)[keyof typeof Written];

/** The outcomes that `settle` returns, as in outcomes.as.ts. */
const MISSING = 0;
const HASHED = 18;
const PREHASHED = 19;
const RAW = 20;
const LEADING_ZERO = 0x100;
const REPAIRED = 0x200;
const DIGITS_LOST = 0x400;
const LOOKS_NATIONAL = 0x800;

interface KernelExports {
  readonly COUNTS: WebAssembly.Global<'i32'>;
  readonly SAMPLES: WebAssembly.Global<'i32'>;
  readonly CLASS_NEXT: WebAssembly.Global<'i32'>;
  readonly CLASS_RULES: WebAssembly.Global<'i32'>;
  readonly EXPERIMENT: WebAssembly.Global<'i32'>;
  readonly ERASED_KEYS: WebAssembly.Global<'i32'>;
  readonly ERASED_PREFIX: WebAssembly.Global<'i32'>;
  readonly ERASED_TABLE: WebAssembly.Global<'i32'>;
  prepare(
    instance: number,
    type: number,
    raw: boolean,
    hashesInRaw: boolean,
    country: boolean,
    lists: boolean,
    maxRecords: number,
    maxBytes: number,
  ): void;
  begin(): number;
  beginStream(list: number, marked: boolean): void;
  setHoldOut(length: number, below: number): void;
  setErased(length: number): void;
  compareHashes(wanted: boolean): void;
  takeErasureKey(): void;
  setClasses(callingCode: number, length: number): void;
  inputEnd(): number;
  inputRoom(): number;
  takeInput(length: number): void;
  cutBlock(): number;
  nextSlot(slot: number, alignment: number): void;
  moveToLong(): void;
  hashBlock(slot: number): number;
  findNew(slot: number, shard: number, shardBits: number): number;
  writeLines(slot: number): Written;
  outputStart(): number;
  outputEnd(): number;
  writeTo(buffer: number): void;
  recordsOfChunk(): number;
  startChunk(): void;
  linesIn(partition: number): number;
  linesStart(): number;
}

/**
 * Without `ignoreBOM`, a decoder would remove U+FEFF at the beginning of a value. The rules decide what happens to it.
 */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

export class KernelInstance<Memory extends ArrayBuffer | SharedArrayBuffer = ArrayBuffer | SharedArrayBuffer> {
  readonly #exports: KernelExports;
  readonly #options: KernelOptions;
  readonly #memory: WebAssembly.Memory<Memory>;
  readonly #shardBits: number;
  readonly #counts: CountsPlace;
  readonly #rules: NormalizeOptions;
  /** The digits of the last number that was written without `+`, if there is a presumed country. */
  #digits = '';
  readonly #ruleOfPresumed: ((digits: string) => number) | undefined;
  #bytes: Uint8Array<Memory>;

  /**
   * @param module the kernel, compiled for this kind of memory
   * @throws {RangeError} when there is no memory for an empty set; for a number above MAX_INSTANCES
   */
  constructor(
    options: KernelOptions,
    module: WebAssembly.Module,
    memory: WebAssembly.Memory<Memory>,
    { instance, shardBits }: TeamPlace = ALONE,
  ) {
    if (instance >= MAX_INSTANCES) throw new RangeError(`no workspace for instance ${instance}`);
    this.#options = options;
    this.#rules = options;
    if (options.presumedCountry && !options.toE164Digits) {
      const { toE164Digits, numberClasses } = options.presumedCountry;
      this.#ruleOfPresumed = rulesByClass(toE164Digits, numberClasses);
      this.#rules = { ...options, toE164Digits: (digits) => (this.#digits = digits) };
    }
    this.#memory = memory;
    this.#shardBits = shardBits;
    this.#exports = this.#instantiate(module);
    const { COUNTS, SAMPLES } = this.#exports;
    this.#counts = { counters: COUNTS.value, samples: SAMPLES.value };
    if (instance === 0 && !this.#exports.begin()) throw new RangeError('no memory for the kernel');
    this.#exports.prepare(
      instance,
      identifierTypes.indexOf(options.type),
      options.ifaFormat === 'raw',
      options.hashesInRawColumn !== false,
      options.toE164Digits !== undefined,
      options.hasLists === true,
      options.maxChunkRecords,
      options.maxChunkBytes,
    );
    this.#bytes = new Uint8Array(memory.buffer);
    if (instance === 0) this.beginStream(0, options.marked);
    // So the same lines have the same form with and without people who are left out.
    if (options.keepsLines) this.#exports.compareHashes(true);
    if (options.holdOut) this.#setHoldOut(options.holdOut, instance);
    if (options.erased) this.#setErased(options.erased, instance);
    const numberClasses = options.toE164Digits ? options.numberClasses : options.presumedCountry?.numberClasses;
    if (numberClasses) this.#setClasses(numberClasses);
  }

  /**
   * Begins a stream, on the instance that cuts: each list, from 1, then the audience, 0. The stream before must have
   * ended, and its blocks must have been written. Its counts start at 0.
   */
  beginStream(list: number, marked: boolean): void {
    this.#exports.beginStream(list, marked);
  }

  /**
   * Where to put the next bytes of the stream. Valid until `take`. Empty when the next block must be cut first, or, if
   * `cutBlock` cuts none, the long record moved by `moveToLong`.
   */
  input(): Uint8Array<Memory> {
    const start = this.#exports.inputEnd();
    return this.#current.subarray(start, start + this.#exports.inputRoom());
  }

  /** Says that `input()` has `length` new bytes. With 0, the stream is at its end. */
  take(length: number): void {
    this.#exports.takeInput(length);
  }

  /** Completes the block of the whole records so far, if there are any. Then `nextSlot` must be called. */
  cutBlock(): boolean {
    return this.#exports.cutBlock() !== 0;
  }

  /**
   * Puts the next block into a free slot.
   * @param slot 0 ≤ `slot` < MAX_SLOTS
   * @param alignment the address of the next bytes of the stream modulo 8, which makes copying them faster
   */
  nextSlot(slot: number, alignment = 0): void {
    this.#exports.nextSlot(slot, alignment);
  }

  /** Makes room for one record that does not fit into a slot. Every block before must have been written. */
  moveToLong(): void {
    this.#exports.moveToLong();
  }

  /** Normalises and hashes the values of a block. False when a value of a marked stream has no mark. */
  hashBlock(slot: number): boolean {
    return this.#exports.hashBlock(slot) !== 0;
  }

  /**
   * Finds which values of a block are new in one shard of the set. False when there is no memory left: a WebAssembly
   * memory has at most 4 GiB, and some 350 million lines do not fit into it any more.
   */
  findNew(slot: number, shard: number): boolean {
    return this.#exports.findNew(slot, shard, this.#shardBits) !== 0;
  }

  /** Writes the new lines of a block to the output. After `OutputFull` or `ChunkFull`, call it again for the rest. */
  writeLines(slot: number): Written {
    return this.#exports.writeLines(slot);
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

  /**
   * What identifies the lines of the audience in one of LINE_PARTITIONS parts of the set: 8 bytes each, the same for
   * the same line in each run with `keepsLines`. All blocks must have been written. Valid until the next call.
   */
  linesIn(partition: number): Uint8Array<Memory> {
    const { linesIn, linesStart } = this.#exports;
    const length = linesIn(partition);
    return new Uint8Array(this.#memory.buffer, linesStart(), length);
  }

  /** How many values of the written blocks were taken so far. */
  progress(): { rows: number; scanned: number; unique: number } {
    return readProgress(this.#memory.buffer, this.#counts);
  }

  /** The counts of the written blocks of the stream. */
  counts(): KernelCounts {
    return readCounts(this.#memory.buffer, this.#counts);
  }

  /** How many values of the written blocks of the audience got no line, although they are valid. */
  leftOut(): LeftOut {
    return readLeftOut(this.#memory.buffer, this.#counts);
  }

  /** Equal for equal lists, and with near certainty only for them. Of the list that was written last. */
  listSum(): string {
    return readListSum(this.#memory.buffer, this.#counts);
  }

  #instantiate(module: WebAssembly.Module): KernelExports {
    const memory = this.#memory;
    const instance = new WebAssembly.Instance(module, {
      env: {
        memory,
        settle: (text: number, length: number, digest: number, mayBeHash: number) =>
          this.#settle(text, length, digest, mayBeHash !== 0),
        ruleOf: (digits: number, length: number) => this.#ruleOf(digits, length),
        pageOf: (page: number, to: number) => new Uint16Array(memory.buffer, to, 256).set(pageOf(page)),
      },
    });
    return instance.exports as unknown as KernelExports;
  }

  #setHoldOut({ experiment, below }: HeldOutShare, instance: number): void {
    const { EXPERIMENT, setHoldOut } = this.#exports;
    if (instance === 0) writeAscii(this.#current, EXPERIMENT.value, `${experiment}:`);
    setHoldOut(experiment.length + 1, below);
  }

  #setErased({ key, hashes }: ErasedPeople, instance: number): void {
    const { ERASED_KEYS, ERASED_PREFIX, ERASED_TABLE, setErased, takeErasureKey } = this.#exports;
    const prefix = `${this.#options.type}:`;
    setErased(prefix.length);
    // The others find what the first one has written.
    if (instance > 0) return;
    if (hashes.length > MAX_ERASED * 32) throw new RangeError('too many people on the erasure list');
    const bytes = this.#current;
    writeAscii(bytes, ERASED_PREFIX.value, prefix);
    // RFC 2104: the key, padded with zeros to a block, with two masks.
    [0x36, 0x5c].forEach((mask, n) => {
      const block = bytes.subarray(ERASED_KEYS.value + n * 64, ERASED_KEYS.value + (n + 1) * 64);
      block.fill(mask);
      key.forEach((byte, at) => {
        block[at] = byte ^ mask;
      });
    });
    takeErasureKey();
    // Nobody needs the key itself any more.
    bytes.fill(0, ERASED_KEYS.value, ERASED_KEYS.value + 128);
    const table = bytes.subarray(ERASED_TABLE.value, ERASED_TABLE.value + ERASED_SLOTS * 16).fill(0);
    for (let from = 0; from < hashes.length; from += 32) {
      const hash = hashes.subarray(from, from + 16);
      let at = (hash[0]! | (hash[1]! << 8) | (hash[2]! << 16)) & (ERASED_SLOTS - 1);
      while (table.subarray(at * 16, at * 16 + 16).some((byte) => byte !== 0)) at = (at + 1) & (ERASED_SLOTS - 1);
      table.set(hash, at * 16);
    }
  }

  /**
   * The tables are shared, and the memory may still have those of another country. An instance that only cuts the
   * stream does not know the classes. So each instance that uses the tables writes them first. All write the same, so
   * they may do it while others read; at worst, the host is asked once more about a class.
   */
  #setClasses({ callingCode, next, rules }: NumberClasses): void {
    const { CLASS_NEXT, CLASS_RULES, setClasses } = this.#exports;
    this.#current.set(new Uint8Array(next.buffer), CLASS_NEXT.value);
    this.#current.set(rules, CLASS_RULES.value);
    let packed = 0;
    for (let n = 0; n < callingCode.length; n++) packed |= callingCode.charCodeAt(n) << (8 * n);
    setClasses(packed, callingCode.length);
  }

  /** The current memory. When it grows, it gets another buffer. */
  get #current(): Uint8Array<Memory> {
    if (this.#bytes.buffer !== this.#memory.buffer) this.#bytes = new Uint8Array(this.#memory.buffer);
    return this.#bytes;
  }

  /** Replaces bytes that are not UTF-8 by U+FFFD (Encoding Standard), then applies the rules. */
  #settle(text: number, length: number, digest: number, mayBeHash: boolean): number {
    const bytes = this.#current;
    this.#digits = '';
    const outcome = judge(utf8.decode(bytes.subarray(text, text + length)), this.#rules, mayBeHash);
    switch (outcome.state) {
      case 'missing':
        return MISSING;
      case 'invalid':
        return (1 + invalidReasons.indexOf(outcome.reason)) | (outcome.digitsLost ? DIGITS_LOST : 0);
      case 'prehashed':
        writeAscii(bytes, text, outcome.output);
        return PREHASHED;
      case 'raw':
        writeAscii(bytes, text, outcome.output);
        return RAW;
      case 'hashed': {
        writeHex(bytes, digest, outcome.output);
        if (this.#options.type !== 'phone') return HASHED;
        const repaired = outcome.repaired ? REPAIRED : 0;
        if (outcome.normalForm.startsWith('0')) return HASHED | repaired | LEADING_ZERO;
        return HASHED | repaired | (this.#lacksCallingCode() ? LOOKS_NATIONAL : 0);
      }
    }
  }

  /** Whether the calling code of the presumed country would come before the last number, and make it a number. */
  #lacksCallingCode(): boolean {
    const digits = this.#digits;
    const { callingCode = '' } = this.#options.presumedCountry?.numberClasses ?? {};
    if (digits === '' || callingCode.length + digits.length > MAX_PHONE_DIGITS) return false;
    return this.#ruleOfPresumed?.(digits) === Rule.CallingCode;
  }

  /** The rule for the class of a phone number, from the result for this number. */
  #ruleOf(start: number, length: number): number {
    const { toE164Digits, numberClasses } = this.#options;
    const digits = utf8.decode(this.#current.subarray(start, start + length));
    if (this.#ruleOfPresumed) return this.#ruleOfPresumed(digits);
    if (!toE164Digits || !numberClasses) return Rule.NoClass;
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
