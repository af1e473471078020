/** Whether a run may be continued. */
import { LineupError } from '../contracts/errors.ts';
import type { RunState } from '../contracts/run-state.ts';
import { sentence } from '../contracts/sentence.ts';

/**
 * @param supersededBy the id of the run that has written to the same audience since, if any
 * @throws {LineupError} `run_not_resumable`, `run_superseded`
 */
export function assertResumable(state: RunState, supersededBy: string | undefined): void {
  if (state.status === 'succeeded' || state.status === 'dry_run') {
    throw new LineupError(
      'run_not_resumable',
      state.status === 'dry_run'
        ? sentence`Run ${state.runId} was a dry run: there is nothing to go on with.`
        : sentence`Run ${state.runId} has succeeded: there is nothing to go on with.`,
    );
  }
  if (supersededBy) throw superseded(state, supersededBy);
  if (state.staged === null && state.request.source.location === null) {
    throw new LineupError(
      'run_not_resumable',
      sentence`Run ${state.runId} ended before its source was read to the end, and ${state.request.source.label} cannot be read again. Run the export again.`,
    );
  }
}

/** The refusal to add the chunks of `state` to what the run `later` has made of the audience. */
export function superseded(state: RunState, later: string): LineupError {
  return new LineupError(
    'run_superseded',
    sentence`Run ${state.runId} cannot go on: run ${later} has written to audience ${state.audienceId ?? ''} since, and the older chunks would spoil the newer membership. Run the export again.`,
  );
}
