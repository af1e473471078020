/** A real named pipe, written to by this process. */
import { createHash, randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { makeFifo } from '../../src/sources/files/pipe-reader.ts';

const content = randomBytes(8 << 20);
const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function write(path: string, end: () => void): Promise<void> {
  const writer = await open(path, 'w');
  await writer.writeFile(content).finally(() => writer.close());
  end();
}

test.each([
  ['at once', async () => {}],
  [
    'slowly, so that reading gets ahead and must pause',
    async () => void (await Promise.all([turn(), turn()])),
  ],
])('what was written arrives whole and in order, taken %s', async (_, pause) => {
  const pipe = await makeFifo();
  const writing = write(pipe.path, pipe.end);
  const digest = createHash('sha256');
  for await (const block of pipe.reader.blocks()) {
    // A block is left alone until the next is asked for.
    await pause();
    digest.update(block);
  }
  await writing;
  await pipe.close();
  expect(digest.digest('hex')).toBe(digestOf(content));
});

test('a writer that waits for the reader fails when that is destroyed, and the blocks end', async () => {
  const pipe = await makeFifo();
  const writing = write(pipe.path, pipe.end);
  writing.catch(() => {});
  for await (const _ of pipe.reader.blocks()) pipe.reader.destroy();
  await expect(writing).rejects.toMatchObject({ code: 'EPIPE' });
  await pipe.close();
});
