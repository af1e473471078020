/** The channel between two real threads. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { ByteWriter, makeByteChannel } from '../../src/export/stage/worker-channel.ts';

const workers: Worker[] = [];
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

/** A thread that reads the channel to its end, at most `size` bytes at a time, and reports the digest of all bytes. */
function reader(channel: ReturnType<typeof makeByteChannel>, size: number): Worker {
  const module = new URL('../../src/export/stage/worker-channel.ts', import.meta.url).href;
  const code = `
    import { createHash } from 'node:crypto';
    import { parentPort, workerData } from 'node:worker_threads';
    import { DRAINED, END, readBytes } from ${JSON.stringify(module)};
    const digest = createHash('sha256');
    const target = new Uint8Array(workerData.size);
    let length;
    while ((length = readBytes(workerData.channel, target)) !== END) {
      if (length === DRAINED) parentPort.postMessage(digest.copy().digest('hex'));
      else digest.update(target.subarray(0, length));
    }
    parentPort.postMessage(digest.digest('hex'));
  `;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
    workerData: { channel, size },
  });
  workers.push(worker);
  return worker;
}

test.each([
  [3, 70_000],
  [1 << 19, 1000],
  [3 << 20, 1 << 18],
  [(1 << 20) + 1, 4096],
])(
  'blocks of %i bytes arrive complete and in order when %i bytes are read at a time',
  async (blockSize, readSize) => {
    const channel = makeByteChannel();
    const writer = new ByteWriter(channel);
    const answer = once(reader(channel, readSize), 'message');
    const digest = createHash('sha256');
    const count = blockSize < 1000 ? 5000 : 12;
    for (let n = 0; n < count; n++) {
      const block = randomBytes(blockSize);
      digest.update(block);
      expect(await writer.write(block)).toBe(true);
    }
    writer.end();
    expect(await answer).toEqual([digest.digest('hex')]);
  },
);

test('a reader that must drain reports when it has read everything, and then continues', async () => {
  const channel = makeByteChannel();
  const writer = new ByteWriter(channel);
  const worker = reader(channel, 1000);
  const digest = createHash('sha256');
  for (let n = 0; n < 50; n++) {
    const block = randomBytes(n * 500);
    digest.update(block);
    await writer.write(block);
    const answer = once(worker, 'message');
    writer.drain();
    expect(await answer).toEqual([digest.copy().digest('hex')]);
  }
  const answer = once(worker, 'message');
  writer.end();
  expect(await answer).toEqual([digest.digest('hex')]);
});

test('an end without bytes is an end', async () => {
  const channel = makeByteChannel();
  const answer = once(reader(channel, 10), 'message');
  new ByteWriter(channel).end();
  expect(await answer).toEqual([createHash('sha256').digest('hex')]);
});

test('a write that waits for space returns when the channel is closed', async () => {
  const writer = new ByteWriter(makeByteChannel());
  const writing = writer.write(new Uint8Array(3 << 20));
  writer.close();
  expect(await writing).toBe(false);
  expect(await writer.write(new Uint8Array(1))).toBe(false);
});

test('the byte counts may overflow 32 bits', async () => {
  const channel = makeByteChannel();
  // As after a scan of 2 GiB and one of 4 GiB, minus a few bytes.
  for (const start of [0x7fffff00 | 0, -0x100]) {
    channel.header.fill(start, 0, 2);
    const writer = new ByteWriter(channel);
    channel.header[2] = 0;
    const answer = once(reader(channel, 1000), 'message');
    const block = randomBytes(1 << 18);
    await writer.write(block);
    writer.end();
    expect(await answer).toEqual([createHash('sha256').update(block).digest('hex')]);
  }
});
