/** The members of an audience: LINE user ids, or advertising ids. Both have 16 bytes. */
import { createHash } from 'node:crypto';
import { decodeId, decodeUserId, idLength, idText, idWords, userIdLength } from '../shared/hex-codec.ts';
import { blocks } from '../shared/line-blocks.ts';
import { RecordSet } from '../shared/record-set.ts';
import { Records } from '../shared/records.ts';

export class Membership {
  readonly isIfa: boolean;
  readonly #set = new RecordSet(idWords);

  constructor(isIfa: boolean) {
    this.isIfa = isIfa;
  }

  get size(): number {
    return this.#set.size;
  }

  /** Advertising ids are compared without case. */
  has(id: string): boolean {
    const probe = new Records(idWords);
    return decodeLine(Buffer.from(id), this.isIfa, probe) && this.#set.has(probe.page(0), 0);
  }

  /** Adds the first `limit` ids of a file. @returns how many are new */
  add(ids: Records, limit = ids.count): number {
    const before = this.size;
    this.#set.addAll(ids, limit);
    return this.size - before;
  }

  /** All members as lines, sorted by their bytes. */
  *[Symbol.iterator](): Generator<string> {
    const { records } = this.#set;
    for (const index of records.sorted()) {
      const hex = records.hex(index);
      yield this.isIfa ? idText(hex) : `U${hex}`;
    }
  }

  /** SHA-256 of the sorted lines, each with LF: the same as `LC_ALL=C sort -u FILE | sha256sum`. */
  sha256(): string {
    const hash = createHash('sha256');
    for (const block of blocks(this)) hash.update(block);
    return hash.digest('hex');
  }
}

/** Takes one line without its line end. @returns whether it is an id of this kind */
export function decodeLine(line: Uint8Array, isIfa: boolean, to: Records): boolean {
  const fits = isIfa
    ? line.length === idLength && decodeId(line, to.openPage(), to.openOffset())
    : line.length === userIdLength && decodeUserId(line, 0, to.openPage(), to.openOffset());
  if (fits) to.commit();
  return fits;
}
