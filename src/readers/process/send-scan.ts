/** A scan on its way out of a reader. */
import type { Writable } from 'node:stream';
import type { Scan } from '../../sources/source.ts';
import { takeApart } from '../failure.ts';
import { blockHead, endFrame } from '../frames.ts';

/**
 * Writes the blocks, waiting for each to be taken, and then how the scan ended. Nothing of it is left after the last frame:
 * the reader is free for another scan.
 */
export async function sendScan(scan: Scan, out: Writable): Promise<void> {
  const failure = await pass(scan, out).catch(takeApart);
  await scan.close();
  await write(out, endFrame(failure));
}

async function pass(scan: Scan, out: Writable): Promise<null> {
  for await (const block of scan.blocks) {
    if (block.length === 0) continue;
    out.cork();
    out.write(blockHead(block, scan.place?.()));
    // The block's memory is used again for the next one.
    const taken = write(out, block);
    out.uncork();
    await taken;
  }
  await scan.finished;
  return null;
}

const write = (out: Writable, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    out.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
