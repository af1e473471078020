/** What earlier runs show of an audience. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { JobStore } from '../../../src/contracts/job-store.ts';
import type { RunEvent } from '../../../src/domain/runs/run-events.ts';
import { foldRun } from '../../../src/domain/runs/run-state.ts';
import { sentBy, useEarlierRuns } from '../../support/earlier-runs.ts';
import { ended, intent, staged, started } from '../../support/runs.ts';
import {
  AUDIENCE,
  accepted,
  addEvents,
  bothSent,
  created,
  finished,
  SIBLING_AUDIENCE,
  time,
} from '../../support/stored-runs.ts';
import { stores } from '../../support/stores.ts';

describe.each(stores)('earlier runs on $kind', (kind) => {
  const world = useEarlierRuns(kind);
  const { newJob, run } = world;
  let store: JobStore;
  beforeEach(() => {
    ({ store } = world);
  });

  test('the last replace of an audience is the succeeded one that wrote last', async () => {
    await run('r1', sentBy('r1', 5));
    // The clock of its machine was ahead when it ended.
    await run('r2', [...sentBy('r2', 3).slice(0, -1), ended(time(6), 'succeeded')]);
    await run('r3', sentBy('r3', 7, { mode: 'append' }));
    await run('r4', sentBy('r4', 8, {}, 'failed'));
    await run('r5', sentBy('r5', 9, { adAccountId: 'A2' }));
    expect(await store.lastReplace('A1', AUDIENCE)).toEqual({ runId: 'r1', unique: 100, at: time(5) });
    expect(await store.lastReplace('A1', '900')).toBeUndefined();
  });

  test('a run has made the audience that it was started without', async () => {
    const creating = { audienceId: null, audienceName: 'VIP' };
    await run('r1', [started('r1', time(1), creating), staged(time(1), 7), intent(time(1))]);
    await run('r2', [started('r2', time(2)), accepted(2)]);
    expect(await store.made('A1', AUDIENCE)).toBe(false);
    await addEvents(store, 'r1', [accepted(3, '900')]);
    expect(await store.made('A1', '900')).toBe(true);
    expect(await store.made('A2', '900')).toBe(false);
  });

  test('the run that wrote last to an audience supersedes the earlier ones', async () => {
    const first = await run('r1', sentBy('r1', 1));
    const later = await run('r3', sentBy('r3', 3, {}, 'failed'));
    await run('r2', sentBy('r2', 2));
    await run('r4', sentBy('r4', 9, { adAccountId: 'A2' }));
    await run('r5', [started('r5', time(9)), ended(time(9), 'failed')]);
    expect(await store.supersededBy(first)).toBe('r3');
    expect(await store.supersededBy(later)).toBeUndefined();
    const silent = foldRun([started('r6', time(2))]);
    expect(await store.supersededBy(silent)).toBe('r3');
    expect(await store.supersededBy(foldRun([started('r6', time(3))]))).toBeUndefined();
  });

  test('the upload jobs that other runs to the audience know', async () => {
    const state = foldRun([started('r9', time(9))]);
    const known = () => store.jobIdsOfOthers(state);
    await run('r1', sentBy('r1', 1).slice(0, -1));
    expect(await known()).toEqual([]);
    await addEvents(store, 'r1', [finished(2)]);
    const [id] = (await known()) ?? [];
    expect(id).toBeTruthy();
    await run('r2', sentBy('r2', 2, { adAccountId: 'A2' }));
    await run('r9', sentBy('r9', 3));
    expect(await known()).toEqual([id]);
    expect(await store.jobIdsOfOthers({ ...state, audienceId: '900' })).toEqual([]);
    // Its own is none of others, and the journal of r9 knows none.
    expect(await store.jobIdsOfOthers({ ...state, runId: 'r1' })).toEqual([]);
    // Days later, none of them can be the run’s own.
    expect(await store.jobIdsOfOthers({ ...state, startedAt: time(3 * 24 * 60) })).toEqual([]);
    // Nobody knows what became of this one, so an unknown job may be its.
    await run('r3', [started('r3', time(4)), staged(time(4), 7), intent(time(5))]);
    expect(await known()).toBeNull();
    expect(await store.jobIdsOfOthers({ ...state, startedAt: time(3 * 24 * 60) })).toEqual([]);
  });

  describe('an upload is open', () => {
    const state = foldRun([started('r9', time(9))]);
    const open = async () => (await store.openUploads(state)).map(({ runId, chunk }) => [runId, chunk]);

    test('until LINE has finished it', async () => {
      await run('r3', sentBy('r3', 3, { adAccountId: 'A2' }));
      await run('r9', sentBy('r9', 4));
      await run('r1', sentBy('r1', 1).slice(0, -1));
      expect(await open()).toEqual([['r1', 1]]);
      expect(await store.openUploads({ ...state, audienceId: '900' })).toEqual([]);
      await addEvents(store, 'r1', [finished(2)]);
      expect(await open()).toEqual([]);
    });

    test('also when its answer was lost, however long ago', async () => {
      await run('r1', [started('r1', time(1)), staged(time(1), 7), intent(time(2))]);
      expect(await open()).toEqual([['r1', 1]]);
    });

    test('if no other run has written to the audience since then', async () => {
      await run('r2', sentBy('r2', 2).slice(0, -1));
      await run('r1', sentBy('r1', 1).slice(0, -1));
      await run('r4', [started('r4', time(4)), ended(time(4), 'failed')]);
      expect(await open()).toEqual([['r2', 1]]);
      await run('r5', [...sentBy('r5', 5).slice(0, -1), finished(6)]);
      expect(await open()).toEqual([]);
    });
  });

  describe('a REPLACE is open', () => {
    const open = async (adAccountId = 'A1') =>
      (await store.openReplaces(adAccountId))
        .map(({ runId, delivery, status, audienceId }) => [runId, delivery, status, audienceId])
        .sort();

    test('from its intent until its end at LINE, also when its run has ended before', async () => {
      await run('r1', [started('r1', time(1)), staged(time(1), 7)]);
      expect(await open()).toEqual([]);
      await addEvents(store, 'r1', [intent(time(2))]);
      expect(await open()).toEqual([['r1', 1, 'running', AUDIENCE]]);
      await addEvents(store, 'r1', [accepted(2), ended(time(3), 'interrupted')]);
      expect(await open()).toEqual([['r1', 1, 'interrupted', AUDIENCE]]);
      await addEvents(store, 'r1', [finished(4)]);
      expect(await open()).toEqual([]);
    });

    test('not when LINE did not take it, or its job has failed, and again when it is sent again', async () => {
      const notTaken: RunEvent = { type: 'not_taken', at: time(2), chunk: 1, reason: null };
      await run('r1', [started('r1', time(1)), staged(time(1), 7), intent(time(1)), notTaken]);
      const failed = { ...finished(2), jobStatus: 'FAILED' } as RunEvent;
      await run('r2', [started('r2', time(1)), staged(time(1), 7), intent(time(1)), accepted(1), failed]);
      expect(await open()).toEqual([]);
      for (const id of ['r1', 'r2']) await addEvents(store, id, [intent(time(3))]);
      expect(await open()).toEqual([
        ['r1', 1, 'running', AUDIENCE],
        ['r2', 1, 'running', AUDIENCE],
      ]);
    });

    test('in its ad account, and no ADD is one', async () => {
      await run('r1', sentBy('r1', 1, { adAccountId: 'A2' }, 'failed'));
      await run('r2', sentBy('r2', 1, { mode: 'append' }, 'failed'));
      await run('r3', sentBy('r3', 1, { audienceId: null, audienceName: 'VIP' }, 'failed'));
      expect(await open()).toEqual([]);
      expect(await open('A2')).toEqual([['r1', 1, 'failed', AUDIENCE]]);
    });

    test('not when another run has written to its audience since then: that one has seen its end', async () => {
      await run('r1', sentBy('r1', 1, {}, 'failed'));
      await run('r2', [started('r2', time(3)), ended(time(4), 'failed')]);
      const to900 = [started('r3', time(3), { audienceId: '900' }), staged(time(3), 7), intent(time(3))];
      await run('r3', [...to900, accepted(3, '900'), ended(time(3), 'failed')]);
      expect((await open()).map(([id]) => id)).toEqual(['r1', 'r3']);
      await run('r4', sentBy('r4', 4, { mode: 'append' }, 'failed'));
      expect((await open()).map(([id]) => id)).toEqual(['r3']);
    });

    test('each of a run with several identifiers', async () => {
      await run('r1', bothSent('r1', 1, ['part', 'part'], 'interrupted'));
      await run('r2', bothSent('r2', 1, ['whole', 'part'], 'interrupted'));
      expect(await open()).toEqual([
        ['r1', 1, 'interrupted', AUDIENCE],
        ['r1', 2, 'interrupted', SIBLING_AUDIENCE],
        ['r2', 2, 'interrupted', SIBLING_AUDIENCE],
      ]);
    });
  });

  test.each([
    ['accepted', accepted],
    ['created', created],
  ])('a creation is unanswered until a run knows the audience: %s', async (_, reported) => {
    const job = await newJob();
    const wanted = { jobId: job.id, adAccountId: 'A1', audienceName: 'VIP' };
    const creating = { audienceId: null, audienceName: 'VIP' };
    const begin = (id: string) => [started(id, time(1), creating), staged(time(1), 7)];
    const stateOf = (id: string, change = {}) => foldRun([started(id, time(1), { ...creating, ...change })]);
    await run('r1', begin('r1'), { job });
    expect(await store.unansweredCreation(wanted)).toBeUndefined();
    await addEvents(store, 'r1', [intent(time(2)), ended(time(3), 'failed')]);
    await run('r2', [...begin('r2'), ended(time(4), 'failed')], { job, minutes: 4 });
    await run('r3', begin('r3'), { minutes: 4 });
    expect(await store.unansweredCreation(wanted)).toBe('r1');
    // Not its own, not that of another job, and no other audience.
    expect(await store.mayBeMade(stateOf('r2'))).toBe(true);
    expect(await store.mayBeMade(stateOf('r1'))).toBe(false);
    expect(await store.mayBeMade(stateOf('r3'))).toBe(false);
    expect(await store.mayBeMade(stateOf('r2', { audienceName: 'Other' }))).toBe(false);
    expect(await store.mayBeMade(stateOf('r2', { adAccountId: 'A2' }))).toBe(false);
    for (const other of [{ audienceName: 'Other' }, { adAccountId: 'A2' }, { jobId: 'job_other' }]) {
      expect(await store.unansweredCreation({ ...wanted, ...other })).toBeUndefined();
    }
    await addEvents(store, 'r1', [reported(5, '900')]);
    expect(await store.unansweredCreation(wanted)).toBeUndefined();
    expect(await store.mayBeMade(stateOf('r2'))).toBe(false);
  });
});
