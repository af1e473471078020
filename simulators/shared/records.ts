/**
 * Fixed-width binary records in pages: a hash of 64 hex digits has 32 bytes, an advertising id 16. A file of
 * a million lines takes 31 MB outside the JavaScript heap, instead of a million strings on it.
 */

const pageBits = 15;
const perPage = 1 << pageBits;
/** The room of a new list, in records. Most lists of a test are short. */
const firstRoom = 32;

/**
 * A list of records with `words` 32-bit words each. Records are only appended. The first page grows in steps.
 * Later pages have their full size and never move, so a large list is not copied as it grows.
 */
export class Records {
  readonly words: number;
  readonly #pages: Uint32Array[] = [];
  #count = 0;

  constructor(words: number) {
    this.words = words;
  }

  get count(): number {
    return this.#count;
  }

  /** The page for the next record, to write at {@link openOffset}. It counts after {@link commit}. */
  openPage(): Uint32Array {
    const index = this.#count >>> pageBits;
    const page = this.#pages[index];
    return page && this.openOffset() < page.length ? page : this.#newPage(index, page);
  }

  #newPage(index: number, full: Uint32Array | undefined): Uint32Array {
    const room = index > 0 ? perPage : full ? Math.min(perPage, (4 * full.length) / this.words) : firstRoom;
    const page = new Uint32Array(room * this.words);
    if (full) page.set(full);
    this.#pages[index] = page;
    return page;
  }

  openOffset(): number {
    return (this.#count & (perPage - 1)) * this.words;
  }

  commit(): void {
    this.#count += 1;
  }

  page(index: number): Uint32Array {
    return this.#pages[index >>> pageBits]!;
  }

  offset(index: number): number {
    return (index & (perPage - 1)) * this.words;
  }

  /** The bytes of the record as hex, in lower case. */
  hex(index: number): string {
    const page = this.page(index);
    return Buffer.from(page.buffer, this.offset(index) * 4, this.words * 4).toString('hex');
  }

  /**
   * The indices of all records, sorted by their bytes. It sorts by the first four bytes natively, and then
   * compares only the few records that share them. Comparing only in JavaScript would take minutes for tens
   * of millions.
   */
  sorted(): Uint32Array {
    const keys = new BigUint64Array(this.#count);
    const halves = new Uint32Array(keys.buffer); // Little-endian: low word, then high word.
    for (let index = 0; index < this.#count; index += 1) {
      halves[2 * index] = index;
      halves[2 * index + 1] = swap(this.page(index)[this.offset(index)]!);
    }
    keys.sort();
    const order = new Uint32Array(this.#count);
    for (let start = 0; start < order.length; ) {
      let end = start + 1;
      while (end < order.length && halves[2 * end + 1] === halves[2 * start + 1]) end += 1;
      for (let at = start; at < end; at += 1) order[at] = halves[2 * at]!;
      if (end - start > 1) order.subarray(start, end).sort((a, b) => this.#compare(a, b));
      start = end;
    }
    return order;
  }

  #compare(a: number, b: number): number {
    const left = Buffer.from(this.page(a).buffer, this.offset(a) * 4, this.words * 4);
    return left.compare(Buffer.from(this.page(b).buffer, this.offset(b) * 4, this.words * 4));
  }
}

function swap(word: number): number {
  return ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}
