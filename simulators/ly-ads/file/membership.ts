/**
 * The members of a list. Each one has the time at which it was received, and leaves the list some days later. Sets for
 * each kind of identifier are separate: a hash of a phone number under the heading of e-mail addresses matches nobody.
 */
import { createHash } from 'node:crypto';
import {
  decodeDigest,
  decodeId,
  digestLength,
  digestWords,
  idLength,
  idText,
  idWords,
} from '../../shared/hex-codec.ts';
import { blocks } from '../../shared/line-blocks.ts';
import { RecordSet } from '../../shared/record-set.ts';
import { Records } from '../../shared/records.ts';
import type { Batch } from './batch.ts';
import type { UploadType } from './columns.ts';

export type Kind = 'email' | 'phone' | 'idfa' | 'aaid';

/** Who is in a list at one time. */
export interface Members extends Iterable<string> {
  /** How many identifiers. */
  readonly size: number;
  /** How many people: a row with an e-mail address and a phone number is one. */
  readonly people: number;
  /** @param kind absent: any */
  has(value: string, kind?: Kind): boolean;
  /** When the member was received last, in virtual time. Undefined when it is none. */
  receivedAt(value: string, kind: Kind): number | undefined;
  /** SHA-256 of the sorted values, each with LF: the same as `LC_ALL=C sort -u FILE | sha256sum`. */
  sha256(): string;
}

/** How long members stay, and whether sending them again renews it. */
interface Stay {
  readonly durationMs: number;
  readonly renews: boolean;
}

export class Membership {
  readonly #kinds: Readonly<Record<Kind, TimedSet>> = {
    email: new TimedSet(digestWords),
    phone: new TimedSet(digestWords),
    idfa: new TimedSet(idWords),
    aaid: new TimedSet(idWords),
  };
  /** When each file was received, oldest first. */
  readonly #received: number[] = [];

  /** Adds the identifiers of a file: of each column, the first `limit`. */
  add(batch: Batch, type: UploadType, receivedAt: number, stay: Stay, limit = Number.POSITIVE_INFINITY): void {
    const file = this.#received.push(receivedAt) - 1;
    const isIn = (earlier: number) => receivedAt < this.#received[earlier]! + stay.durationMs;
    // Who has left comes again, in any case.
    const moves = (earlier: number) => stay.renews || !isIn(earlier);
    const { email, phone, idfa, aaid } = this.#kinds;
    email.add(batch.emails, file, true, moves, limit);
    phone.add(batch.pairedPhones, file, false, moves, limit);
    phone.add(batch.lonePhones, file, true, moves, limit);
    (type === 'IDFA' ? idfa : aaid).add(batch.devices, file, true, moves, limit);
  }

  /** Who is in the list at this time. It must not be used after the list has changed. */
  at(now: number, durationMs: number): Members {
    const received = this.#received;
    const isIn = (file: number) => now < received[file]! + durationMs;
    const kinds = this.#kinds;
    const all = Object.values(kinds);
    const fileOf = (value: string, kind: Kind) => {
      const file = kinds[kind].fileOf(value);
      return file !== undefined && isIn(file) ? file : undefined;
    };
    const values = () => merged(all.map((set) => set.sorted(isIn)));
    return {
      get size() {
        return all.reduce((sum, set) => sum + set.count(isIn).values, 0);
      },
      get people() {
        return all.reduce((sum, set) => sum + set.count(isIn).people, 0);
      },
      has: (value, kind) =>
        (kind ? [kind] : (Object.keys(kinds) as Kind[])).some((kind) => fileOf(value, kind) !== undefined),
      receivedAt: (value, kind) => {
        const file = fileOf(value, kind);
        return file === undefined ? undefined : received[file];
      },
      [Symbol.iterator]: values,
      sha256() {
        const hash = createHash('sha256');
        for (const block of blocks(values())) hash.update(block);
        return hash.digest('hex');
      },
    };
  }
}

/** Identifiers of one kind, each with the file that brought it. */
class TimedSet {
  readonly #set: RecordSet;
  /** For each identifier, twice the number of its file; one more when it does not stand for a person of its own. */
  #marks = new Uint32Array(32);
  /** For each file, the identifiers that it brought last, and the people among them. */
  readonly #values: number[] = [];
  readonly #people: number[] = [];

  constructor(words: number) {
    this.#set = new RecordSet(words);
  }

  add(list: Records, file: number, isPerson: boolean, moves: (file: number) => boolean, limit: number): void {
    const count = Math.min(limit, list.count);
    for (let index = 0; index < count; index += 1) {
      const before = this.#set.size;
      const at = this.#set.put(list.page(index), list.offset(index));
      if (at === before) this.#room();
      else if (moves(this.#marks[at]! >>> 1)) this.#count(this.#marks[at]!, -1);
      else continue;
      this.#marks[at] = 2 * file + (isPerson ? 0 : 1);
      this.#count(this.#marks[at]!, 1);
    }
  }

  count(isIn: (file: number) => boolean): { values: number; people: number } {
    let [values, people] = [0, 0];
    for (const [file, count] of this.#values.entries()) {
      if (count === undefined || !isIn(file)) continue;
      values += count;
      people += this.#people[file] ?? 0;
    }
    return { values, people };
  }

  /** The file that brought a value last. */
  fileOf(value: string): number | undefined {
    const { words } = this.#set.records;
    const probe = new Records(words);
    const bytes = Buffer.from(value);
    const fits =
      words === digestWords
        ? bytes.length === digestLength && decodeDigest(bytes, 0, probe.openPage(), 0)
        : bytes.length === idLength && decodeId(bytes, probe.openPage(), 0);
    const at = fits ? this.#set.find(probe.openPage(), 0) : -1;
    return at < 0 ? undefined : this.#marks[at]! >>> 1;
  }

  *sorted(isIn: (file: number) => boolean): Generator<string, undefined> {
    const { records } = this.#set;
    for (const index of records.sorted()) {
      if (!isIn(this.#marks[index]! >>> 1)) continue;
      const hex = records.hex(index);
      yield records.words === idWords ? idText(hex) : hex;
    }
  }

  #count(mark: number, by: 1 | -1): void {
    const file = mark >>> 1;
    this.#values[file] = (this.#values[file] ?? 0) + by;
    if (mark % 2 === 0) this.#people[file] = (this.#people[file] ?? 0) + by;
  }

  #room(): void {
    if (this.#set.size <= this.#marks.length) return;
    const larger = new Uint32Array(2 * this.#marks.length);
    larger.set(this.#marks);
    this.#marks = larger;
  }
}

/** The values of sorted lists in one order, each once. */
function* merged(lists: readonly Generator<string, undefined>[]): Generator<string, undefined> {
  const heads = lists.map((list) => ({ list, next: list.next() }));
  for (;;) {
    let least: string | undefined;
    for (const { next } of heads) if (!next.done && (least === undefined || next.value < least)) least = next.value;
    if (least === undefined) return;
    yield least;
    for (const head of heads) if (head.next.value === least) head.next = head.list.next();
  }
}
