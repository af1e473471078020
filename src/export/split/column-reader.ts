/**
 * The members of one value stream (src/sources/source.ts), as its blocks come. A value stays where it is in the bytes
 * of the stream, so that nothing is made for each of many millions.
 */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';

const LF = 0x0a;
const QUOTE = 0x22;
/** The mark of the first value of a member. */
const FIRST = 0x2b;

/** No member has values of so many bytes together. */
const MAX_BYTES = 64 << 20;

export class ColumnReader {
  readonly #marked: boolean;
  #memory = Buffer.allocUnsafeSlow(1 << 16);
  #bytes = this.#memory.subarray(0, 0);
  /** Where the member begins that was not taken yet. */
  #begin = 0;
  /** Where the next record begins. */
  #at = 0;
  #isWhole = false;
  #hasEnded = false;
  /** The values of the member that `next` has found. */
  count = 0;
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #isQuoted: boolean[] = [];

  constructor(marked: boolean) {
    this.#marked = marked;
  }

  /** The bytes in which the values are. Valid until `add`. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  from(n: number): number {
    return this.#from[n]!;
  }

  to(n: number): number {
    return this.#to[n]!;
  }

  /** Whether the quotes inside the value are doubled. */
  isQuoted(n: number): boolean {
    return this.#isQuoted[n]!;
  }

  /** @throws {LineupError} `source_unreadable` for a member that is too large */
  add(block: Uint8Array): void {
    // A member that was not taken is read again from its first value.
    const begin = this.#begin;
    const left = this.#bytes.length - begin;
    const size = left + block.length;
    if (size > MAX_BYTES) {
      throw new LineupError('source_unreadable', sentence`A value of the source is too long. Check the source.`);
    }
    if (size > this.#memory.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(size, this.#memory.length * 2));
      this.#bytes.copy(larger, 0, begin);
      this.#memory.fill(0);
      this.#memory = larger;
    } else this.#memory.copyWithin(0, begin, this.#bytes.length);
    this.#memory.set(block, left);
    this.#bytes = this.#memory.subarray(0, size);
    this.#reset(0);
  }

  /** No more blocks follow. */
  end(): void {
    this.#hasEnded = true;
  }

  /** Whether the next member is there, with all of its values. It stays until `take`. */
  next(): boolean {
    while (!this.#isWhole) {
      if (!this.#marked) {
        if (!this.#record()) return false;
        this.#isWhole = true;
      } else if (!this.#furtherValue()) return false;
    }
    return true;
  }

  /** Goes on to the member after this one. */
  take(): void {
    this.#reset(this.#at);
  }

  /** Whether all bytes belong to members that were taken. */
  get isEmpty(): boolean {
    return !this.#isWhole && this.#begin === this.#bytes.length;
  }

  /** Overwrites the bytes. */
  clear(): void {
    this.#memory.fill(0);
  }

  #reset(begin: number): void {
    this.#begin = begin;
    this.#at = begin;
    this.count = 0;
    this.#isWhole = false;
  }

  /** The next value of a list. @returns false when it is not there yet */
  #furtherValue(): boolean {
    const bytes = this.#bytes;
    if (this.#at >= bytes.length) {
      this.#isWhole = this.#hasEnded && this.count > 0;
      return this.#isWhole;
    }
    const mark = bytes[this.#at] === QUOTE ? bytes[this.#at + 1] : bytes[this.#at];
    if (mark === FIRST && this.count > 0) {
      this.#isWhole = true;
      return true;
    }
    if (!this.#record()) return false;
    this.#from[this.count - 1]! += 1;
    return true;
  }

  /** Finds the end of the record at the place. @returns false when it is not there yet */
  #record(): boolean {
    const bytes = this.#bytes;
    const at = this.#at;
    if (at >= bytes.length) return false;
    const n = this.count;
    if (bytes[at] !== QUOTE) {
      const end = bytes.indexOf(LF, at);
      if (end === -1) return false;
      this.#from[n] = at;
      this.#to[n] = end;
      this.#isQuoted[n] = false;
      this.#at = end + 1;
    } else {
      const end = closingQuote(bytes, at);
      if (end === -1) return false;
      this.#from[n] = at + 1;
      this.#to[n] = end;
      this.#isQuoted[n] = true;
      this.#at = end + 2;
    }
    this.count = n + 1;
    return true;
  }
}

/** The quote that ends the record, with its line feed after it; -1 when they are not there yet. */
function closingQuote(bytes: Buffer, opening: number): number {
  for (let at = opening + 1; ; ) {
    const quote = bytes.indexOf(QUOTE, at);
    if (quote === -1 || quote + 1 >= bytes.length) return -1;
    if (bytes[quote + 1] !== QUOTE) return quote;
    at = quote + 2;
  }
}
