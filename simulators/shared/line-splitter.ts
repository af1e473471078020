/** Cuts a stream of bytes into lines, without a copy of the lines that are usual. */

const lf = 10;
/** At most this many bytes of a line are examined. A valid line has at most 130. */
export const examinedBytes = 4096;
const none = Buffer.alloc(0);

export interface LineSink {
  /**
   * Takes a usual line at this place of the block, with its LF. It decodes directly to its final place.
   * @returns the length of the line with its LF, or 0 for any other line
   */
  usual(block: Buffer, at: number): number;
  /** Takes any other line, without its LF. */
  line(bytes: Buffer): void;
  /** Whether the rest of the file is only counted. */
  isOver(): boolean;
}

export class LineSplitter {
  /** Of all blocks. */
  bytes = 0;
  readonly #sink: LineSink;
  /** The beginning of a line whose end has not arrived. */
  #carry: Buffer = none;

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  /** Takes the next bytes of the file. It does not keep the block. */
  feed(block: Buffer): void {
    this.bytes += block.length;
    let at = 0;
    if (this.#carry.length > 0) {
      const end = block.indexOf(lf);
      this.#keep(end < 0 ? block : block.subarray(0, end));
      if (end < 0) return;
      this.end();
      at = end + 1;
    }
    while (at < block.length && !this.#sink.isOver()) {
      const length = this.#sink.usual(block, at);
      if (length > 0) {
        at += length;
        continue;
      }
      const end = block.indexOf(lf, at);
      if (end < 0) {
        this.#keep(block.subarray(at));
        return;
      }
      this.#sink.line(block.subarray(at, end));
      at = end + 1;
    }
  }

  /** Ends the file. A last line without LF counts as a line. */
  end(): void {
    const line = this.#carry;
    this.#carry = none;
    if (line.length > 0) this.#sink.line(line);
  }

  #keep(bytes: Buffer): void {
    const room = examinedBytes - this.#carry.length;
    if (!this.#sink.isOver() && room > 0) this.#carry = Buffer.concat([this.#carry, bytes.subarray(0, room)]);
  }
}
