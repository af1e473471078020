/**
 * What only the kernel in this thread does. `stage.test.ts` and `stage-checkpoint.test.ts` compare it with the worker
 * thread.
 */
import { describe, expect, test } from 'vitest';
import { type Kernel, KernelStatus } from '../../packages/identifiers/src/kernel/kernel.ts';
import { noFolder } from '../../src/export/stage/chunk-files.ts';
import { inlineKernel } from '../../src/export/stage/kernel-inline.ts';
import type { StartKernel } from '../../src/export/stage/kernel-runner.ts';
import { stepsOf } from '../../src/export/stage/kernel-steps.ts';
import { threadedKernel } from '../../src/export/stage/kernel-threads.ts';
import type { Staged } from '../../src/export/stage/types.ts';
import { stageOne, TestScan } from './support.ts';

const run = (startKernel: StartKernel) =>
  stageOne({
    scan: new TestScan(['a@example.com\nb@example.com\n', 'a@example.com\n']),
    identifierType: 'email',
    ifaFormat: 'sha256',
    folder: noFolder,
    chunkName: (index) => `chunk-${index}.txt`,
    maxChunkRecords: 1_000_000,
    maxChunkBytes: 60_000_000,
    startKernel,
    onProgress: () => {},
    clock: { sleep: () => new Promise<void>(() => {}) },
  });

describe('the kernel in this thread', () => {
  test('needs no turn of the event loop, and no time', async () => {
    let staged: Staged | undefined;
    void run(inlineKernel).then((result) => {
      staged = result;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(staged?.counts).toMatchObject({ scanned: 3, duplicates: 1, unique: 2 });
  });

  test('serves many stagings, at the same time and one after the other', async () => {
    const expected = await run(threadedKernel);
    for (let round = 0; round < 3; round++) {
      const stagings = Array.from({ length: 10 }, () => run(inlineKernel));
      expect(await Promise.all(stagings)).toEqual(stagings.map(() => expected));
    }
  });

  test('takes nothing more after it was stopped, and drains nothing', async () => {
    const lines: Uint8Array[] = [];
    const kernel = inlineKernel(
      {
        identifierType: 'email',
        ifaFormat: 'sha256',
        defaultCountry: undefined,
        presumedCountry: undefined,
        lists: 0,
        kernels: 1,
        holdOut: undefined,
        maxChunkRecords: 1,
        maxChunkBytes: 65,
      },
      { write: async (block) => void lines.push(block.slice()), endChunk: async () => {} },
    );
    expect(await kernel.write(Buffer.from('a@example.com\nb@example.com\n'))).toBe(true);
    expect(lines).toHaveLength(1);
    await kernel.stop();
    await kernel.stop();
    expect(await kernel.write(Buffer.from('c@example.com\nd@example.com\n'))).toBe(false);
    expect(lines).toHaveLength(1);
    await expect(kernel.drain()).rejects.toMatchObject({ code: 'interrupted' });
    await expect(kernel.ended).rejects.toMatchObject({ code: 'interrupted' });
  });
});

test('more members than a kernel holds are refused', () => {
  const kernel = { run: () => KernelStatus.OutOfMemory } as Kernel;
  const refusal = expect.objectContaining({ code: 'audience_too_large' }) as unknown;
  expect(() => stepsOf(kernel).next()).toThrow(refusal);
});
