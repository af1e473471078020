/** Invented jobs and runs, written through the port `JobStore`. */
import type { JobStore, NewRun, StoredJob } from '../../src/contracts/job-store.ts';
import type { JobState } from '../../src/contracts/jobs.ts';
import { initialState } from '../../src/jobs/states.ts';
import { aiko, aNewJob, at } from './service.ts';

export const sleepingUntil = (minutes: number): JobState => ({
  ...initialState,
  status: 'sleeping',
  sleepUntil: at(minutes),
});

export const makeJob = (
  store: JobStore,
  authorizationId: string,
  configuration: Record<string, unknown> = {},
  state = initialState,
): Promise<StoredJob> =>
  store.transaction((tx) => tx.createJob(aNewJob(authorizationId, configuration), state, aiko, at(0)));

export const aRun = (id: string, jobId: string | null = null): NewRun => ({
  id,
  jobId,
  jobName: 'VIP',
  trigger: 'created',
  slot: null,
  waivesGuard: false,
});

export const queueRun = (store: JobStore, id: string, jobId: string | null = null, minutes = 0) =>
  store.transaction((tx) => tx.queueRun(aRun(id, jobId), at(minutes)));
