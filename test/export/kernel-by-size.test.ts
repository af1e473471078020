import { expect, test } from 'vitest';
import { kernelBySize } from '../../src/export/kernel-by-size.ts';
import { noFolder } from '../../src/export/stage/chunk-files.ts';
import type { KernelOrder, StartKernel } from '../../src/export/stage/kernel-runner.ts';
import { kernelIn } from '../../src/export/stage/kernel-threads.ts';
import type { Staged } from '../../src/export/stage/types.ts';
import { stageOne, TestScan } from './support.ts';

const order: KernelOrder = {
  identifierType: 'email',
  ifaFormat: 'sha256',
  defaultCountry: undefined,
  presumedCountry: undefined,
  lists: 0,
  kernels: 1,
  holdOut: undefined,
  maxChunkRecords: 1_000_000,
  maxChunkBytes: 60_000_000,
};

const run = (startKernel: StartKernel, blocks: string[], defaultCountry?: string) =>
  stageOne({
    scan: new TestScan(blocks),
    identifierType: defaultCountry ? 'phone' : 'email',
    ifaFormat: 'sha256',
    defaultCountry,
    maxChunkRecords: 1_000_000,
    maxChunkBytes: 60_000_000,
    folder: noFolder,
    chunkName: (index) => `chunk-${index}.txt`,
    startKernel,
    onProgress: () => {},
    clock: { sleep: () => new Promise<void>(() => {}) },
  });

const members = (count: number) =>
  Array.from({ length: count }, (_, n) => `member${n % (count - 1)}@example.com\n`).join('');

test('a few members need no thread: they are staged within one turn of the event loop', async () => {
  let staged: Staged | undefined;
  void run(kernelBySize(2), [members(100), members(50)]).then((result) => {
    staged = result;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(staged?.counts).toMatchObject({ scanned: 150, unique: 99 });
});

test('a list before a few members makes no difference', async () => {
  const totals = async (start: StartKernel) => {
    const kernel = start({ ...order, lists: 1 }, { write: async () => {}, endChunk: async () => {} });
    await kernel.beginList(false);
    await kernel.write(Buffer.from(members(10)));
    const list = await kernel.endList();
    await kernel.beginAudience(false);
    await kernel.write(Buffer.from(members(30)));
    kernel.end();
    const audience = await kernel.ended;
    await kernel.stop();
    return { list, audience };
  };
  const bySize = await totals(kernelBySize(2));
  expect(bySize.list).toMatchObject({ scanned: 10, size: 10, prehashed: 0 });
  expect(bySize.audience).toMatchObject({ unique: 20, leftOut: { heldOut: 0 } });
  expect(bySize.audience.leftOut.suppressed[0]).toBe(10);
  expect(await totals(kernelIn(2))).toEqual(bySize);
});

test.each([
  ['few members', [members(100)], undefined],
  ['no members', [], undefined],
  ['many small blocks, more than are staged in this thread', Array.from({ length: 40 }, () => members(90)), undefined],
  ['a large block', [members(20_000)], undefined],
  ['national numbers', ['09012345678\n08011112222\n'], 'JP'],
])('%s: the same as in a thread', async (_, blocks, country) => {
  const [bySize, threaded] = [await run(kernelBySize(2), blocks, country), await run(kernelIn(2), blocks, country)];
  expect(bySize).toEqual(threaded);
});

test('blocks are kept as they were, also when the source uses their memory again', async () => {
  const lines: Uint8Array[] = [];
  const kernel = kernelBySize(2)(order, {
    write: async (block) => void lines.push(block.slice()),
    endChunk: async () => {},
  });
  const memory = Buffer.from('a@example.com\n');
  await kernel.write(memory);
  memory.write('b');
  await kernel.write(memory);
  kernel.end();
  expect(await kernel.ended).toMatchObject({ scanned: 2, duplicates: 0 });
  await kernel.stop();
});

test('after it was stopped it takes nothing more, and drains nothing', async () => {
  const kernel = kernelBySize(2)(order, { write: async () => {}, endChunk: async () => {} });
  await kernel.write(Buffer.from('a@example.com\n'));
  await kernel.stop();
  expect(await kernel.write(Buffer.from('b@example.com\n'))).toBe(false);
  await expect(kernel.drain()).rejects.toMatchObject({ code: 'interrupted' });
  await expect(kernel.ended).rejects.toMatchObject({ code: 'interrupted' });
});
