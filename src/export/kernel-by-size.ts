/**
 * Chooses where the kernel of a staging runs, by the size of its value stream. A thread costs some 30 ms of the
 * processor, more than the work on thousands of values, so a small stream is staged in this thread. All others get
 * worker threads: their work would block this one.
 */
import { inlineKernel } from './stage/kernel-inline.ts';
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
  type StartKernel,
} from './stage/kernel-runner.ts';
import { kernelIn } from './stage/kernel-threads.ts';

/** Less than a millisecond of work; some 30 for values that only the slow rules can read. */
const MAX_BYTES_INLINE = 32_768;

/**
 * Collects the first bytes, and starts the kernel when it knows the size of the stream.
 * @param threads for a stream that is not small
 */
export const kernelBySize = (threads: number): StartKernel => {
  const threaded = kernelIn(threads);
  return (order, files) =>
    // To learn the classes of a country’s numbers takes up to 200 ms.
    (order.defaultCountry ?? order.presumedCountry) === undefined
      ? new KernelBySize(order, files, threaded)
      : threaded(order, files);
};

class KernelBySize implements KernelRunner {
  readonly ended: Promise<KernelTotals>;
  readonly #order: KernelOrder;
  readonly #files: LineFiles;
  readonly #threaded: StartKernel;
  readonly #outcome = Promise.withResolvers<KernelTotals>();
  /** Of the audience; undefined before it begins. */
  #marked: boolean | undefined;
  #first: Uint8Array[] = [];
  #bytes = 0;
  #kernel: KernelRunner | undefined;
  #stopped = false;

  constructor(order: KernelOrder, files: LineFiles, threaded: StartKernel) {
    this.#order = order;
    this.#files = files;
    this.#threaded = threaded;
    this.ended = this.#outcome.promise;
    // A caller awaits it later. Until then a rejection must not count as unhandled.
    this.ended.catch(() => {});
  }

  async beginList(marked: boolean): Promise<void> {
    // Lists come first, and say nothing about the size of the audience.
    await (await this.#atOnce()).beginList(marked);
  }

  async endList(): Promise<ListTotals> {
    return (await this.#atOnce()).endList();
  }

  async beginAudience(marked: boolean): Promise<void> {
    this.#marked = marked;
    await this.#kernel?.beginAudience(marked);
  }

  async write(block: Uint8Array): Promise<boolean> {
    if (this.#stopped) return false;
    if (this.#kernel) return this.#kernel.write(block);
    this.#bytes += block.length;
    // A copy: the source uses the memory of a block again. (`slice` of a Buffer does not copy.)
    this.#first.push(new Uint8Array(block));
    return this.#bytes <= MAX_BYTES_INLINE || this.#start(this.#threaded);
  }

  end(): void {
    this.#end().catch((error: unknown) => this.#outcome.reject(kernelFailed(error)));
  }

  async drain(): Promise<KernelTotals> {
    // A source that continues from a place is rarely small.
    return (await this.#atOnce()).drain();
  }

  progress(): KernelProgress {
    return this.#kernel?.progress() ?? { rows: 0, scanned: 0, unique: 0 };
  }

  keepLines(): LineSet {
    if (!this.#kernel) throw kernelStopped();
    return this.#kernel.keepLines();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (!this.#kernel) this.#outcome.reject(kernelStopped());
    await this.#kernel?.stop();
  }

  async #end(): Promise<void> {
    if (!this.#kernel && !(await this.#start(inlineKernel))) return;
    this.#kernel?.end();
  }

  /** Worker threads, if nothing runs yet. */
  async #atOnce(): Promise<KernelRunner> {
    if (!this.#kernel) await this.#start(this.#threaded);
    if (!this.#kernel) throw kernelStopped();
    return this.#kernel;
  }

  /** @returns false when the kernel was stopped */
  async #start(startKernel: StartKernel): Promise<boolean> {
    if (this.#stopped) return false;
    const kernel = startKernel(this.#order, this.#files);
    this.#kernel = kernel;
    kernel.ended.then(this.#outcome.resolve, this.#outcome.reject);
    if (this.#marked !== undefined) await kernel.beginAudience(this.#marked);
    const first = this.#first;
    this.#first = [];
    for (const block of first) if (!(await kernel.write(block))) return false;
    return true;
  }
}
