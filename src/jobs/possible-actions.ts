/** Whether an action may be done now: states.ts refuses by it, and every list of jobs shows it. */

import { type JobAction, type JobState, jobAction } from '../contracts/jobs.ts';
import { conditionOf, type JobStatus } from '../domain/jobs/conditions.ts';
import { type Sentence, sentence } from '../domain/text/sentence.ts';
import type { Action, LastRun } from './actions.ts';

type PossibleRun = Pick<LastRun, 'continuable' | 'approvable'>;

/** What people can do with the job now. */
export const possibleActions = (job: JobState, lastRun: PossibleRun): readonly JobAction[] =>
  jobAction.options.filter((action) => refusalOf(job, action, lastRun) === null);

/**
 * Why the action is not allowed; null when it is. The slots and errors of a job decide what an action does, but not
 * whether it may be done.
 */
export function refusalOf(
  job: JobState,
  action: Action['type'],
  { continuable, approvable }: PossibleRun,
): Sentence | null {
  const { status } = job;
  switch (action) {
    case 'pause':
      if (status === 'runnable' || status === 'sleeping') return null;
      return sentence`Only a running or scheduled job can be paused.`;
    case 'resume':
      if (status === 'paused' || status === 'failed') return null;
      return sentence`Only a paused or failed job can be resumed.`;
    case 'run_now':
      return status === 'paused' ? sentence`Resume it first.` : whyNotAtRest(status);
    case 'run_anyway':
      if (conditionOf(job) !== 'needs_approval') return sentence`No guard has stopped this job.`;
      if (approvable !== null) return null;
      return sentence`The numbers of its last run are not those of the job any more, or were not stored. Run the job again: if it stops, you see its present numbers, and can approve them.`;
    case 'stop_run':
      return status === 'runnable' ? null : sentence`No run is in progress.`;
    case 'continue':
      return whyNotAtRest(status) ?? (continuable ? null : sentence`There is no run to continue.`);
    case 'restart':
      return status === 'runnable' ? sentence`Stop its run first.` : whyNotAtRest(status);
    case 'terminate':
      return status === 'killed' ? sentence`The job is already terminated.` : null;
    case 'edit':
    case 'trigger':
      return status === 'killed' ? duplicate : null;
    // Not of people. The end of a run is never refused, and the time decides about `wake`.
    case 'create':
    case 'wake':
    case 'run_succeeded':
    case 'run_failed':
    case 'run_interrupted':
    case 'run_outdated':
      return null;
  }
}

const duplicate = sentence`Duplicate the job instead.`;

function whyNotAtRest(status: JobStatus): Sentence | null {
  if (status === 'runnable') return sentence`A run is already in progress.`;
  return status === 'killed' ? duplicate : null;
}
