/**
 * Parses the messages of PostgreSQL's protocol before the driver sees them. A message is one letter, four
 * bytes of length, and the content. The driver trusts every length and count, so it gets only messages of a
 * kind and size that a server may send. Memory is bounded, whatever a server sends. Errors go on without the
 * server's text. Notices, notifications and settings are dropped.
 *
 * During a COPY each row is a message of its own. Millions of objects would cost more than all other work on
 * a row. So the rows are moved together in place, in the block in which they arrived. Why the limits of the reader
 * process do not make this unnecessary: mysql/packet-filter.ts.
 */
import { AnswerCount, LONGEST_PART, LONGEST_ROW } from '../database/client.ts';
import { SessionError } from './session-error.ts';

const HEADER = 5;
const COPY_DATA = letter('d');
const ERROR = letter('E');
const READY = letter('Z');
/** Notices, notifications and settings. */
const IGNORED = new Set(['N', 'A', 'S'].map(letter));

/**
 * The longest content of each kind. A row outside a COPY holds at most one value or one list, cut short by
 * the query.
 */
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
    T: LONGEST_PART, // columns
    D: LONGEST_PART, // a row
  }).map(([kind, length]) => [letter(kind), length]),
);

/** How much of an error is read. Its code comes first, and its text may quote a value of any length. */
const ERROR_PART = 16 << 10;

/** What happens to the message that is arriving. */
type Fate = 'row' | 'pass' | 'keep' | 'drop';

export class MessageFilter {
  /** How many rows of a COPY have begun. */
  rows = 0;
  /** Whether a COPY runs. Otherwise its rows are refused. */
  copying = false;
  /** The beginning of a header whose rest has not arrived. */
  #cut: Buffer = Buffer.alloc(0);
  /** How many bytes of the current message have not arrived. */
  #missing = 0;
  #fate: Fate = 'drop';
  /** The part of an error that has arrived. */
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #count = new AnswerCount();

  /**
   * Takes the next bytes from the server, and overwrites them.
   * @returns the rows, as a part of `chunk` or of a copy; and the bytes of messages for the driver, with
   *   their headers
   * @throws {SessionError} for data that no PostgreSQL server sends, or that is more than we asked for
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
        // A copy, because the next rows move to this place.
        others.push(Buffer.from(bytes.subarray(at, end)));
      }
      at = end;
      if (bytes.length - at < HEADER) break;
      const kind = bytes[at]!;
      // The length of the content. The protocol's own length counts itself, but not the letter.
      this.#missing = bytes.readUInt32BE(at + 1) - (HEADER - 1);
      if (kind === COPY_DATA && this.copying && this.#missing >= 0 && this.#missing <= LONGEST_ROW) {
        this.#fate = 'row';
        this.rows += 1;
        at += HEADER;
        continue;
      }
      this.#fate = this.#fateOf(kind, this.#missing);
      // The driver gets the header together with the content.
      if (this.#fate === 'pass') this.#missing += HEADER;
      else at += HEADER;
    }
    this.#cut = this.#missing > 0 ? Buffer.alloc(0) : Buffer.from(bytes.subarray(at));
    return { rows: bytes.subarray(0, to), others };
  }

  /** @param length the length of the content */
  #fateOf(kind: number, length: number): Fate {
    const longest = LONGEST.get(kind);
    const ignored = IGNORED.has(kind);
    if (length < 0 || (longest === undefined && kind !== ERROR && !ignored)) throw new SessionError('protocol');
    if (longest !== undefined && length > longest) throw new SessionError('too_much');
    // The text of an error is dropped.
    if (!this.#count.add(kind === ERROR ? 0 : length)) throw new SessionError('too_much');
    if (kind === READY) this.#count = new AnswerCount();
    return ignored ? 'drop' : kind === ERROR ? 'keep' : 'pass';
  }

  /** Passes an error on as soon as enough of it has arrived, and drops the rest. */
  #keep(bytes: Buffer, others: Buffer[]): void {
    this.#kept.push(Buffer.from(bytes.subarray(0, ERROR_PART - this.#keptBytes)));
    this.#keptBytes += bytes.length;
    if (this.#missing > 0 && this.#keptBytes < ERROR_PART) return;
    others.push(withoutText(Buffer.concat(this.#kept)));
    this.#kept = [];
    this.#keptBytes = 0;
    this.#fate = 'drop';
  }
}

function letter(kind: string): number {
  return kind.charCodeAt(0);
}

/** The SQLSTATE for an error whose own code has the wrong form. */
const UNKNOWN = 'XX000';

/**
 * Builds an error message of the protocol with only the code and the position of the given one. It is
 * complete, because the driver would read past the end of a message that was cut short, without an end.
 * @param content the content of a message, or its beginning
 */
function withoutText(content: Buffer): Buffer {
  let code = UNKNOWN;
  let position = '';
  // Each field is one letter and a text that ends with a zero byte. A zero byte instead of a letter ends the
  // fields.
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
