/** Runs the kernel in steps, for the runner in this thread. */
import { type Kernel, KernelStatus } from '../../../packages/identifiers/src/kernel/kernel.ts';
import { malformed, tooLarge } from './kernel-options.ts';

/** What the caller must do before the next step. */
export type KernelStep =
  /** Put bytes into `input()` and call `take`. */
  | { readonly kind: 'input' }
  /** Write `output()`, then call `writeTo`. `chunkRecords` is set for the last lines of a chunk. */
  | { readonly kind: 'lines'; readonly chunkRecords: number | null }
  /** The value stream has ended: its counts are final. */
  | { readonly kind: 'end' };

/**
 * The steps of all value streams.
 * @throws {LineupError} `audience_too_large`; `internal` for a marked stream with a value without a mark
 */
export function* stepsOf(kernel: Kernel): Generator<KernelStep, never, void> {
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
        yield { kind: 'end' };
        break;
      case KernelStatus.OutOfMemory:
        throw tooLarge();
      case KernelStatus.Malformed:
        throw malformed();
    }
  }
}
