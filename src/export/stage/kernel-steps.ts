/** Runs the kernel in steps, for the worker thread and for the runner in this thread. */
import { type Kernel, KernelStatus } from '../../../packages/identifiers/src/kernel/kernel.ts';
import { type SharedMemory, sharedKernel } from '../../../packages/identifiers/src/kernel/module.ts';
import type { PhoneCountry } from '../../../packages/identifiers/src/phone.ts';
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import type { KernelOrder } from './kernel-runner.ts';

/** The most bytes per input, so that the progress keeps moving. */
export const INPUT_SIZE = 1 << 18;

/** What the caller must do before the next step. */
export type KernelStep =
  /** Put bytes into `input()` and call `take`. */
  | { readonly kind: 'input' }
  /** Write `output()`, then call `writeTo`. `chunkRecords` is set for the last lines of a chunk. */
  | { readonly kind: 'lines'; readonly chunkRecords: number | null };

/**
 * @param memory of a kernel that is not used any more. @default new memory
 * @throws {LineupError} `invalid_argument` for an unknown country
 */
export async function makeKernel(
  order: KernelOrder,
  memory?: SharedMemory,
): Promise<Kernel<SharedArrayBuffer>> {
  const { defaultCountry } = order;
  const options = {
    type: order.identifierType,
    ifaFormat: order.ifaFormat,
    ...(defaultCountry !== undefined && (await phonesOf(defaultCountry))),
    marked: order.marked,
    maxChunkRecords: order.maxChunkRecords,
    maxChunkBytes: order.maxChunkBytes,
  };
  return sharedKernel(options, memory);
}

/**
 * The steps up to the end of the stream. Then the counts are final.
 * @throws {LineupError} `audience_too_large`; `internal` for a marked stream with a value without a mark
 */
export function* stepsOf(kernel: Kernel): Generator<KernelStep, void, void> {
  for (;;) {
    switch (kernel.run()) {
      case KernelStatus.NeedsInput:
        yield { kind: 'input' };
        break;
      case KernelStatus.OutputFull:
        yield { kind: 'lines', chunkRecords: null };
        break;
      case KernelStatus.ChunkFull:
        yield { kind: 'lines', chunkRecords: kernel.chunkRecords };
        kernel.startChunk();
        break;
      case KernelStatus.Ended:
        if (kernel.chunkRecords > 0) yield { kind: 'lines', chunkRecords: kernel.chunkRecords };
        return;
      case KernelStatus.OutOfMemory:
        throw new LineupError(
          'audience_too_large',
          sentence`The source has more members than one run can process (about 350 million). Split the source, and append the parts.`,
        );
      case KernelStatus.Malformed:
        throw new LineupError('internal', sentence`The source gave a value without its row.`);
    }
  }
}

let latest: { readonly country: string; readonly phones: PhoneCountry } | undefined;

async function phonesOf(country: string): Promise<PhoneCountry> {
  if (latest?.country === country) return latest.phones;
  // The tables take tens of milliseconds to load, and most runs do not need them.
  const { phonesIn } = await import('../../../packages/identifiers/src/phone.ts');
  try {
    latest = { country, phones: phonesIn(country) };
    return latest.phones;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new LineupError(
      'invalid_argument',
      sentence`The default country ${country} has no phone numbers. Enter two letters such as JP, TW or TH.`,
    );
  }
}
