/** Looks at the sources of jobs: which are due, and what is kept of them. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { JobStore } from '../../../src/contracts/job-store.ts';
import type { JobState } from '../../../src/contracts/jobs.ts';
import { localized, sentence } from '../../../src/domain/text/sentence.ts';
import { initialState } from '../../../src/jobs/states.ts';
import type { LookTable, TriggerLook } from '../../../src/store/repositories/trigger-looks.ts';
import { meanwhile } from '../../support/meanwhile.ts';
import { at } from '../../support/service.ts';
import { makeJob } from '../../support/stored-runs.ts';
import { stores } from '../../support/stores.ts';

const sleeping: JobState = {
  ...initialState,
  status: 'sleeping',
  trigger: { seen: null, firedAt: null, setAt: at(0) },
};
const good: TriggerLook = { lookedAt: at(1), failing: null, failures: 0, found: 'same' };
const failing: TriggerLook = {
  lookedAt: null,
  failing: { since: at(2), problem: localized(sentence`LINE did not accept the key.`) },
  failures: 3,
};

describe.each(stores)('looks on $kind', (kind) => {
  const current = kind.use();
  let store: JobStore;
  let looks: LookTable;
  let authorizationId: string;
  beforeEach(async () => {
    ({ store, looks } = await current.open());
    authorizationId = await current.authorize();
  });
  const watching = async (trigger: object | null = { kind: 'object' }, state = sleeping) => {
    const whenReady = { run_frequency: 'when_ready', time_of_day: undefined, trigger };
    return (await makeJob(store, authorizationId, trigger ? whenReady : {}, state)).id;
  };
  const dueAt = async (minutes: number, limit = 10) => (await looks.due(at(minutes), limit)).map(({ id }) => id);

  test('are due of jobs that wait for their source, and get no run anyway', async () => {
    const due = [
      await watching(),
      await watching({ kind: 'table', column: 'updated_at' }),
      await watching({ kind: 'object' }, { ...sleeping, status: 'runnable' }),
      await watching({ kind: 'object' }, { ...sleeping, sleepUntil: at(60) }),
    ];
    await watching(null);
    await watching({ kind: 'webhook' });
    await watching({ kind: 'object' }, { ...sleeping, slot: at(1) });
    for (const status of ['paused', 'failed', 'killed'] as const)
      await watching({ kind: 'table', query: 'select 1' }, { ...sleeping, status });
    expect((await dueAt(5)).toSorted()).toEqual(due.toSorted());
  });

  test('are due first where nobody has looked, then the longest overdue', async () => {
    const [late, never, later, coming, ahead] = [
      await watching(),
      await watching(),
      await watching(),
      await watching(),
      await watching(),
    ];
    await looks.record(late, good, at(5));
    await looks.record(later, failing, at(10));
    await looks.record(coming, good, at(21));
    // By a clock that was ahead.
    await looks.record(ahead, good, at(20 + 67));
    expect(await dueAt(20)).toEqual([never, late, later, ahead]);
    expect(await dueAt(20, 2)).toEqual([never, late]);
    expect(await dueAt(21)).toEqual([never, late, later, coming]);
  });

  test('are kept, the last one of each job', async () => {
    const [first, second, third] = [await watching(), await watching(), await watching()];
    await looks.record(first, failing, at(9));
    await looks.record(second, good, at(9));
    expect(await looks.of([first, second, third])).toEqual(
      new Map([
        [first, { ...failing, nextAt: at(9) }],
        [second, { ...good, nextAt: at(9) }],
      ]),
    );
    await looks.record(first, good, at(12));
    expect(await looks.of([first])).toEqual(new Map([[first, { ...good, nextAt: at(12) }]]));
    expect(await looks.of([])).toEqual(new Map());
  });

  test('are gone with their job', async () => {
    const id = await watching();
    await looks.record(id, good, at(9));
    await store.transaction((tx) => tx.deleteJob(id));
    await looks.record(id, good, at(12));
    expect(await looks.of([id])).toEqual(new Map());
    expect(await dueAt(20)).toEqual([]);
  });

  // PGlite has one connection.
  if (!kind.isConcurrent) return;
  test('that end while their job is deleted are not kept', async () => {
    const [first, second] = [await watching(), await watching()];
    const { looks: another } = await current.open();
    await looks.record(first, good, at(9));
    for (const id of [first, second]) {
      const waits = await meanwhile({
        store,
        isWaiting: current.isWaiting,
        first: async (tx) => {
          await tx.lockJob(id);
          await tx.deleteJob(id);
        },
        second: () => another.record(id, failing, at(12)),
      });
      expect(waits).toBe(true);
    }
    expect(await looks.of([first, second])).toEqual(new Map());
  });
});
