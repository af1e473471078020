/** The worker with the kernel, as the main thread sees it: bytes in, lines into the chunk files, counts at last. */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { KernelCounts } from '../../../packages/identifiers/src/kernel/counts.ts';
import { LineupError } from '../../contracts/errors.ts';
import { sentence, sentenceOf } from '../../contracts/sentence.ts';
import type { ChunkFiles } from './chunk-files.ts';
import { ByteWriter, type StageOrder, type StageReport } from './worker-channel.ts';

export class KernelThread {
  /** Settles with the last counts once all lines are in the files, or with what went wrong. */
  readonly ended: Promise<KernelCounts>;
  readonly #order: StageOrder;
  readonly #files: ChunkFiles;
  readonly #input: ByteWriter;
  readonly #worker: Worker;
  readonly #outcome = Promise.withResolvers<KernelCounts>();
  #drained = Promise.withResolvers<KernelCounts>();

  constructor(order: StageOrder, files: ChunkFiles) {
    this.#order = order;
    this.#files = files;
    this.#input = new ByteWriter(order.input);
    this.#worker = takeWorker();
    this.ended = this.#outcome.promise;
    this.#listen();
    this.#worker.postMessage(order);
  }

  /** Passes bytes of the value stream on, waiting for room. False when the thread was stopped meanwhile. */
  write(block: Uint8Array): Promise<boolean> {
    return this.#input.write(block);
  }

  /** The value stream is at its end. */
  end(): void {
    this.#input.end();
  }

  /**
   * Has every record that was written so far turned into lines, and these into the files; after the last byte of a record.
   * @returns the counts so far
   */
  drain(): Promise<KernelCounts> {
    this.#drained = Promise.withResolvers();
    this.#input.drain();
    const stopped = this.ended.then(() => {
      throw new LineupError('interrupted', sentence`The staging worker was stopped.`);
    });
    return Promise.race([this.#drained.promise, stopped]);
  }

  /** A write that waits returns, and no line is handed over any more once this has resolved. */
  async stop(): Promise<void> {
    this.#input.close();
    await this.#worker.terminate();
    // It was stopped: whoever did that has its own reason to tell.
    await this.ended.catch(() => {});
  }

  /** Writes lines away in the order in which the worker hands them over, until its last word. */
  #listen(): void {
    const { reject } = this.#outcome;
    let written: Promise<unknown> = Promise.resolve();
    this.#worker.on('message', (report: StageReport) => {
      written = written.then(() => this.#take(report));
      written.catch(reject);
    });
    this.#worker.on('error', (cause) =>
      reject(new LineupError('internal', sentence`The staging worker failed.`, { cause })),
    );
    // After the last word this changes nothing.
    this.#worker.on(
      'exit',
      () =>
        void written
          .then(() => reject(new LineupError('internal', sentence`The staging worker stopped.`)))
          .catch(reject),
    );
    // Whoever waits for the end meets it; nobody may be waiting yet.
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

/** Has a worker ready for the next staging. If none comes, it does not keep the process from ending. */
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
