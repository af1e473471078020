/**
 * Parses a multipart body (RFC 2046 section 5.1) block by block. It keeps no content of the parts.
 * The libraries that we tried cannot judge the bytes of a client. multipasta takes any two bytes after a boundary, and
 * refuses a valid body when a block ends between its last two hyphens. busboy leaves out malformed parts without an
 * error. @remix-run/multipart-parser holds whole files and takes no text before the first boundary.
 */

/** The bytes of a body are not those of a form. */
export class MalformedFormError extends Error {
  override readonly name = 'MalformedFormError';
}

/** Where the content of a part goes. */
export interface PartSink {
  /** The bytes may be a view of a larger block. */
  write(bytes: Buffer): void;
  end(): void;
}

/** The first value of each header, by its name in lower case. */
export type PartHeaders = ReadonlyMap<string, string>;

const headLimit = 80_000;
const cr = 13;
const dash = 45;
const none = Buffer.alloc(0);

const malformed = (detail: string) => new MalformedFormError(detail);

export class MultipartParser {
  readonly #delimiter: Buffer;
  readonly #begin: (headers: PartHeaders) => PartSink;
  /** Bytes that need the next block. At first a line break, because a body may begin with its boundary. */
  #rest: Buffer = Buffer.from('\r\n');
  /** null before the first part, whose text is ignored. */
  #sink: PartSink | null = null;
  /** Whether a boundary has just been read: headers follow, or the end. */
  #inHead = false;
  #closed = false;

  /** @param begin called with the headers of each part */
  constructor(boundary: string, begin: (headers: PartHeaders) => PartSink) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`);
    this.#begin = begin;
  }

  /** Takes the next bytes of the body. @throws {MalformedFormError} also what the sinks throw */
  write(block: Buffer): void {
    if (this.#closed) return;
    const bytes = this.#rest.length === 0 ? block : Buffer.concat([this.#rest, block]);
    this.#rest = none;
    let at = 0;
    while (at >= 0) at = this.#inHead ? this.#head(bytes, at) : this.#content(bytes, at);
  }

  /** @throws {MalformedFormError} when the closing boundary is missing */
  end(): void {
    if (!this.#closed) throw malformed('the body ends before its closing boundary');
  }

  /** Both readers return where to go on, or -1 at the end of the block. */
  #content(bytes: Buffer, at: number): number {
    const found = bytes.indexOf(this.#delimiter, at);
    const end = found < 0 ? bytes.length - this.#begunDelimiter(bytes, at) : found;
    if (end > at) this.#sink?.write(bytes.subarray(at, end));
    if (found < 0) {
      this.#rest = bytes.subarray(end);
      return -1;
    }
    this.#sink?.end();
    this.#inHead = true;
    return found + this.#delimiter.length;
  }

  /** How many of the last bytes may be the beginning of a delimiter. */
  #begunDelimiter(bytes: Buffer, at: number): number {
    const from = Math.max(at, bytes.length - this.#delimiter.length + 1);
    for (let start = bytes.indexOf(cr, from); start >= 0; start = bytes.indexOf(cr, start + 1)) {
      const length = bytes.length - start;
      if (bytes.compare(this.#delimiter, 0, length, start) === 0) return length;
    }
    return 0;
  }

  #head(bytes: Buffer, at: number): number {
    if (bytes[at] === dash && bytes[at + 1] === dash) {
      this.#closed = true;
      return -1;
    }
    const end = bytes.indexOf('\r\n\r\n', at);
    if (end < 0) {
      if (bytes.length - at > headLimit) throw malformed('the headers of a part are too long');
      this.#rest = bytes.subarray(at);
      return -1;
    }
    this.#sink = this.#begin(readHead(bytes.toString('utf8', at, end)));
    this.#inHead = false;
    return end + 4;
  }
}

/** Reads the lines from a boundary to the content. Only white space may follow the boundary on its line. */
function readHead(text: string): PartHeaders {
  const [padding = '', ...lines] = text.replace(/\r\n[ \t]/g, ' ').split('\r\n');
  if (padding.trim() !== '') throw malformed('text follows a boundary on its line');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    if (colon > 0 && !headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return headers;
}
