/**
 * The worker thread of a staging: reads bytes from the channel, runs the kernel, and reports lines to the
 * main thread.
 */
import { parentPort } from 'node:worker_threads';
import { OUTPUT_BUFFERS } from '../../../packages/identifiers/src/kernel/instance.ts';
import type { Kernel } from '../../../packages/identifiers/src/kernel/kernel.ts';
import { LineupError } from '../../contracts/errors.ts';
import { INPUT_SIZE, makeKernel, stepsOf } from './kernel-steps.ts';
import { DRAINED, readBytes, type StageOrder, type StageReport } from './worker-channel.ts';

const report = (message: StageReport): void => parentPort?.postMessage(message);

async function work(order: StageOrder): Promise<void> {
  const kernel = await makeKernel(order);
  let buffer = 0;
  /** Reports the lines, and continues in the next buffer when it is free. */
  const handOver = (chunkRecords: number | null): void => {
    const lines = kernel.output();
    Atomics.store(order.busy, buffer, 1);
    report({ kind: 'lines', lines, buffer, chunkRecords });
    buffer = (buffer + 1) % OUTPUT_BUFFERS;
    Atomics.wait(order.busy, buffer, 1);
    kernel.writeTo(buffer);
  };
  for (const step of stepsOf(kernel)) {
    writeProgress(order.progress, kernel);
    if (step.kind === 'lines') {
      handOver(step.chunkRecords);
      continue;
    }
    const length = readBytes(order.input, kernel.input().subarray(0, INPUT_SIZE));
    if (length !== DRAINED) kernel.take(length);
    else {
      if (kernel.output().length > 0) handOver(null);
      report({ kind: 'drained', counts: kernel.counts() });
    }
  }
  writeProgress(order.progress, kernel);
  report({ kind: 'ended', counts: kernel.counts() });
}

function writeProgress(progress: StageOrder['progress'], kernel: Kernel): void {
  const { rows, scanned, unique } = kernel.progress();
  Atomics.store(progress, 0, BigInt(rows));
  Atomics.store(progress, 1, BigInt(scanned));
  Atomics.store(progress, 2, BigInt(unique));
}

parentPort?.once('message', (order: StageOrder) => {
  work(order).catch((error: unknown) => {
    if (!(error instanceof LineupError)) throw error;
    const { code, message, sentence } = error;
    report({ kind: 'failed', code, message, sentence });
  });
});
