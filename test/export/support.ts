/** Scans by hand, a run's folder for what a staging of them makes, and the ways to run the kernel. */
import { beforeEach } from 'vitest';
import { Secret } from '../../src/domain/values/secret.ts';
import { inlineKernel } from '../../src/export/stage/kernel-inline.ts';
import type { StartKernel } from '../../src/export/stage/kernel-runner.ts';
import { kernelIn } from '../../src/export/stage/kernel-threads.ts';
import { stage } from '../../src/export/stage/stage.ts';
import type { StageDelivery, Staged, StageOptions } from '../../src/export/stage/types.ts';
import type { Scan } from '../../src/sources/source.ts';
import { SealedFolder } from '../../src/store/sealed-files/sealed-folder.ts';

/** Each way to run the kernel, for `describe.each`. */
export const kernels = [
  ['worker threads', kernelIn(3)],
  ['this thread', inlineKernel],
] as const;

/** How the stagings of the running test run the kernel. */
export const kernelOfTest: { start?: StartKernel } = {};

/** For the tests of a suite. */
export const useKernel = (start: StartKernel): void =>
  beforeEach(() => {
    kernelOfTest.start = start;
  });

const key = new Secret(Buffer.alloc(32, 7));

/** The sealed folder of a run in `directory`, which must exist. Its key is the same in every process. */
export const runFolder = (directory: string): SealedFolder =>
  new SealedFolder(directory, { find: async () => key, findOrMake: async () => key, delete: async () => {} });

/** The whole content of a sealed file. */
export async function contentOf(folder: SealedFolder, name: string): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const block of folder.read(name, (await folder.size(name)) ?? 0)) parts.push(block);
  return Buffer.concat(parts).toString('latin1');
}

/** A staging with one delivery. */
export type StageOneOptions = Omit<StageOptions, 'deliveries'> & StageDelivery;

/** Stages one field. @returns what its delivery got */
export async function stageOne(options: StageOneOptions): Promise<Staged> {
  const [staged] = await stage({ ...options, deliveries: [options] });
  return staged!;
}

/** A scan of the given blocks that remembers whether it was closed. */
export class TestScan implements Scan {
  readonly marked: readonly boolean[];
  readonly blocks: AsyncIterable<Uint8Array>;
  finished: Promise<void> = Promise.resolve();
  closed = false;

  constructor(blocks: Iterable<string> | AsyncIterable<Uint8Array>, marked = false) {
    this.marked = [marked];
    this.blocks = (async function* () {
      for await (const block of blocks) yield typeof block === 'string' ? Buffer.from(block) : block;
    })();
  }

  column(): number {
    return 0;
  }

  progress(): number | undefined {
    return 0.5;
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}
