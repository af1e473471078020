/** The actions that the state machine allows now, for every job of a list. */

import { type JobAction, type JobState, jobAction } from '../contracts/jobs.ts';
import type { StoredApproval } from '../domain/jobs/approvals.ts';
import { conditionOf } from '../domain/jobs/job-display.ts';
import type { LastRun } from './actions.ts';
import { noRun, transition } from './states.ts';

/**
 * The answers so far. There are a few dozen at most, and to find one takes a refusal, an error with its sentence, for
 * most actions.
 */
const known = new Map<string, readonly JobAction[]>();

/**
 * They depend only on the status, the condition, `continuable` and `approvable`. The slots and errors of a job decide
 * what an action does, but not whether it may be done.
 * @param lastRun `continuable`: LINE holds a part of it, and the rest may be sent · `approvable`: a person can approve
 * what it was
 *   stopped with
 */
export function possibleActions(state: JobState, lastRun: PossibleRun): readonly JobAction[] {
  const { continuable, approvable } = lastRun;
  const key = [state.status, conditionOf(state), continuable, approvable].join();
  const found = known.get(key) ?? jobAction.options.filter((type) => isAllowed(state, type, lastRun));
  known.set(key, found);
  return found;
}

type PossibleRun = Pick<LastRun, 'continuable' | 'approvable'>;

/** Which one does not matter here. */
const anApproval: StoredApproval = { audiences: [], sourceRevision: null, jobRevision: 1, at: '' };

function isAllowed(state: JobState, type: JobAction, lastRun: PossibleRun): boolean {
  // Without a schedule, because counting the slots of a job that was paused for years is slow.
  const facts = {
    now: new Date(0),
    schedule: undefined,
    lastRun: { ...noRun, ...lastRun },
    retryLimitMs: 0,
  };
  try {
    transition(state, type === 'run_anyway' ? { type, approval: anApproval } : { type }, facts);
    return true;
  } catch {
    // The reason does not matter here.
    return false;
  }
}
