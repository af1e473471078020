/** A confirmation before a change that cannot be undone or is dangerous. */
import { createInterface } from 'node:readline/promises';
import { LineupError } from '../contracts/errors.ts';
import { safe } from './output.ts';

/**
 * Asks on a terminal. Without a terminal, only the flag --yes confirms.
 * @param what a sentence, such as `Delete the job "VIP"? This cannot be undone.`
 * @param word the word to type
 * @throws {LineupError} `invalid_argument` for any other answer, and without a terminal
 */
export async function confirm(what: string, word: string, signal: AbortSignal): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new LineupError('invalid_argument', `${what} Confirm with --yes.`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${safe(what)} Type "${word}" to go on: `, { signal });
    if (answer.trim() !== word) throw new LineupError('invalid_argument', 'Nothing was changed.');
  } finally {
    terminal.close();
  }
}
