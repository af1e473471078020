/** The values of the first members of a scan, read beside the staging. Nothing here keeps a value. */
import type { Scan } from '../../sources/source.ts';

/** In bytes. */
const LONGEST_RECORD = 1 << 18;

/** What wants the values of one field. */
export interface ValueTaker {
  /** @param isFurther whether the member has had a value before @returns whether it wants more */
  take(value: string, isFurther: boolean): boolean;
}

/** The same scan. Its blocks are read on their way. @param takers of each field */
export function beside(scan: Scan, takers: readonly (readonly ValueTaker[])[]): Scan {
  const columns = takers.map((all) => new Column(all));
  const take = (block: Uint8Array) => {
    const column = scan.column();
    columns[column]!.take(block, scan.marked[column] === true);
  };
  async function* blocks() {
    for await (const block of scan.blocks) {
      take(block);
      yield block;
    }
  }
  return {
    marked: scan.marked,
    ofQuery: scan.ofQuery,
    blocks: blocks(),
    finished: scan.finished,
    column: () => scan.column(),
    progress: () => scan.progress(),
    close: () => scan.close(),
  };
}

const QUOTE = 0x22;
const LF = 0x0a;

/** The stream of one field. */
class Column {
  #takers: readonly ValueTaker[];
  /** The beginning of a record whose end is in the next block. */
  #begun: Uint8Array = Buffer.alloc(0);

  constructor(takers: readonly ValueTaker[]) {
    this.#takers = takers;
  }

  take(block: Uint8Array, marked: boolean): void {
    if (this.#takers.length === 0) return;
    const bytes = Buffer.concat([this.#begun, block]);
    let at = 0;
    while (this.#takers.length > 0) {
      const end = endOfRecord(bytes, at);
      if (end === undefined) break;
      const record = unquoted(bytes.subarray(at, end));
      const isFurther = marked && record.startsWith('.');
      const value = marked ? record.slice(1) : record;
      this.#takers = this.#takers.filter((taker) => taker.take(value, isFurther));
      at = end + 1;
    }
    this.#begun = this.#takers.length === 0 ? Buffer.alloc(0) : bytes.subarray(at);
    // No identifier is so long. To join its parts again and again would take too long.
    if (this.#begun.length > LONGEST_RECORD) this.#takers = [];
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
