/**
 * A worker thread of a staging: hashes blocks of the stream, finds the new values in a shard, and writes lines,
 * whatever is possible next. What is nearest to the files comes first, so that blocks do not pile up.
 */
import { parentPort } from 'node:worker_threads';
import { KernelInstance, Written } from '../../../packages/identifiers/src/kernel/instance.ts';
import type { SharedMemory } from '../../../packages/identifiers/src/kernel/module.ts';
import { type ErrorCode, LineupError } from '../../domain/errors/errors.ts';
import type { LocalizedText } from '../../domain/text/sentence.ts';
import { type BoardParts, Content, KernelBoard } from './kernel-board.ts';
import { kernelOptions, malformed, tooLarge } from './kernel-options.ts';
import type { KernelOrder } from './kernel-runner.ts';

/** The only message to a worker. */
export interface WorkerOrder extends KernelOrder {
  readonly board: BoardParts;
  readonly memory: SharedMemory;
  readonly module: WebAssembly.Module;
  readonly instance: number;
  readonly shardBits: number;
}

/** What workers send. All but `failed` are numbered, because they must be taken in the order of the stream. */
export type WorkerReport =
  | ({ readonly number: number } & StreamReport)
  | ({ readonly kind: 'failed'; readonly code: ErrorCode } & LocalizedText);

export type StreamReport =
  | {
      readonly kind: 'lines';
      /** Lines in the kernel's memory. */
      readonly lines: Uint8Array<SharedArrayBuffer>;
      readonly buffer: number;
      /** Set for the last lines of a chunk: its number of records. */
      readonly chunkRecords: number | null;
    }
  /** All lines of the bytes before were reported. */
  | { readonly kind: 'drained' }
  | { readonly kind: 'ended' };

const send = (report: WorkerReport): void => parentPort?.postMessage(report);

class KernelWorker {
  readonly #kernel: KernelInstance<SharedArrayBuffer>;
  readonly #board: KernelBoard;
  /** Each worker begins with another shard, so that they rarely want the same one. */
  readonly #firstShard: number;

  constructor(kernel: KernelInstance<SharedArrayBuffer>, board: KernelBoard, instance: number) {
    this.#kernel = kernel;
    this.#board = board;
    this.#firstShard = instance % board.shards;
  }

  run(): void {
    for (;;) {
      const { news, isClosed } = this.#board;
      if (isClosed) return;
      if (!this.#write() && !this.#lookUp() && !this.#hash()) this.#board.waitForNews(news);
    }
  }

  #hash(): boolean {
    const block = this.#board.claim();
    if (block === undefined) return false;
    let content = this.#board.contentOf(block);
    if (content === Content.Block && !this.#kernel.hashBlock(this.#board.slotOf(block))) {
      content = Content.Malformed;
    }
    this.#board.hashed(block, content);
    return true;
  }

  #lookUp(): boolean {
    let isAny = false;
    for (let n = 0; n < this.#board.shards; n++) {
      const shard = (this.#firstShard + n) % this.#board.shards;
      const found = this.#board.lookUp(shard, (block) => {
        if (this.#board.contentOf(block) !== Content.Block) return;
        if (!this.#kernel.findNew(this.#board.slotOf(block), shard)) throw tooLarge();
      });
      isAny ||= found;
    }
    return isAny;
  }

  #write(): boolean {
    return this.#board.write((block) => {
      switch (this.#board.contentOf(block)) {
        case Content.Block:
          return this.#writeLines(block);
        case Content.Malformed:
          throw malformed();
        case Content.Drain:
          if (this.#kernel.output().length > 0) this.#handOver(null);
          this.#report({ kind: 'drained' });
          return true;
        case Content.End: {
          const { chunkRecords } = this.#kernel;
          if (chunkRecords > 0) this.#handOver(chunkRecords);
          this.#report({ kind: 'ended' });
          this.#board.close();
          return true;
        }
      }
    });
  }

  /** False when the output is full, or its chunk. */
  #writeLines(block: number): boolean {
    const written = this.#kernel.writeLines(this.#board.slotOf(block));
    if (written === Written.Block) return true;
    const isChunkFull = written === Written.ChunkFull;
    this.#handOver(isChunkFull ? this.#kernel.chunkRecords : null);
    if (isChunkFull) this.#kernel.startChunk();
    return false;
  }

  #handOver(chunkRecords: number | null): void {
    const lines = this.#kernel.output();
    const { full, next } = this.#board.nextBuffer();
    this.#report({ kind: 'lines', lines, buffer: full, chunkRecords });
    this.#kernel.writeTo(next);
  }

  #report(report: StreamReport): void {
    send({ number: this.#board.nextReport(), ...report });
  }
}

async function work(order: WorkerOrder): Promise<void> {
  const { module, memory, instance, shardBits } = order;
  const options = await kernelOptions(order);
  const kernel = new KernelInstance(options, module, memory, { instance, shardBits });
  new KernelWorker(kernel, new KernelBoard(order.board), instance).run();
}

parentPort?.once('message', (order: WorkerOrder) => {
  work(order).catch((error: unknown) => {
    if (!(error instanceof LineupError)) throw error;
    const { code, message, sentence } = error;
    send({ kind: 'failed', code, message, sentence });
  });
});
