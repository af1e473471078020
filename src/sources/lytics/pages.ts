/**
 * The pages of a scan, one after another. Lytics gives them in no fixed order, and only by the cursor of the
 * page before.
 */
import { hash } from 'node:crypto';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { Entity, Page } from './answers.ts';
import type { FetchedPage } from './client.ts';

export interface Walk {
  /** Fetches one page. Its signal also aborts when the consumer stops early. */
  readonly read: (cursor: string | undefined, signal: AbortSignal) => Promise<FetchedPage>;
  /** A text to recognise a member. Empty for a member without a value. */
  readonly recordOf: (member: Entity) => string;
  /** The first cursor. @default the beginning */
  readonly start?: string;
  readonly signal?: AbortSignal;
}

export interface WalkedPage extends Page {
  /** The cursor from which a later walk can continue after this page. Undefined when there is none. */
  readonly place: string | undefined;
}

/**
 * Reads pages until none follows, or until Lytics gives nothing new (`LoopGuard`). A short or empty page is
 * not the end. It fetches one page ahead, never more, so a slow consumer does not fill the memory.
 *
 * A repeated cursor means that Lytics itself stores the position and moves it with every answer. Then no walk
 * can continue from a cursor, and a lost answer loses its members. Such a walk must start again.
 * @throws {LineupError} `source_expired` when the walk must start again; `source_failed` for a cycle; errors
 *   of `read`
 */
export async function* readPages({ read, recordOf, start, signal }: Walk): AsyncGenerator<WalkedPage, void> {
  const leaving = new AbortController();
  const either = signal ? AbortSignal.any([signal, leaving.signal]) : leaving.signal;
  const guard = new LoopGuard(start);
  const fetchNext = (cursor: string | undefined) => {
    const asked = read(cursor, either);
    // The failure is reported when this page is awaited.
    asked.catch(() => {});
    return asked;
  };
  try {
    let cursor = start;
    let lost = false;
    let coming: Promise<FetchedPage> | undefined = fetchNext(cursor);
    while (coming) {
      const page: FetchedPage = await coming;
      const { next, members, total } = page;
      const verdict = guard.takes({ next, records: members.map(recordOf), total });
      // The first request has no cursor, so sending it twice moves nothing.
      lost ||= page.lost && cursor !== undefined;
      if (guard.repeats && (lost || start !== undefined)) throw placeLost();
      if (verdict === 'circle') throw circle();
      if (verdict === 'over') return;
      // Only the second cursor shows whether cursors repeat.
      const place = guard.repeats || cursor === undefined ? undefined : next;
      cursor = next;
      coming = verdict === 'last' ? undefined : fetchNext(next);
      yield { ...page, place };
    }
  } finally {
    leaving.abort();
  }
}

function circle(): LineupError {
  return new LineupError(
    'source_failed',
    sentence`Lytics sends the same members repeatedly, and fewer than its own count. Try again. If the problem remains, contact Lytics.`,
    { retryable: true },
  );
}

function placeLost(): LineupError {
  return new LineupError(
    'source_expired',
    sentence`Lytics uses the same cursor for every page, so an interrupted scan cannot continue. It must start over.`,
    { retryable: true },
  );
}

/** What the guard needs from a page. */
export interface Step {
  /** The cursor of the next page. Undefined on the last page. */
  readonly next: string | undefined;
  /** One text for each member, to recognise it. Empty for a member without a value. */
  readonly records: readonly string[];
  /** The number of members in the whole walk, if Lytics gives it. */
  readonly total: number | undefined;
}

/**
 * `on`: use the page, another one follows. `last`: use the page, none follows. `over`: the page has nothing
 * new, and the walk is complete. `circle`: the page has nothing new, but members are missing.
 */
export type Verdict = 'on' | 'last' | 'over' | 'circle';

const HALF = 524_288;
/** The number of members changes during a walk, so this share counts as all of them. */
const WHOLE = 0.9;

/**
 * Decides when a walk over pages ends. A repeated cursor alone is not the end, because Lytics may give the same cursor
 * with every page. The end is a page with a repeated cursor and without a new member.
 *
 * As long as all cursors differ, the guard keeps only one page and two cursors. Each cursor is compared with
 * the last one, and with one that is replaced after 1, 2, 4, 8 … steps (Brent's cycle detection). This finds
 * a cycle of any length. After the first repeated cursor, the guard remembers the newest records, by 48 bits
 * of a hash each: at least the last 524,288 and at most twice as many, in about 40 MB. A record that it has
 * forgotten counts as new. So a walk never ends too early, and a limit for the number of members stops a
 * cycle that is larger than the memory.
 */
export class LoopGuard {
  #last: string | undefined;
  #kept: string | undefined;
  #steps = 0;
  #limit = 1;
  /** The records of the last page. Only used until a cursor repeats; then `#memory` has them. */
  #before: readonly string[] = [];
  #memory: Memory | undefined;
  #members = 0;
  /** The limit of members after a repeated cursor. More of them mean a cycle. */
  #most = 0;

  readonly #half: number;

  /**
   * @param start the first cursor, if the walk does not start at the beginning
   * @param half how many records each half of the memory holds
   */
  constructor(start?: string, half = HALF) {
    this.#half = half;
    if (start !== undefined) this.#returns(start);
  }

  /** Whether a cursor has repeated. Then no cursor of this walk is a place to continue at. */
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

  /** @param moreToCome whether fewer members have come than Lytics counts */
  #bringsNew(memory: Memory, records: readonly string[], moreToCome: boolean): boolean {
    const values = records.filter((record) => record !== '');
    if (values.some((value) => !memory.has(value))) return true;
    if (values.length === records.length) return false;
    // Members without a value all look the same. They count as new while more members are expected, unless
    // the whole page was there before.
    return moreToCome && !(values.length > 0 && memory.hasPage(records));
  }

  /** Takes the next cursor. True when the walk has had it before. */
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

/** The newest records and pages. When one half is full, the other half is forgotten. */
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

/** As JSON, a page never equals a single record, and a record never equals several. */
const pageOf = (records: readonly string[]): number => fingerprint(JSON.stringify(records));
