/** Jobs and their earlier runs on a storage, for what the contracts say of histories. */
import { beforeEach } from 'vitest';
import type { JobStore, StoredJob } from '../../src/contracts/job-store.ts';
import type { RunRequest } from '../../src/domain/runs/run.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import type { RunState } from '../../src/domain/runs/run-state.ts';
import { initialState } from '../../src/jobs/states.ts';
import { started } from './runs.ts';
import { AUDIENCE, addEvents, makeJob, queueRun, sentIn, time } from './stored-runs.ts';
import type { TestStore, TestStores } from './stores.ts';

/** The configuration of a job that fills the audience of the invented runs. */
export const filling = { audience_id: AUDIENCE, audience_name: null };

/** A run that starts and ends at a minute, and sends one chunk, if there is `end`. */
export const sentBy = (
  runId: string,
  minutes: number,
  change: Partial<RunRequest> = {},
  end: 'succeeded' | 'failed' | 'interrupted' = 'succeeded',
): RunEvent[] => [started(runId, time(minutes), change), ...sentIn(runId, minutes, end).slice(1)];

/** An empty storage for each test of the enclosing `describe`, with what fills it. */
export function useEarlierRuns(kind: TestStores) {
  const current = kind.use();
  let opened: TestStore;
  beforeEach(async () => {
    opened = await current.open();
  });
  return {
    current,
    get store(): JobStore {
      return opened.store;
    },
    get leases(): TestStore['leases'] {
      return opened.leases;
    },
    newJob: async (configuration: Record<string, unknown> = filling, state = initialState): Promise<StoredJob> =>
      makeJob(opened.store, await current.authorize(), configuration, state),
    /** A run with this journal. */
    run: async (
      id: string,
      events: readonly RunEvent[],
      { job, minutes = 0 }: { job?: StoredJob; minutes?: number } = {},
    ): Promise<RunState> => {
      await queueRun(opened.store, id, job?.id ?? null, minutes);
      return addEvents(opened.store, id, events);
    },
  };
}
