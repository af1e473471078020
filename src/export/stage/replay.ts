/**
 * The lines of staged files as the beginning of a value stream: a hash or a raw IFA is sent unchanged by the rules, so a
 * kernel that is given them makes the very same lines in the same order, and knows them from then on.
 */
import { createReadStream } from 'node:fs';

export interface StagedPart {
  readonly path: string;
  /** So much of the file; ends with a line. */
  readonly bytes: number;
}

/** @param marked each line is the only value of a member */
export async function* replay(parts: readonly StagedPart[], marked: boolean): AsyncGenerator<Buffer, void> {
  for (const { path, bytes } of parts) {
    let lineBegins = true;
    const blocks = createReadStream(path, { end: bytes - 1, highWaterMark: 1 << 20 });
    for await (const block of blocks as AsyncIterable<Buffer>) {
      if (!marked) {
        yield block;
        continue;
      }
      const text = block.toString('latin1');
      const lineEnds = text.endsWith('\n');
      const lines = `${lineBegins ? '+' : ''}${text.replaceAll('\n', '\n+')}`;
      yield Buffer.from(lineEnds ? lines.slice(0, -1) : lines, 'latin1');
      lineBegins = lineEnds;
    }
  }
}
