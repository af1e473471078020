/** The members of a custom audience. Lines are compared without case, and returned in lower case. */
import { createHash } from 'node:crypto';
import { digestWords, idText, idWords } from '../shared/hex-codec.ts';
import { blocks } from '../shared/line-blocks.ts';
import { RecordSet } from '../shared/record-set.ts';
import type { Records } from '../shared/records.ts';
import { LineBatch } from './line-batch.ts';

export class Membership {
  readonly #digests = new RecordSet(digestWords);
  readonly #ids = new RecordSet(idWords);

  get size(): number {
    return this.#digests.size + this.#ids.size;
  }

  /** How many members are hashes, of any identifier type. */
  get digestCount(): number {
    return this.#digests.size;
  }

  has(line: string): boolean {
    const probe = new LineBatch();
    const form = probe.add(Buffer.from(line));
    if (form === null) return false;
    const [set, list] = form === 'digest' ? [this.#digests, probe.digests] : [this.#ids, probe.ids];
    return set.has(list.page(0), list.offset(0));
  }

  /** Adds the first `limit` lines of a file. */
  add(batch: LineBatch, limit = batch.count): void {
    this.#digests.addAll(batch.digests, limit);
    this.#ids.addAll(batch.ids, Math.max(0, limit - batch.digests.count));
  }

  /** How many members are also in the other audience. */
  shared(other: Membership): number {
    return sharedOf(this.#digests, other.#digests) + sharedOf(this.#ids, other.#ids);
  }

  /** All members as lines, sorted by their bytes. */
  *[Symbol.iterator](): Generator<string> {
    const ids = texts(this.#ids.records, idText);
    let id = ids.next();
    for (const digest of texts(this.#digests.records, (hex) => hex)) {
      for (; !id.done && id.value < digest; id = ids.next()) yield id.value;
      yield digest;
    }
    for (; !id.done; id = ids.next()) yield id.value;
  }

  /** SHA-256 of the sorted lines, each with LF: the same as `LC_ALL=C sort -u FILE | sha256sum`. */
  sha256(): string {
    const hash = createHash('sha256');
    for (const block of blocks(this)) hash.update(block);
    return hash.digest('hex');
  }
}

function* texts(records: Records, form: (hex: string) => string): Generator<string, undefined> {
  for (const index of records.sorted()) yield form(records.hex(index));
}

function sharedOf(set: RecordSet, other: RecordSet): number {
  let shared = 0;
  for (let index = 0; index < set.size; index += 1) {
    if (other.has(set.records.page(index), set.records.offset(index))) shared += 1;
  }
  return shared;
}
