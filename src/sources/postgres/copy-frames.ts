/**
 * Takes the messages of PostgreSQL's protocol apart while a COPY runs: each row comes as a message of its own, `d`, four bytes
 * of length, and the row. Millions of them as objects would cost more than everything else that is done with a row, so
 * the rows are moved together in place, where they arrived, and all other messages are left to the driver.
 */

const COPY_DATA = 0x64;
const HEADER = 5;

export class CopyFrames {
  /** Rows whose beginning has been seen. */
  rows = 0;
  /** The beginning of a header whose end is still to come. */
  #cut: Buffer = Buffer.alloc(0);
  /** Bytes of the current message that are still to come. */
  #missing = 0;
  #inData = false;

  /**
   * Takes the next bytes from the server, and overwrites them.
   * @returns the rows in them, as a part of `chunk` or of a copy; and the bytes of other messages, headers included
   */
  push(chunk: Buffer): { readonly rows: Buffer; readonly others: readonly Buffer[] } {
    const bytes = this.#cut.length > 0 ? Buffer.concat([this.#cut, chunk]) : chunk;
    const others: Buffer[] = [];
    let at = 0;
    let to = 0;
    for (;;) {
      const end = Math.min(bytes.length, at + this.#missing);
      this.#missing -= end - at;
      if (this.#inData) {
        bytes.copyWithin(to, at, end);
        to += end - at;
      } else if (end > at) {
        // A copy: rows that follow move over this place.
        others.push(Buffer.from(bytes.subarray(at, end)));
      }
      at = end;
      if (bytes.length - at < HEADER) break;
      this.#inData = bytes[at] === COPY_DATA;
      if (this.#inData) {
        this.rows++;
        // The length counts itself, but not the letter.
        this.#missing = bytes.readUInt32BE(at + 1) - (HEADER - 1);
        at += HEADER;
      } else {
        this.#missing = bytes.readUInt32BE(at + 1) + 1;
      }
    }
    this.#cut = this.#missing > 0 ? Buffer.alloc(0) : Buffer.from(bytes.subarray(at));
    return { rows: bytes.subarray(0, to), others };
  }
}
