/** How a job is to a person: what its state means, with what it waits for told apart. */
import type { JobCondition, JobState } from '../contracts/jobs.ts';

/** What stops a run until a person decides. */
const GUARDS: readonly string[] = ['audience_shrinks', 'nothing_to_send'];

export function conditionOf({ status, errors, error }: JobState): JobCondition {
  switch (status) {
    case 'runnable':
      return 'running';
    case 'sleeping':
      return errors ? 'retrying' : 'scheduled';
    case 'failed':
      return error && GUARDS.includes(error.code) ? 'needs_approval' : 'failed';
    case 'killed':
      return 'terminated';
    default:
      return status;
  }
}
