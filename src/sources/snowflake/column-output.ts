const LF = 0x0a;

/** Collects the value stream of one column. */
export class ColumnOutput {
  length = 0;
  #bytes = Buffer.allocUnsafe(65_536);
  #marked = 0;

  mark(): void {
    this.#marked = this.length;
  }

  undo(): void {
    this.length = this.#marked;
  }

  /** A part of a block, and a line feed. */
  line(from: Buffer, start: number, end: number): void {
    const size = end - start;
    this.#room(size + 1);
    const bytes = this.#bytes;
    let at = this.length;
    // A native copy of a few bytes costs more than this loop.
    if (size < 64) for (let next = start; next < end; next += 1) bytes[at++] = from[next]!;
    else at += from.copy(bytes, at, start, end);
    bytes[at] = LF;
    this.length = at + 1;
  }

  text(text: string): void {
    const size = Buffer.byteLength(text);
    this.#room(size);
    this.length += this.#bytes.write(text, this.length);
  }

  /** Valid until the next value. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.length);
    this.length = 0;
    return taken;
  }

  #room(more: number): void {
    const needed = this.length + more;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.length);
    this.#bytes = larger;
  }
}
