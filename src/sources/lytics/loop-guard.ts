/**
 * Decides where a walk from cursor to cursor ends. A cursor that comes again is not the end by itself: Lytics may give the same
 * one with every page (lytics-api.md section 3). The end is a page with such a cursor that brings nothing new.
 *
 * Nothing is kept of a walk whose cursors differ, but one page and two cursors: each is compared with the last one, and with
 * one that is replaced after 1, 2, 4, 8 … steps (Brent's cycle detection), which meets a circle of any length. Once a cursor
 * has come again, the newest records are remembered, by 48 bits of a hash each: at least the last 524,288 and at most twice as
 * many, some 40 MB. A record that has fallen out of that memory counts as new: so a walk never ends too early, and a circle
 * that is larger than the memory is stopped by the number of members.
 */
import { hash } from 'node:crypto';

/** What the guard must know of a page. */
export interface Step {
  /** The cursor of the next page; undefined on the last. */
  readonly next: string | undefined;
  /** What tells its members apart, one each; empty for a member without a value. */
  readonly records: readonly string[];
  /** Members of the whole walk, if Lytics tells it. */
  readonly total: number | undefined;
}

/**
 * `on`: the page counts, and another follows. `last`: the page counts, and none follows. `over`: the page brings nothing new.
 * `circle`: neither does this one, but members are missing.
 */
export type Verdict = 'on' | 'last' | 'over' | 'circle';

const HALF = 524_288;
/** Members come and go while they are counted: so large a part of them is all of them. */
const WHOLE = 0.9;

export class LoopGuard {
  #last: string | undefined;
  #kept: string | undefined;
  #steps = 0;
  #limit = 1;
  /** The records of the page before, until a cursor comes again; then the memory has them. */
  #before: readonly string[] = [];
  #memory: Memory | undefined;
  #members = 0;
  /** Of a walk with a cursor that came again: more members than this are a circle. */
  #most = 0;

  readonly #half: number;

  /**
   * @param start the cursor that the walk begins with, if it does not begin at the beginning
   * @param half how many records each half of the memory holds
   */
  constructor(start?: string, half = HALF) {
    this.#half = half;
    if (start !== undefined) this.#returns(start);
  }

  /** Whether a cursor has come again: then no cursor of this walk says where to go on. */
  get repeats(): boolean {
    return this.#memory !== undefined;
  }

  takes({ next, records, total }: Step): Verdict {
    const members = this.#members;
    this.#members += records.length;
    if (next === undefined) return 'last';
    const again = this.#returns(next);
    if (again && !this.#memory) {
      this.#memory = new Memory(this.#half);
      this.#memory.add(this.#before);
      this.#most = this.#half + 2 * Math.max(total ?? 0, members);
    }
    if (!this.#memory) {
      this.#before = records;
      return 'on';
    }
    if (again && !this.#bringsNew(this.#memory, records, total === undefined || members < total)) {
      const enough = total === undefined || members >= WHOLE * total;
      return records.length === 0 || enough ? 'over' : 'circle';
    }
    this.#memory.add(records);
    return this.#members > this.#most ? 'circle' : 'on';
  }

  /** @param moreToCome whether fewer members have come than there are */
  #bringsNew(memory: Memory, records: readonly string[], moreToCome: boolean): boolean {
    const values = records.filter((record) => record !== '');
    if (values.some((value) => !memory.has(value))) return true;
    if (values.length === records.length) return false;
    // Members without a value cannot be told apart. As long as some are to come they count as new ones, but not on a page that
    // was there before in the whole.
    return moreToCome && !(values.length > 0 && memory.hasPage(records));
  }

  /** Takes the next cursor; true when the walk has been there. */
  #returns(cursor: string): boolean {
    if (cursor === this.#last || cursor === this.#kept) return true;
    this.#last = cursor;
    this.#steps += 1;
    if (this.#steps === this.#limit) {
      this.#kept = cursor;
      this.#steps = 0;
      this.#limit *= 2;
    }
    return false;
  }
}

/** The newest records and pages: when one half is full, the other is forgotten. */
class Memory {
  readonly #half: number;
  #new = new Set<number>();
  #old = new Set<number>();

  constructor(half: number) {
    this.#half = half;
  }

  has(record: string): boolean {
    return this.#knows(fingerprint(record));
  }

  hasPage(records: readonly string[]): boolean {
    return this.#knows(pageOf(records));
  }

  add(records: readonly string[]): void {
    for (const record of records) if (record !== '') this.#keep(fingerprint(record));
    this.#keep(pageOf(records));
  }

  #knows(print: number): boolean {
    return this.#new.has(print) || this.#old.has(print);
  }

  #keep(print: number): void {
    this.#new.add(print);
    if (this.#new.size < this.#half) return;
    this.#old = this.#new;
    this.#new = new Set();
  }
}

const fingerprint = (text: string): number => hash('sha256', text, 'buffer').readUIntBE(0, 6);

/** In JSON no record can pass for several, nor for a page. */
const pageOf = (records: readonly string[]): number => fingerprint(JSON.stringify(records));
