/** The actions that the state machine allows now, for every job of a list. */
import { conditionOf } from '../contracts/job-display.ts';
import { type JobAction, type JobState, jobAction } from '../contracts/jobs.ts';
import { noRun, transition } from './states.ts';

/**
 * The answers so far. There are a few dozen at most, and to find one takes a refusal, an error with its sentence, for
 * most actions.
 */
const known = new Map<string, readonly JobAction[]>();

/**
 * They depend only on the status, the condition, and `continuable`. The slots and errors of a job decide what an action
 * does, but not whether it may be done.
 * @param continuable LINE holds a part of the last run, and the rest may be sent
 */
export function possibleActions(state: JobState, continuable: boolean): readonly JobAction[] {
  const key = [state.status, conditionOf(state), continuable].join();
  const found = known.get(key) ?? jobAction.options.filter((type) => isAllowed(state, type, continuable));
  known.set(key, found);
  return found;
}

function isAllowed(state: JobState, type: JobAction, continuable: boolean): boolean {
  // Without a schedule, because counting the slots of a job that was paused for years is slow.
  const facts = {
    now: new Date(0),
    schedule: undefined,
    lastRun: { ...noRun, continuable },
    retryLimitMs: 0,
  };
  try {
    transition(state, { type }, facts);
    return true;
  } catch {
    // The reason does not matter here.
    return false;
  }
}
