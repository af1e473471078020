/**
 * How many members can be reached by at least one of several identifiers. It reads the values of the first members beside the
 * staging, which counts the identifiers of each field alone. It keeps no value.
 */
import { type NormalizeOptions, normalize } from '../../../packages/identifiers/src/normalize.ts';
import type { Scan } from '../../sources/source.ts';

/** Enough for a share that a person can rely on, and a moment's work. */
export const MEMBERS_LOOKED_AT = 10_000;

/** In bytes. */
const LONGEST_RECORD = 1 << 18;

export interface Reachable {
  readonly members: number;
  readonly of: number;
}

export class Reach {
  readonly #columns: readonly Column[];

  /** @param rules for the fields of the scan */
  constructor(rules: readonly NormalizeOptions[]) {
    this.#columns = rules.map((options) => new Column(options));
  }

  /** The same scan. Its blocks are read on their way. */
  over(scan: Scan): Scan {
    const take = (block: Uint8Array) => {
      const column = scan.column();
      this.#columns[column]!.take(block, scan.marked[column] === true);
    };
    async function* blocks() {
      for await (const block of scan.blocks) {
        take(block);
        yield block;
      }
    }
    return {
      marked: scan.marked,
      blocks: blocks(),
      finished: scan.finished,
      column: () => scan.column(),
      progress: () => scan.progress(),
      close: () => scan.close(),
    };
  }

  /** Of the members that every field has given by now, at most `MEMBERS_LOOKED_AT`. */
  result(): Reachable {
    const of = Math.min(...this.#columns.map(({ members }) => members));
    let members = 0;
    for (let n = 0; n < of; n++) if (this.#columns.some(({ isValid }) => isValid[n])) members += 1;
    return { members, of };
  }
}

const QUOTE = 0x22;
const LF = 0x0a;

/** The first members of one field. */
class Column {
  readonly isValid: boolean[] = [];
  readonly #options: NormalizeOptions;
  /** The beginning of a record whose end is in the next block. */
  #begun: Uint8Array = Buffer.alloc(0);
  #isComplete = false;

  constructor(options: NormalizeOptions) {
    this.#options = options;
  }

  /** Members whose values are all known. */
  get members(): number {
    return Math.min(this.isValid.length, MEMBERS_LOOKED_AT);
  }

  take(block: Uint8Array, marked: boolean): void {
    if (this.#isComplete) return;
    const bytes = Buffer.concat([this.#begun, block]);
    let at = 0;
    while (!this.#isComplete) {
      const end = endOfRecord(bytes, at);
      if (end === undefined) break;
      this.#add(unquoted(bytes.subarray(at, end)), marked);
      at = end + 1;
      // One more, because a member may have further values.
      this.#isComplete = this.isValid.length > MEMBERS_LOOKED_AT;
    }
    this.#begun = this.#isComplete ? Buffer.alloc(0) : bytes.subarray(at);
    // No identifier is so long. To join its parts again and again would take too long.
    if (this.#begun.length > LONGEST_RECORD) this.#isComplete = true;
  }

  #add(record: string, marked: boolean): void {
    const isFurther = marked && record.startsWith('.');
    const value = marked ? record.slice(1) : record;
    const { state } = normalize(value, this.#options);
    const isValid = state !== 'missing' && state !== 'invalid';
    if (isFurther) this.isValid[this.isValid.length - 1] ||= isValid;
    else this.isValid.push(isValid);
  }
}

/** Where the LF after the record is that begins at `at`. Undefined when it is not there yet. */
function endOfRecord(bytes: Buffer, at: number): number | undefined {
  let from = at;
  if (bytes[at] === QUOTE) {
    let close = bytes.indexOf(QUOTE, at + 1);
    while (close !== -1 && bytes[close + 1] === QUOTE) close = bytes.indexOf(QUOTE, close + 2);
    // The byte after a quote at the end of the block may be another one.
    if (close === -1 || close + 1 === bytes.length) return undefined;
    from = close + 1;
  }
  const end = bytes.indexOf(LF, from);
  return end === -1 ? undefined : end;
}

function unquoted(record: Buffer): string {
  const text = record.toString('utf8');
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
}
