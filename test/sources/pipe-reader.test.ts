/** A real named pipe that this process writes to. */
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
  ['slowly, so that reading is ahead and must pause', async () => void (await Promise.all([turn(), turn()]))],
])('all data arrives complete and in order when it is read %s', async (_, pause) => {
  const pipe = await makeFifo();
  const writing = write(pipe.path, pipe.end);
  const digest = createHash('sha256');
  for await (const block of pipe.reader.blocks()) {
    // A block does not change until the next is requested.
    await pause();
    digest.update(block);
  }
  await writing;
  await pipe.close();
  expect(digest.digest('hex')).toBe(digestOf(content));
});

test('a writer fails when the reader is destroyed, and the blocks end', async () => {
  const pipe = await makeFifo();
  const writing = write(pipe.path, pipe.end);
  writing.catch(() => {});
  for await (const _ of pipe.reader.blocks()) pipe.reader.destroy();
  await expect(writing).rejects.toMatchObject({ code: 'EPIPE' });
  await pipe.close();
});
