/** Who comes back when a suppression list for all jobs is deleted. Without Zod, because the web app uses it too. */
import type { JobOfList } from './suppression-lists.ts';

/** The members that the list kept out of the last run of each job. Somebody who is in the audiences of two jobs counts twice. */
export const letInBy = (jobs: readonly Pick<JobOfList, 'kept_out'>[]): number =>
  jobs.reduce((sum, { kept_out }) => sum + (kept_out ?? 0), 0);
