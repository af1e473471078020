/** Errors that nobody expected: faults of Lineup, of a library, or of a driver. */
import { sentence } from '../text/sentence.ts';
import { LineupError } from './errors.ts';

/**
 * All that is stored, shown or sent of an unexpected error: its name and its code. Its message may hold what the code
 * worked on, such as the value of a member or a key. So of a run it is at most on the terminal with `LINEUP_DEBUG=1`.
 */
export function factsOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const facts = [error.name, 'code' in error ? error.code : undefined];
  return facts.filter((fact) => typeof fact === 'string' && /^\w{1,60}$/.test(fact)).join(', ') || 'Error';
}

/** Where an unexpected error was thrown: the lines of its stack, without its message. */
function framesOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const { stack = '', message } = error;
  const start = stack.indexOf(message);
  // A message that was changed later is not in the stack, and nobody knows where the old one ends.
  if (start < 0) return '';
  const frames = stack.slice(start + message.length).split('\n');
  return frames.filter((line) => /^\s+at /.test(line)).join('\n');
}

/** For the log. */
export const faultOf = (error: unknown): { cause: string; detail: string } => ({
  cause: factsOf(error),
  detail: framesOf(error),
});

/** The error for people: an unexpected one becomes `internal`. */
export const asLineupError = (error: unknown): LineupError =>
  error instanceof LineupError
    ? error
    : new LineupError('internal', sentence`Lineup has an internal error (${factsOf(error)}). Please report it.`, {
        cause: error,
      });
