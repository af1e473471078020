/** Scans by hand, and the chunks that a staging of them makes. */
import type { Scan } from '../../src/sources/source.ts';

/** A scan of the given blocks that remembers whether it was closed. */
export class TestScan implements Scan {
  readonly marked: boolean;
  readonly blocks: AsyncIterable<Uint8Array>;
  finished: Promise<void> = Promise.resolve();
  closed = false;

  constructor(blocks: Iterable<string> | AsyncIterable<Uint8Array>, marked = false) {
    this.marked = marked;
    this.blocks = (async function* () {
      for await (const block of blocks) yield typeof block === 'string' ? Buffer.from(block) : block;
    })();
  }

  progress(): number | undefined {
    return 0.5;
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}
