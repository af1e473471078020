/**
 * The lines of staged files as the beginning of a value stream: a hash or a raw IFA is sent unchanged by the rules, so a
 * kernel that is given them makes the very same lines in the same order, and knows them from then on.
 */
import type { RunFolder } from '../../contracts/ports.ts';

export interface StagedPart {
  readonly name: string;
  /** So much of the file; ends with a line. */
  readonly bytes: number;
}

/** @param marked each line is the only value of a member */
export async function* replay(
  folder: RunFolder,
  parts: readonly StagedPart[],
  marked: boolean,
): AsyncGenerator<Uint8Array, void> {
  for (const { name, bytes } of parts) {
    let lineBegins = true;
    for await (const block of folder.read(name, bytes)) {
      if (!marked) {
        yield block;
        continue;
      }
      const text = Buffer.from(block.buffer, block.byteOffset, block.length).toString('latin1');
      const lineEnds = text.endsWith('\n');
      const lines = `${lineBegins ? '+' : ''}${text.replaceAll('\n', '\n+')}`;
      yield Buffer.from(lineEnds ? lines.slice(0, -1) : lines, 'latin1');
      lineBegins = lineEnds;
    }
  }
}
