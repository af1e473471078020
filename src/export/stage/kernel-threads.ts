/**
 * The kernel in worker threads, from the side of the main thread: it cuts the stream into blocks for the workers, and
 * writes their lines to the chunk files. The lines, the counts and the errors are those of one thread.
 */
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { KernelInstance, MAX_SLOTS } from '../../../packages/identifiers/src/kernel/instance.ts';
import { sharedModule } from '../../../packages/identifiers/src/kernel/module.ts';
import { MAX_THREADS } from '../../domain/audiences/requests.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence, sentenceOf } from '../../domain/text/sentence.ts';
import { Content, KernelBoard, makeBoard } from './kernel-board.ts';
import { giveBack, takeMemory } from './kernel-memories.ts';
import { plainOptions } from './kernel-options.ts';
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
  type StartKernel,
} from './kernel-runner.ts';
import type { StreamReport, WorkerOrder, WorkerReport } from './kernel-worker.ts';

/** As many threads as the machine has cores for, if this many streams are staged at the same time. */
export const usualThreads = (streams = 1): number =>
  Math.max(1, Math.min(Math.floor(availableParallelism() / streams), MAX_THREADS));

/**
 * Runs the kernel in worker threads.
 * @param threads of all kernels of a scan; 1 ≤ `threads` ≤ MAX_THREADS
 */
export const kernelIn =
  (threads: number): StartKernel =>
  (order, files) =>
    new KernelThreads(order, files, Math.max(1, Math.floor(threads / order.kernels)));

/** Runs the kernel in as many worker threads as the machine has cores for. */
export const threadedKernel: StartKernel = (order, files) => kernelIn(usualThreads())(order, files);

/** A stream of this size is worth more than one thread: to start one costs some 30 ms. */
const WORTH_ALL_THREADS = 1 << 20;

class KernelThreads implements KernelRunner {
  readonly ended: Promise<KernelTotals>;
  readonly #order: Omit<WorkerOrder, 'instance'>;
  readonly #files: LineFiles;
  readonly #threads: number;
  readonly #board: KernelBoard;
  /** Cuts the stream, and nothing else. Its number is 0; the workers have the next ones. */
  readonly #cutter: KernelInstance<SharedArrayBuffer>;
  readonly #workers: Worker[] = [];
  readonly #outcome = Promise.withResolvers<KernelTotals>();
  #drained = Promise.withResolvers<KernelTotals>();
  #lists = 0;
  #bytes = 0;
  /** Reports of workers that have to wait for earlier ones. */
  readonly #early = new Map<number, StreamReport>();
  #nextReport = 0;
  #stopped = false;
  #complete = false;
  #isKept = false;
  #written: Promise<unknown> = Promise.resolve();

  constructor(order: KernelOrder, files: LineFiles, threads: number) {
    // More shards than threads, so that a thread rarely waits for one.
    const shardBits = threads === 1 ? 0 : Math.ceil(Math.log2(threads)) + 1;
    const board = makeBoard(Math.min(2 * threads + 4, MAX_SLOTS), 2 ** shardBits);
    this.#order = { ...order, board, shardBits, memory: takeMemory(), module: sharedModule() };
    this.#files = files;
    this.#threads = threads;
    this.#board = new KernelBoard(board);
    this.#cutter = cutterOf(this.#order);
    this.ended = this.#outcome.promise;
    // A caller awaits it later. Until then a rejection must not count as unhandled.
    this.ended.catch(() => {});
    this.#addWorker();
  }

  async beginList(marked: boolean): Promise<void> {
    this.#lists += 1;
    this.#cutter.beginStream(this.#lists, marked);
  }

  async endList(): Promise<ListTotals> {
    this.#cutter.take(0);
    await this.drain();
    return listTotals(this.#cutter);
  }

  async beginAudience(marked: boolean): Promise<void> {
    this.#cutter.beginStream(0, marked);
  }

  async write(block: Uint8Array): Promise<boolean> {
    for (let at = 0; at < block.length; ) {
      if (this.#board.isClosed) return false;
      const input = this.#cutter.input().subarray(0, block.length - at);
      if (input.length === 0) {
        if (!(await this.#makeRoom(block.byteOffset + at))) return false;
        continue;
      }
      input.set(block.subarray(at, at + input.length));
      this.#cutter.take(input.length);
      at += input.length;
    }
    this.#bytes += block.length;
    if (this.#bytes > WORTH_ALL_THREADS) while (this.#workers.length < this.#threads) this.#addWorker();
    // A slow source must not keep a worker waiting until a block is full.
    if (this.#board.isHungry && this.#cutter.cutBlock()) return this.#fill(Content.Block);
    return true;
  }

  end(): void {
    this.#cutter.take(0);
    this.#finish(Content.End).catch((error: unknown) => this.#outcome.reject(kernelFailed(error)));
  }

  drain(): Promise<KernelTotals> {
    this.#drained = Promise.withResolvers();
    const stopped = this.ended.then(() => {
      throw kernelStopped();
    });
    const finished = this.#finish(Content.Drain).then(() => this.#drained.promise);
    return Promise.race([finished, stopped]);
  }

  progress(): KernelProgress {
    return this.#cutter.progress();
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#board.close();
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
    this.#outcome.reject(kernelStopped());
    await this.#written.catch(() => {});
    // A worker that was ended in the middle of its work may have left the set in a state that the next kernel cannot
    // clear.
    if (this.#complete && !this.#isKept) giveBack(this.#order.memory);
  }

  keepLines(): LineSet {
    this.#isKept = true;
    return lineSet(this.#cutter, () => giveBack(this.#order.memory));
  }

  /** Gives all whole records to the workers, then `content`. */
  async #finish(content: Content): Promise<void> {
    while (this.#cutter.cutBlock()) if (!(await this.#fill(Content.Block))) return;
    await this.#fill(content);
  }

  /** Gives the block that was cut to the workers, and waits for room for the next one. False when it was stopped. */
  async #fill(content: Content, alignment = 0): Promise<boolean> {
    this.#board.fill(content);
    if (!(await this.#board.waitUntilWritten())) return false;
    this.#cutter.nextSlot(this.#board.slotOf(this.#board.filled), alignment);
    return true;
  }

  /** Makes room for more bytes. False when it was stopped. */
  async #makeRoom(alignment: number): Promise<boolean> {
    if (this.#cutter.cutBlock()) return this.#fill(Content.Block, alignment);
    if (!(await this.#board.waitUntilWritten(0))) return false;
    this.#cutter.moveToLong();
    return true;
  }

  #totals(): KernelTotals {
    return { ...this.#cutter.counts(), leftOut: this.#cutter.leftOut() };
  }

  #addWorker(): void {
    const worker = takeWorker();
    this.#workers.push(worker);
    worker.on('message', (report: WorkerReport) => this.#receive(report));
    worker.on('error', (cause) => this.#outcome.reject(kernelFailed(cause)));
    worker.on('exit', () => {
      if (this.#board.isClosed) return;
      this.#outcome.reject(new LineupError('internal', sentence`The staging worker stopped.`));
    });
    const order: WorkerOrder = { ...this.#order, instance: this.#workers.length };
    worker.postMessage(order);
  }

  /** Takes the reports in the order of their numbers. */
  #receive(report: WorkerReport): void {
    const { reject } = this.#outcome;
    if (report.kind === 'failed') {
      reject(new LineupError(report.code, sentenceOf(report)));
      return;
    }
    this.#early.set(report.number, report);
    for (let next = this.#early.get(this.#nextReport); next; next = this.#early.get(this.#nextReport)) {
      const taken = next;
      this.#early.delete(this.#nextReport++);
      this.#written = this.#written.then(() => this.#take(taken));
      this.#written.catch(reject);
    }
  }

  async #take(report: StreamReport): Promise<void> {
    if (this.#stopped) return;
    switch (report.kind) {
      case 'ended':
        this.#complete = true;
        return this.#outcome.resolve(this.#totals());
      case 'drained':
        return this.#drained.resolve(this.#totals());
      case 'lines':
        await this.#files.write(report.lines);
        this.#board.freeBuffer(report.buffer);
        if (report.chunkRecords !== null) await this.#files.endChunk(report.chunkRecords);
    }
  }
}

/** @throws {LineupError} `internal` when there is no memory for it */
function cutterOf(order: Omit<WorkerOrder, 'instance'>): KernelInstance<SharedArrayBuffer> {
  const { module, memory, shardBits } = order;
  try {
    const cutter = new KernelInstance(plainOptions(order), module, memory, { instance: 0, shardBits });
    cutter.nextSlot(0);
    return cutter;
  } catch (error) {
    throw kernelFailed(error);
  }
}

const workerUrl = new URL(`./kernel-worker${extname(fileURLToPath(import.meta.url))}`, import.meta.url);

let spare: Worker | undefined;

/** Starts a worker for the next staging. An unused worker does not keep the process alive. */
export function startWorkerAhead(): void {
  if (spare) return;
  spare = new Worker(workerUrl);
  spare.unref();
}

/** A worker that waits for its `WorkerOrder`. */
function takeWorker(): Worker {
  const worker = spare ?? new Worker(workerUrl);
  spare = undefined;
  worker.ref();
  return worker;
}
