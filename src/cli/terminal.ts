/**
 * The person at the terminal. Ctrl-C (and SIGTERM): the first stops cleanly, the second ends the process immediately.
 * And the confirmation before a change that is dangerous or cannot be undone.
 */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { LineupError } from '../domain/errors/errors.ts';
import { printNotice, safe } from './output.ts';

export interface Endings {
  /** The message when a second Ctrl-C ends the process immediately. */
  readonly onSecondSignal?: () => string;
  /** Whether an error says how the interrupted work ended. It is then reported instead of the interruption. */
  readonly isOutcome?: (error: unknown) => boolean;
}

/** Runs `work` with a signal that Ctrl-C aborts. After that, an error of `work` counts as the interruption. */
export async function interruptible(
  work: (signal: AbortSignal) => Promise<void>,
  { onSecondSignal, isOutcome }: Endings = {},
): Promise<void> {
  const interrupt = new AbortController();
  const onSignal = () => {
    if (interrupt.signal.aborted) {
      if (onSecondSignal) printNotice(onSecondSignal());
      process.exit(130);
    }
    printNotice('Stopping … (press Ctrl-C again to stop now)');
    interrupt.abort(new LineupError('interrupted', 'Interrupted.'));
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    await work(interrupt.signal);
  } catch (error) {
    throw interrupt.signal.aborted && !isOutcome?.(error) ? interrupt.signal.reason : error;
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

/** Ends the process after what is left to do, although a request of it has not ended. */
export function leaveSoon(): void {
  setImmediate(() => process.exit());
}

/** Whether a person can read a question, and answer it. */
export const isAtTerminal = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

/**
 * Asks on a terminal. Without a terminal, only the flag confirms.
 * @param question a sentence, such as `Delete the job "VIP"? This cannot be undone.`
 * @param word the word to type
 * @param flag what confirms it without a question, with the numbers that a person must have seen
 * @throws {LineupError} `invalid_argument` for any other answer, and without a terminal
 */
export async function confirm(question: string, word: string, signal: AbortSignal, flag?: string): Promise<void> {
  if (!isAtTerminal()) {
    throw new LineupError('invalid_argument', `${question} Confirm with ${flag ?? '--yes'}.`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // A bare --yes is known; the numbers are not.
  const hint = flag ? ` To confirm without a question, use ${flag}.` : '';
  try {
    const answer = await terminal.question(`${safe(question + hint)} Type "${word}" to continue: `, { signal });
    if (answer.trim() !== word) throw new LineupError('invalid_argument', 'Nothing was changed.');
  } finally {
    terminal.close();
  }
}

/** Asks at a terminal for something that must not be on the screen. */
export async function askHidden(question: string, signal: AbortSignal): Promise<string> {
  const nowhere = new Writable({ write: (_, __, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  process.stderr.write(`${question} `);
  try {
    return await terminal.question('', { signal });
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
