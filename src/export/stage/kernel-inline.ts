/**
 * The kernel in this thread. It works only while `write`, `drain` and `end` are called, and waits only for the files.
 * So with files in memory, a staging always takes the same steps in the same order.
 */
import type { Kernel } from '../../../packages/identifiers/src/kernel/kernel.ts';
import { type SharedMemory, sharedKernel } from '../../../packages/identifiers/src/kernel/module.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { giveBack, takeMemory } from './kernel-memories.ts';
import { kernelOptions } from './kernel-options.ts';
import {
  type KernelOrder,
  type KernelProgress,
  type KernelRunner,
  type KernelTotals,
  kernelFailed,
  kernelStopped,
  type LineFiles,
  type LineSet,
  type ListTotals,
  lineSet,
  listTotals,
} from './kernel-runner.ts';
import { type KernelStep, stepsOf } from './kernel-steps.ts';

/** Runs the kernel in this thread. */
export const inlineKernel = (order: KernelOrder, files: LineFiles): KernelRunner => new InlineKernel(order, files);

interface Running {
  readonly kernel: Kernel<SharedArrayBuffer>;
  readonly steps: Iterator<KernelStep, never>;
}

class InlineKernel implements KernelRunner {
  readonly ended: Promise<KernelTotals>;
  readonly #files: LineFiles;
  readonly #outcome = Promise.withResolvers<KernelTotals>();
  readonly #memory: SharedMemory = takeMemory();
  /** Resolves when everything so far is done: with the kernel, or undefined when it was stopped or has failed. */
  #ready: Promise<Running | undefined>;
  #kernel: Kernel | undefined;
  #lists = 0;
  #stopped = false;
  #complete = false;
  #isKept = false;

  constructor(order: KernelOrder, files: LineFiles) {
    this.#files = files;
    this.ended = this.#outcome.promise;
    // A caller awaits it later. Until then a rejection must not count as unhandled.
    this.ended.catch(() => {});
    this.#ready = this.#start(order).catch((error: unknown) => this.#fail(error));
  }

  async beginList(marked: boolean): Promise<void> {
    this.#lists += 1;
    await this.#begin(this.#lists, marked);
  }

  async endList(): Promise<ListTotals> {
    const running = await this.#next(async (running) => {
      running.kernel.take(0);
      await this.#run(running);
    });
    if (running) return listTotals(running.kernel);
    await this.ended;
    throw kernelStopped();
  }

  async beginAudience(marked: boolean): Promise<void> {
    await this.#begin(0, marked);
  }

  async write(block: Uint8Array): Promise<boolean> {
    const running = await this.#next(async (running) => {
      for (let at = 0; at < block.length && !this.#stopped; ) {
        const input = running.kernel.input().subarray(0, block.length - at);
        input.set(block.subarray(at, at + input.length));
        running.kernel.take(input.length);
        at += input.length;
        await this.#run(running);
      }
    });
    return running !== undefined;
  }

  end(): void {
    void this.#next(async (running) => {
      running.kernel.take(0);
      await this.#run(running);
      if (this.#stopped) return;
      this.#outcome.resolve(totalsOf(running.kernel));
      this.#complete = true;
    });
  }

  async drain(): Promise<KernelTotals> {
    const running = await this.#next(async ({ kernel }) => {
      if (kernel.output().length > 0) await this.#handOver(kernel, null);
    });
    if (running) return totalsOf(running.kernel);
    await this.ended;
    throw kernelStopped();
  }

  progress(): KernelProgress {
    return this.#kernel?.progress() ?? { rows: 0, scanned: 0, unique: 0 };
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await this.#ready;
    this.#kernel = undefined;
    if (!this.#complete) this.#outcome.reject(kernelStopped());
    if (!this.#isKept) giveBack(this.#memory);
  }

  keepLines(): LineSet {
    if (!this.#kernel) throw kernelStopped();
    this.#isKept = true;
    return lineSet(this.#kernel, () => giveBack(this.#memory));
  }

  async #start(order: KernelOrder): Promise<Running> {
    const kernel = sharedKernel(await kernelOptions(order), this.#memory);
    const running = { kernel, steps: stepsOf(kernel) };
    await this.#run(running);
    this.#kernel = kernel;
    return running;
  }

  async #begin(list: number, marked: boolean): Promise<void> {
    await this.#next(async ({ kernel }) => kernel.beginStream(list, marked));
  }

  /** Does the task after the earlier ones. */
  #next(task: (running: Running) => Promise<void>): Promise<Running | undefined> {
    const done = async (running: Running | undefined) => {
      if (!running || this.#stopped) return undefined;
      await task(running);
      return this.#stopped ? undefined : running;
    };
    this.#ready = this.#ready.then(done).catch((error: unknown) => this.#fail(error));
    return this.#ready;
  }

  #fail(error: unknown): undefined {
    this.#outcome.reject(error instanceof LineupError ? error : kernelFailed(error));
  }

  /** Runs until the kernel needs input, or to the end of the stream. */
  async #run({ kernel, steps }: Running): Promise<void> {
    for (let { value } = steps.next(); value.kind === 'lines'; { value } = steps.next()) {
      await this.#handOver(kernel, value.chunkRecords);
      if (this.#stopped) return;
    }
  }

  async #handOver(kernel: Kernel, chunkRecords: number | null): Promise<void> {
    await this.#files.write(kernel.output());
    kernel.writeTo(0);
    if (chunkRecords !== null) await this.#files.endChunk(chunkRecords);
  }
}

const totalsOf = (kernel: Kernel): KernelTotals => ({ ...kernel.counts(), leftOut: kernel.leftOut() });
