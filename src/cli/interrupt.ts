/** Ctrl-C and SIGTERM as an abort: once stops cleanly, twice at once. */
import { LineupError } from '../contracts/errors.ts';
import { printNotice } from './output.ts';

export interface Endings {
  /** What is told of the work when a second Ctrl-C ends the process where it is. */
  readonly atOnce?: () => string;
  /** Whether a failure says how the interrupted work ended, so that it is told in place of the interruption. */
  readonly tells?: (error: unknown) => boolean;
}

/** Runs `work` with a signal that Ctrl-C aborts; what it fails with after that is the interruption. */
export async function interruptible(
  work: (signal: AbortSignal) => Promise<void>,
  { atOnce, tells }: Endings = {},
): Promise<void> {
  const interrupt = new AbortController();
  const onSignal = () => {
    if (interrupt.signal.aborted) {
      if (atOnce) printNotice(atOnce());
      process.exit(130);
    }
    printNotice('Stopping … (once more to stop at once)');
    interrupt.abort(new LineupError('interrupted', 'Interrupted.'));
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    await work(interrupt.signal);
  } catch (error) {
    throw interrupt.signal.aborted && !tells?.(error) ? interrupt.signal.reason : error;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** Resolves at Ctrl-C or SIGTERM. */
export function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
