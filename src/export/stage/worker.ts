/**
 * The worker thread of a staging: reads bytes from the channel, runs the kernel, and reports lines to the
 * main thread.
 */
import { parentPort } from 'node:worker_threads';
import {
  type Kernel,
  KernelStatus,
  OUTPUT_BUFFERS,
} from '../../../packages/identifiers/src/kernel/kernel.ts';
import { sharedKernel } from '../../../packages/identifiers/src/kernel/module.ts';
import type { PhoneCountry } from '../../../packages/identifiers/src/phone.ts';
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import { DRAINED, readBytes, type StageOrder, type StageReport } from './worker-channel.ts';

/** The most bytes per read, so that the progress keeps moving. */
const READ_SIZE = 1 << 18;

const report = (message: StageReport): void => parentPort?.postMessage(message);

async function work(order: StageOrder): Promise<void> {
  const kernel = sharedKernel({
    type: order.identifierType,
    ifaFormat: order.ifaFormat,
    ...(order.defaultCountry !== undefined && (await phonesOf(order.defaultCountry))),
    marked: order.marked,
    maxChunkRecords: order.maxChunkRecords,
    maxChunkBytes: order.maxChunkBytes,
  });
  let buffer = 0;
  /** Reports the lines, and continues in the next buffer when it is free. */
  const handOver = (chunkEnds: boolean): void => {
    const lines = kernel.output();
    Atomics.store(order.busy, buffer, 1);
    report({ kind: 'lines', lines, buffer, chunkRecords: chunkEnds ? kernel.chunkRecords : null });
    buffer = (buffer + 1) % OUTPUT_BUFFERS;
    Atomics.wait(order.busy, buffer, 1);
    kernel.writeTo(buffer);
  };
  for (;;) {
    switch (kernel.run()) {
      case KernelStatus.NeedsInput: {
        writeProgress(order.progress, kernel);
        const length = readBytes(order.input, kernel.input().subarray(0, READ_SIZE));
        if (length !== DRAINED) kernel.take(length);
        else {
          if (kernel.output().length > 0) handOver(false);
          report({ kind: 'drained', counts: kernel.counts() });
        }
        break;
      }
      case KernelStatus.OutputFull:
        handOver(false);
        break;
      case KernelStatus.ChunkFull:
        handOver(true);
        kernel.startChunk();
        break;
      case KernelStatus.Ended:
        writeProgress(order.progress, kernel);
        if (kernel.chunkRecords > 0) handOver(true);
        return report({ kind: 'ended', counts: kernel.counts() });
      case KernelStatus.OutOfMemory:
        throw new LineupError(
          'audience_too_large',
          sentence`The source has more members than one run can hold (some 350 million). Split the source, and append the parts.`,
        );
      case KernelStatus.Malformed:
        throw new LineupError('internal', sentence`The source gave a value without saying whose it is.`);
    }
  }
}

async function phonesOf(country: string): Promise<PhoneCountry> {
  // The tables take tens of milliseconds to load, and most runs do not need them.
  const { phonesIn } = await import('../../../packages/identifiers/src/phone.ts');
  try {
    return phonesIn(country);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new LineupError(
      'invalid_argument',
      sentence`The default country ${country} has no phone numbers; give two letters such as JP, TW or TH.`,
    );
  }
}

function writeProgress(progress: StageOrder['progress'], kernel: Kernel): void {
  const { rows, scanned, unique } = kernel.progress();
  Atomics.store(progress, 0, rows);
  Atomics.store(progress, 1, scanned);
  Atomics.store(progress, 2, unique);
}

parentPort?.once('message', (order: StageOrder) => {
  work(order).catch((error: unknown) => {
    if (!(error instanceof LineupError)) throw error;
    const { code, message, sentence } = error;
    report({ kind: 'failed', code, message, sentence });
  });
});
