/**
 * A set of fixed-width records. Open addressing over 32-bit positions, with about 8 more bytes per record.
 */
import { Records } from './records.ts';

export class RecordSet {
  readonly records: Records;
  /** The position + 1 of the record in each slot, or 0 for a free slot. The length is a power of two. */
  #slots = new Uint32Array(1 << 4);

  constructor(words: number) {
    this.records = new Records(words);
  }

  get size(): number {
    return this.records.count;
  }

  /** Whether the record at this offset of this page is a member. */
  has(page: Uint32Array, offset: number): boolean {
    return this.#slots[this.#find(page, offset)] !== 0;
  }

  /** Adds the first `limit` records of a list. Existing members are ignored. */
  addAll(list: Records, limit = list.count): void {
    for (let index = 0; index < Math.min(limit, list.count); index += 1) this.put(list.page(index), list.offset(index));
  }

  /** Adds a record if it is not a member. @returns its position, which never changes */
  put(page: Uint32Array, offset: number): number {
    if (2 * (this.size + 1) > this.#slots.length) this.#grow();
    const slot = this.#find(page, offset);
    const held = this.#slots[slot]!;
    if (held !== 0) return held - 1;
    const { words } = this.records;
    const own = this.records.openPage();
    const to = this.records.openOffset();
    for (let word = 0; word < words; word += 1) own[to + word] = page[offset + word]!;
    this.records.commit();
    this.#slots[slot] = this.size;
    return this.size - 1;
  }

  /** The position of a member, or -1. */
  find(page: Uint32Array, offset: number): number {
    return this.#slots[this.#find(page, offset)]! - 1;
  }

  /** The slot of this record, or the free slot for it. */
  #find(page: Uint32Array, offset: number): number {
    const { records } = this;
    const { words } = records;
    const mask = this.#slots.length - 1;
    let slot = mix(page, offset, words) & mask;
    for (;;) {
      const held = this.#slots[slot]!;
      if (held === 0) return slot;
      const own = records.page(held - 1);
      const from = records.offset(held - 1);
      let word = 0;
      while (word < words && own[from + word] === page[offset + word]) word += 1;
      if (word === words) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    const { records } = this;
    for (let index = 0; index < records.count; index += 1) {
      let slot = mix(records.page(index), records.offset(index), records.words) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = index + 1;
    }
    this.#slots = slots;
  }
}

/** Uses every word, because invented test data often differs only in a few last digits. */
function mix(page: Uint32Array, offset: number, words: number): number {
  let hash = 0x9e3779b9;
  for (let word = 0; word < words; word += 1) {
    hash = Math.imul(hash ^ page[offset + word]!, 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}
