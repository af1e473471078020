/**
 * Takes the messages of PostgreSQL's protocol apart, before the driver sees them: each is one letter, four bytes of length, and
 * the content. Whatever a server sends, what is kept of it is bounded. The driver trusts every length and count, so it gets only
 * messages of a kind and size that a server has reason to send. Errors are given to it without the server's words, and notices,
 * notifications and settings not at all.
 *
 * While a COPY runs each row comes as a message of its own. Millions of them as objects would cost more than everything else
 * that is done with a row, so the rows are moved together in place, where they arrived.
 */
import { SessionError } from './session-error.ts';

const HEADER = 5;
const COPY_DATA = letter('d');
const ERROR = letter('E');
const READY = letter('Z');
/** Notices, notifications and settings. */
const IGNORED = new Set(['N', 'A', 'S'].map(letter));

/** The longest content of each kind. A row of ours holds at most a value or a list that was cut short. */
const LONGEST: ReadonlyMap<number, number> = new Map(
  Object.entries({
    R: 16 << 10, // what signing in takes
    K: 256, // the process at the server
    Z: 1, // ready for the next query
    1: 0, // parsed
    2: 0, // bound
    3: 0, // closed
    n: 0, // no columns
    s: 0, // there are more rows
    I: 0, // an empty query
    c: 0, // a COPY is complete
    C: 1 << 10, // a statement is complete
    H: 8 << 10, // a COPY begins
    t: 1 << 18, // parameters
    T: 1 << 20, // columns
    D: 1 << 20, // a row
  }).map(([kind, length]) => [letter(kind), length]),
);

/** Of a COPY: no server builds a longer one. */
const LONGEST_ROW = 1 << 30;
/** Of one answer, rows of a COPY apart. */
const MOST_BYTES = 32 << 20;
const MOST_MESSAGES = 50_000;
/** What is read of an error: its code comes first, and its text may quote a value of any length. */
const ERROR_PART = 16 << 10;

/** What happens to the message that is arriving. */
type Fate = 'row' | 'pass' | 'keep' | 'drop';

export class Frames {
  /** Rows of a COPY whose beginning has been seen. */
  rows = 0;
  /** Whether a COPY runs: its rows are refused otherwise. */
  copying = false;
  /** The beginning of a header whose end is still to come. */
  #cut: Buffer = Buffer.alloc(0);
  /** Bytes of the current message that are still to come. */
  #missing = 0;
  #fate: Fate = 'drop';
  /** What has come of an error. */
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #bytes = 0;
  #messages = 0;

  /**
   * Takes the next bytes from the server, and overwrites them.
   * @returns the rows in them, as a part of `chunk` or of a copy; and the bytes of messages for the driver, headers included
   * @throws {SessionError} for what no PostgreSQL server sends, or for more than it was asked for
   */
  push(chunk: Buffer): { readonly rows: Buffer; readonly others: readonly Buffer[] } {
    const bytes = this.#cut.length > 0 ? Buffer.concat([this.#cut, chunk]) : chunk;
    const others: Buffer[] = [];
    let at = 0;
    let to = 0;
    for (;;) {
      const end = Math.min(bytes.length, at + this.#missing);
      this.#missing -= end - at;
      if (this.#fate === 'row') {
        bytes.copyWithin(to, at, end);
        to += end - at;
      } else if (this.#fate === 'keep') {
        this.#keep(bytes.subarray(at, end), others);
      } else if (this.#fate === 'pass' && end > at) {
        // A copy: rows that follow move over this place.
        others.push(Buffer.from(bytes.subarray(at, end)));
      }
      at = end;
      if (bytes.length - at < HEADER) break;
      const kind = bytes[at]!;
      // Of the content: the protocol's own length counts itself, but not the letter.
      this.#missing = bytes.readUInt32BE(at + 1) - (HEADER - 1);
      if (kind === COPY_DATA && this.copying && this.#missing >= 0 && this.#missing <= LONGEST_ROW) {
        this.#fate = 'row';
        this.rows += 1;
        at += HEADER;
        continue;
      }
      this.#fate = this.#fateOf(kind, this.#missing);
      // The driver gets the header with the content.
      if (this.#fate === 'pass') this.#missing += HEADER;
      else at += HEADER;
    }
    this.#cut = this.#missing > 0 ? Buffer.alloc(0) : Buffer.from(bytes.subarray(at));
    return { rows: bytes.subarray(0, to), others };
  }

  /** @param length of the content */
  #fateOf(kind: number, length: number): Fate {
    const longest = LONGEST.get(kind);
    const ignored = IGNORED.has(kind);
    if (length < 0 || (longest === undefined && kind !== ERROR && !ignored))
      throw new SessionError('protocol');
    if (longest !== undefined && length > longest) throw new SessionError('too_much');
    this.#count(kind, length);
    return ignored ? 'drop' : kind === ERROR ? 'keep' : 'pass';
  }

  #count(kind: number, length: number): void {
    this.#messages += 1;
    this.#bytes += kind === ERROR ? 0 : length;
    if (this.#bytes > MOST_BYTES || this.#messages > MOST_MESSAGES) throw new SessionError('too_much');
    if (kind !== READY) return;
    this.#bytes = 0;
    this.#messages = 0;
  }

  /** An error is passed on when enough of it is there; what follows of it is dropped. */
  #keep(bytes: Buffer, others: Buffer[]): void {
    this.#kept.push(Buffer.from(bytes.subarray(0, ERROR_PART - this.#keptBytes)));
    this.#keptBytes += bytes.length;
    if (this.#missing > 0 && this.#keptBytes < ERROR_PART) return;
    others.push(withoutWords(Buffer.concat(this.#kept)));
    this.#kept = [];
    this.#keptBytes = 0;
    this.#fate = 'drop';
  }
}

function letter(kind: string): number {
  return kind.charCodeAt(0);
}

/** Errors that a server reports: of each, only the code and the place in the statement are kept. */

/** SQLSTATE of an error without a code of the right form. */
const UNKNOWN = 'XX000';

/**
 * A whole message of the protocol with the code and the position of the given one, and nothing else of it. The driver would read
 * beyond the end of one that is cut short, for ever.
 * @param content of a message, or its beginning
 */
function withoutWords(content: Buffer): Buffer {
  let code = UNKNOWN;
  let position = '';
  // Fields of one letter and a text that ends in a zero; a zero where a letter should be ends them.
  for (let at = 0; at < content.length && content[at] !== 0; ) {
    const end = content.indexOf(0, at);
    if (end === -1) break;
    const text = content.toString('latin1', at + 1, Math.min(end, at + 20));
    if (content[at] === 0x43 && /^[0-9A-Z]{5}$/.test(text)) code = text;
    if (content[at] === 0x50 && /^\d{1,9}$/.test(text)) position = text;
    at = end + 1;
  }
  const fields = `SERROR\0C${code}\0M\0${position === '' ? '' : `P${position}\0`}\0`;
  const message = Buffer.from(`E0000${fields}`, 'latin1');
  message.writeUInt32BE(message.length - 1, 1);
  return message;
}
