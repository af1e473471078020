/** Reads multipart/form-data (RFC 7578) as it streams in, holding no more than a delimiter's length back. */

export interface PartHeaders {
  name: string;
  /** The file's name; absent for a plain field. */
  fileName?: string;
  /** Without parameters, in lower case; empty when the part has none. */
  contentType: string;
}

export interface PartSink {
  write(bytes: Buffer): void;
  end(): void;
}

/** A body that is not multipart/form-data. */
export class MultipartError extends Error {
  override readonly name = 'MultipartError';
}

/** Longest header block of a part; real ones are some 150 bytes. */
const headerLimit = 16_384;
const cr = 13;
const blank = Buffer.from('\r\n\r\n');

type State = 'preamble' | 'delimiter' | 'headers' | 'body' | 'done';

export class MultipartReader {
  readonly #delimiter: Buffer;
  readonly #onPart: (headers: PartHeaders) => PartSink;
  #state: State = 'preamble';
  /** Bytes that may belong to a delimiter or a header whose rest has not come yet. */
  #rest: Buffer = Buffer.from('\r\n'); // So that a delimiter at the very beginning looks like every other.
  #sink: PartSink | null = null;

  /** @param onPart is told of each part and says where its bytes go */
  constructor(boundary: string, onPart: (headers: PartHeaders) => PartSink) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
    this.#onPart = onPart;
  }

  /** Takes the next bytes. @throws {MultipartError} */
  feed(block: Buffer): void {
    let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, block]) : block;
    this.#rest = Buffer.alloc(0);
    while (bytes.length > 0) {
      const next = this.#step(bytes);
      if (next === null) return;
      bytes = bytes.subarray(next);
    }
  }

  /** The body has ended. @throws {MultipartError} when it ended too early */
  end(): void {
    if (this.#state !== 'done') throw new MultipartError('the body ends before its closing boundary');
  }

  /** Handles what it can. @returns how many bytes are done with, or null when it must wait for more */
  #step(bytes: Buffer): number | null {
    switch (this.#state) {
      case 'preamble':
      case 'body':
        return this.#content(bytes);
      case 'delimiter':
        return this.#afterDelimiter(bytes);
      case 'headers':
        return this.#headers(bytes);
      case 'done':
        return bytes.length; // An epilogue means nothing.
    }
  }

  #content(bytes: Buffer): number | null {
    const at = bytes.indexOf(this.#delimiter);
    if (at < 0) {
      // Only a CR can begin a delimiter: without one near the end, nothing needs to be held back or copied.
      const from = bytes.indexOf(cr, Math.max(0, bytes.length - this.#delimiter.length + 1));
      const safe = from < 0 ? bytes.length : from;
      if (safe > 0) this.#sink?.write(bytes.subarray(0, safe));
      return this.#wait(bytes.subarray(safe));
    }
    if (at > 0) this.#sink?.write(bytes.subarray(0, at));
    this.#sink?.end();
    this.#sink = null;
    this.#state = 'delimiter';
    return at + this.#delimiter.length;
  }

  #afterDelimiter(bytes: Buffer): number | null {
    if (bytes.length < 2) return this.#wait(bytes);
    const mark = bytes.toString('latin1', 0, 2);
    if (mark === '--') this.#state = 'done';
    else if (mark === '\r\n') this.#state = 'headers';
    else throw new MultipartError('a boundary must be followed by a line end');
    // A part without headers would begin with its blank line: leave that line end for the search of it.
    return mark === '--' ? 2 : 0;
  }

  #headers(bytes: Buffer): number | null {
    const end = bytes.indexOf(blank);
    if (end < 0) {
      if (bytes.length > headerLimit) throw new MultipartError('the headers of a part are too long');
      return this.#wait(bytes);
    }
    this.#sink = this.#onPart(readHeaders(bytes.toString('utf8', 0, end)));
    this.#state = 'body';
    return end + blank.length;
  }

  #wait(bytes: Buffer): null {
    this.#rest = Buffer.from(bytes);
    return null;
  }
}

function readHeaders(block: string): PartHeaders {
  const headers = new Map<string, string>();
  for (const line of block.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const disposition = headers.get('content-disposition') ?? '';
  if (!/^form-data\s*;/i.test(disposition))
    throw new MultipartError('a part has no Content-Disposition: form-data');
  const name = parameter(disposition, 'name');
  if (name === undefined) throw new MultipartError('a part has no name');
  const fileName = parameter(disposition, 'filename');
  const contentType = (headers.get('content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase();
  return { name, contentType, ...(fileName === undefined ? {} : { fileName }) };
}

/** A quoted or bare parameter; form-data escapes quotes and line ends by percent signs (RFC 7578 section 2). */
function parameter(header: string, name: string): string | undefined {
  // regex-bounded: the headers of a part have at most 16 kB
  const match = new RegExp(`;\\s*${name}=(?:"([^"]*)"|([^\\s;"]+))`, 'i').exec(header);
  const value = match?.[1] ?? match?.[2];
  return value?.replace(/%(22|0D|0A)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
