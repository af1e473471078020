/**
 * The kernel in a worker thread, from the side of the main thread: it sends bytes, writes the lines to the chunk files,
 * and gets the counts at the end.
 */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { KernelCounts } from '../../../packages/identifiers/src/kernel/counts.ts';
import { OUTPUT_BUFFERS } from '../../../packages/identifiers/src/kernel/instance.ts';
import { LineupError } from '../../contracts/errors.ts';
import { sentence, sentenceOf } from '../../contracts/sentence.ts';
import {
  type KernelOrder,
  type KernelProgress,
  type KernelRunner,
  kernelFailed,
  kernelStopped,
  type LineFiles,
} from './kernel-runner.ts';
import { ByteWriter, makeByteChannel, type StageOrder, type StageReport } from './worker-channel.ts';

/** Runs the kernel in a worker thread. */
export const threadedKernel = (order: KernelOrder, files: LineFiles): KernelRunner =>
  new KernelThread(order, files);

class KernelThread implements KernelRunner {
  readonly ended: Promise<KernelCounts>;
  readonly #order: StageOrder;
  readonly #files: LineFiles;
  readonly #input: ByteWriter;
  readonly #worker: Worker;
  readonly #outcome = Promise.withResolvers<KernelCounts>();
  #drained = Promise.withResolvers<KernelCounts>();

  constructor(order: KernelOrder, files: LineFiles) {
    this.#order = {
      ...order,
      input: makeByteChannel(),
      busy: new Int32Array(new SharedArrayBuffer(OUTPUT_BUFFERS * Int32Array.BYTES_PER_ELEMENT)),
      progress: new BigUint64Array(new SharedArrayBuffer(3 * BigUint64Array.BYTES_PER_ELEMENT)),
    };
    this.#files = files;
    this.#input = new ByteWriter(this.#order.input);
    this.#worker = takeWorker();
    this.ended = this.#outcome.promise;
    this.#listen();
    this.#worker.postMessage(this.#order);
  }

  write(block: Uint8Array): Promise<boolean> {
    return this.#input.write(block);
  }

  end(): void {
    this.#input.end();
  }

  drain(): Promise<KernelCounts> {
    this.#drained = Promise.withResolvers();
    this.#input.drain();
    const stopped = this.ended.then(() => {
      throw kernelStopped();
    });
    return Promise.race([this.#drained.promise, stopped]);
  }

  progress(): KernelProgress {
    const [rows, scanned, unique] = [0, 1, 2].map((cell) => Number(Atomics.load(this.#order.progress, cell)));
    return { rows: rows!, scanned: scanned!, unique: unique! };
  }

  async stop(): Promise<void> {
    this.#input.close();
    await this.#worker.terminate();
    // The caller that stops the worker reports its own reason.
    await this.ended.catch(() => {});
  }

  /** Writes the lines in the order in which the worker sends them. */
  #listen(): void {
    const { reject } = this.#outcome;
    let written: Promise<unknown> = Promise.resolve();
    this.#worker.on('message', (report: StageReport) => {
      written = written.then(() => this.#take(report));
      written.catch(reject);
    });
    this.#worker.on('error', (cause) => reject(kernelFailed(cause)));
    // No effect after the last report.
    this.#worker.on(
      'exit',
      () =>
        void written
          .then(() => reject(new LineupError('internal', sentence`The staging worker stopped.`)))
          .catch(reject),
    );
    // A caller awaits it later. Until then a rejection must not count as unhandled.
    this.ended.catch(() => {});
  }

  async #take(report: StageReport): Promise<void> {
    switch (report.kind) {
      case 'failed':
        throw new LineupError(report.code, sentenceOf(report));
      case 'ended':
        return this.#outcome.resolve(report.counts);
      case 'drained':
        return this.#drained.resolve(report.counts);
      case 'lines':
        await this.#files.write(report.lines);
        Atomics.store(this.#order.busy, report.buffer, 0);
        Atomics.notify(this.#order.busy, report.buffer);
        if (report.chunkRecords !== null) await this.#files.endChunk(report.chunkRecords);
    }
  }
}

const workerUrl = new URL(`./worker${extname(fileURLToPath(import.meta.url))}`, import.meta.url);

let spare: Worker | undefined;

/** Starts a worker for the next staging. An unused worker does not keep the process alive. */
export function startWorkerAhead(): void {
  if (spare) return;
  spare = new Worker(workerUrl);
  spare.unref();
}

/** A worker that waits for its `StageOrder`. */
function takeWorker(): Worker {
  const worker = spare ?? new Worker(workerUrl);
  spare = undefined;
  worker.ref();
  return worker;
}
