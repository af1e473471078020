/** The error of a run, in the form of the journal. */
import type { LineupError } from '../errors/errors.ts';
import { asLineupError } from '../errors/unexpected.ts';
import type { RunError } from './run.ts';
import { atLineOf, type RunState } from './run-state.ts';

/** @param resumable whether another process can continue the run */
export const runErrorOf = (
  { code, message, sentence, reason, retryable }: LineupError,
  resumable: boolean,
): RunError => ({ code, message, sentence, reason, retryable, resumable, allowShrinkTo: null });

/**
 * What has ended a run. After an unexpected error, only a run that LINE has a part of goes on.
 * @param isResumable after an error that Lineup knows
 */
export function runFailureOf(thrown: unknown, state: RunState, isResumable: (error: LineupError) => boolean): RunError {
  const error = asLineupError(thrown);
  return runErrorOf(error, error === thrown ? isResumable(error) : atLineOf(state) === 'part');
}
