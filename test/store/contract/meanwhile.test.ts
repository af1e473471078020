/** What a statement finds when another transaction has done something in the meantime, and when that has not ended. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { JobStore, JobTransaction, StoredJob } from '../../../src/contracts/job-store.ts';
import { applyEvent, foldRun } from '../../../src/domain/runs/run-state.ts';
import { meanwhile, takenBack } from '../../support/meanwhile.ts';
import { ended, started } from '../../support/runs.ts';
import { aiko, aNewJob, at } from '../../support/service.ts';
import {
  accepted,
  addEvents,
  aRun,
  makeJob,
  queueRun,
  resumed,
  sentIn,
  sleepingUntil,
  time,
  transition,
  warning,
} from '../../support/stored-runs.ts';
import { stores } from '../../support/stores.ts';

describe.each(stores.filter(({ isConcurrent }) => isConcurrent))('in the meantime on $kind', (kind) => {
  const current = kind.use();
  let store: JobStore;
  let other: JobStore;
  let job: StoredJob;
  beforeEach(async () => {
    store = (await current.open()).store;
    other = (await current.open()).store;
    job = await makeJob(store, await current.authorize());
  });
  /** @returns whether `second` waited for the transaction of `first` */
  const whether = (
    first: (tx: JobTransaction) => Promise<unknown>,
    second: () => Promise<unknown>,
    last?: (tx: JobTransaction) => Promise<unknown>,
  ) => meanwhile({ store, isWaiting: current.isWaiting, first, second, last });
  const both = (
    first: (tx: JobTransaction) => Promise<unknown>,
    second: (tx: JobTransaction) => Promise<unknown>,
    last?: (tx: JobTransaction) => Promise<unknown>,
  ) => whether(first, () => other.transaction(second), last);
  const rollBack = () => Promise.reject(takenBack);
  const rename = (name: string, tx: JobTransaction) =>
    tx.changeJob(job.id, 1, { name, audience_id: null, sibling_audience_ids: [] }, aiko, at(1));

  describe('a deleted job', () => {
    const afterDeletion = (second: (tx: JobTransaction) => Promise<unknown>) =>
      both((tx) => tx.deleteJob(job.id), second);

    test('is not found by those that waited for it', async () => {
      const notFound = { code: 'not_found' };
      expect(await afterDeletion((tx) => expect(tx.lockJob(job.id)).rejects.toMatchObject(notFound))).toBe(true);
      job = await makeJob(store, job.authorizationId);
      expect(await afterDeletion((tx) => expect(rename('New', tx)).rejects.toMatchObject(notFound))).toBe(true);
    });

    test('is not changed, and a second deletion does nothing', async () => {
      expect(await afterDeletion((tx) => tx.saveState(job.id, sleepingUntil(5)))).toBe(true);
      await expect(store.getJob(job.id)).rejects.toMatchObject({ code: 'not_found' });
      job = await makeJob(store, job.authorizationId);
      expect(await afterDeletion((tx) => tx.deleteJob(job.id))).toBe(true);
    });

    test('cannot be referred to', async () => {
      const refused = { code: '23503' };
      const log = (tx: JobTransaction) => tx.recordTransition(transition(job.id, 'edit'), at(1));
      const second = () => expect(other.transaction(log)).rejects.toMatchObject(refused);
      expect(await whether((tx) => tx.deleteJob(job.id), second)).toBe(true);
    });

    test('gets no run', async () => {
      const queue = (tx: JobTransaction) => tx.queueRun(aRun('r1', job.id), at(1));
      await expect(afterDeletion(queue)).rejects.toMatchObject({ code: '23503' });
      await expect(store.getRun('r1')).rejects.toMatchObject({ code: 'not_found' });
    });

    test('does not get the audience that its run has created', async () => {
      await queueRun(store, 'r1', job.id);
      const creating = { audienceId: null, audienceName: 'VIP' };
      const state = foldRun([started('r1', time(0), creating), accepted(1)]);
      expect(
        await afterDeletion(async (tx) => {
          await tx.lockJobOfRun('r1');
          await tx.adoptAudience('r1', state);
        }),
      ).toBe(true);
      expect((await store.getRun('r1')).jobId).toBeNull();
    });

    test('stays when the deletion is taken back', async () => {
      await both(
        (tx) => tx.deleteJob(job.id),
        (tx) => tx.recordTransition(transition(job.id, 'run_now', { runId: 'r1' }), at(1)),
        rollBack,
      );
      expect(await store.hasTransition(job.id, 'run_now', 'r1')).toBe(true);
    });

    test('takes nothing from a run that goes on in the meantime', async () => {
      await queueRun(store, 'r1', job.id);
      const event = started('r1', time(1));
      const waited = await both(
        (tx) => tx.addRunEvent('r1', 1, event, foldRun([event])),
        (tx) => tx.deleteJob(job.id),
      );
      expect(waited).toBe(true);
      expect(await store.getRun('r1')).toMatchObject({ jobId: null, status: 'running' });
    });
  });

  test('a job that is still being created is not there, and nobody waits for it', async () => {
    const { authorizationId } = job;
    let id = '';
    const waited = await whether(
      async (tx) => {
        id = (await tx.createJob(aNewJob(authorizationId), job.state, aiko, at(1))).id;
      },
      async () => {
        const notFound = { code: 'not_found' };
        await other.transaction(async (tx) => {
          await expect(tx.getJob(id)).rejects.toMatchObject(notFound);
          await expect(tx.lockJob(id)).rejects.toMatchObject(notFound);
          const change = { audience_id: null, sibling_audience_ids: [] };
          await expect(tx.changeJob(id, 1, change, aiko, at(1))).rejects.toMatchObject(notFound);
          await tx.saveState(id, sleepingUntil(5));
          await tx.deleteJob(id);
        });
        const refused = { code: '23503' };
        const log = other.transaction((tx) => tx.recordTransition(transition(id, 'edit'), at(1)));
        await expect(log).rejects.toMatchObject(refused);
        await expect(queueRun(other, 'r1', id)).rejects.toMatchObject(refused);
      },
    );
    expect(waited).toBe(false);
    expect((await store.getJob(id)).state).toEqual(job.state);
  });

  test('a run that is still being queued is not there, and nobody waits for it', async () => {
    const event = started('r1', time(1));
    const waited = await whether(
      (tx) => tx.queueRun(aRun('r1', job.id), at(1)),
      async () => {
        const notFound = { code: 'not_found' };
        await other.transaction(async (tx) => {
          await expect(tx.getRun('r1')).rejects.toMatchObject(notFound);
          await expect(tx.lockRun('r1')).rejects.toMatchObject(notFound);
          await tx.lockJobOfRun('r1');
          await tx.requeueRun('r1');
          await tx.markStopped('r1');
          expect(await tx.requestStop('r1', 'pause', at(1))).toBe(false);
          await tx.forbidContinuing('r1');
        });
        const entry = other.transaction((tx) => tx.addRunEvent('r1', 1, event, foldRun([event])));
        await expect(entry).rejects.toMatchObject({ code: '23503' });
      },
    );
    expect(waited).toBe(false);
    expect(await store.getRun('r1')).toMatchObject({ status: 'queued', forbidden: false });
  });

  describe('a request to stop', () => {
    test('reaches a run that has begun', async () => {
      await queueRun(store, 'r1', job.id);
      const event = started('r1', time(1));
      const waited = await both(
        (tx) => tx.addRunEvent('r1', 1, event, foldRun([event])),
        async (tx) => expect(await tx.requestStop('r1', 'pause', at(2))).toBe(false),
      );
      expect(waited).toBe(true);
      expect(await store.getRun('r1')).toMatchObject({ status: 'running', stopRequested: 'pause' });
    });

    test('comes too late for a run that has ended', async () => {
      await queueRun(store, 'r1', job.id);
      const state = await addEvents(store, 'r1', [started('r1', time(1))]);
      const end = ended(time(2));
      await both(
        (tx) => tx.addRunEvent('r1', 2, end, applyEvent(state, end)),
        async (tx) => expect(await tx.requestStop('r1', 'pause', at(2))).toBe(false),
      );
      expect(await store.getRun('r1')).toMatchObject({ status: 'succeeded', stopRequested: null });
    });

    test('does not see that an ended run is queued again', async () => {
      await queueRun(store, 'r1', job.id);
      await store.transaction((tx) => tx.requestStop('r1', 'pause', at(1)));
      const waited = await both(
        (tx) => tx.requeueRun('r1'),
        async (tx) => expect(await tx.requestStop('r1', 'end', at(2))).toBe(false),
      );
      expect(waited).toBe(false);
      expect(await store.getRun('r1')).toMatchObject({ status: 'queued', stopRequested: null });
    });

    test('stops a queued run after a second look, when the first request is taken back', async () => {
      await queueRun(store, 'r1', job.id);
      await both(
        (tx) => tx.requestStop('r1', 'pause', at(1)),
        async (tx) => expect(await tx.requestStop('r1', 'end', at(2))).toBe(true),
        rollBack,
      );
      expect((await store.getRun('r1')).status).toBe('stopped');
    });
  });

  test('the mark of an ended run is not set when the run goes on', async () => {
    await queueRun(store, 'r1', job.id);
    await store.transaction((tx) => tx.requestStop('r1', 'pause', at(1)));
    const waited = await both(
      (tx) => tx.requeueRun('r1'),
      (tx) => tx.markStopped('r1'),
    );
    expect(waited).toBe(true);
    expect((await store.getRun('r1')).status).toBe('queued');
  });

  test('a run that has succeeded is not forbidden to continue', async () => {
    await queueRun(store, 'r1', job.id);
    const events = sentIn('r1', 1);
    await addEvents(store, 'r1', events.slice(0, -1));
    const waited = await both(
      (tx) => tx.addRunEvent('r1', events.length, events.at(-1)!, foldRun(events)),
      (tx) => tx.forbidContinuing('r1'),
    );
    expect(waited).toBe(true);
    expect(await store.getRun('r1')).toMatchObject({ status: 'succeeded', forbidden: false });
  });

  test('an entry of the journal is added after a change of the run', async () => {
    await queueRun(store, 'r1', job.id);
    const state = await addEvents(store, 'r1', [started('r1', time(1))]);
    const next = warning(2);
    const waited = await both(
      (tx) => tx.requestStop('r1', 'pause', at(2)),
      (tx) => tx.addRunEvent('r1', 2, next, applyEvent(state, next)),
    );
    expect(waited).toBe(true);
    expect((await store.runEvents('r1')).map(({ type }) => type)).toEqual(['started', 'warning']);
    expect(await store.getRun('r1')).toMatchObject({ stopRequested: 'pause', summary: { warnings: 1 } });
  });

  test('an entry under a lease is added after a change of the run', async () => {
    const { leases } = await current.open();
    const token = (await leases.take('run:r1', 'a', 60_000))!;
    await queueRun(store, 'r1', job.id);
    const state = await addEvents(store, 'r1', [started('r1', time(1))]);
    const next = warning(2);
    const waited = await whether(
      (tx) => tx.requestStop('r1', 'pause', at(2)),
      () => other.addHeldRunEvent({ name: 'run:r1', token }, 'r1', 2, next, applyEvent(state, next)),
    );
    expect(waited).toBe(true);
    expect((await store.runEvents('r1')).map(({ type }) => type)).toEqual(['started', 'warning']);
    expect(await store.getRun('r1')).toMatchObject({ stopRequested: 'pause', summary: { warnings: 1 } });
  });

  test('an entry of the journal is refused when its number was taken', async () => {
    await queueRun(store, 'r1', job.id);
    const state = await addEvents(store, 'r1', [started('r1', time(1))]);
    const add = (minutes: number) => (tx: JobTransaction) =>
      tx.addRunEvent('r1', 2, warning(minutes), applyEvent(state, warning(minutes)));
    await expect(both(add(2), add(3))).rejects.toMatchObject({ code: '23505' });
    expect((await store.runEvents('r1', 1)).map((event) => event.at)).toEqual([time(2)]);
  });

  test('an entry of the journal gets its number when the first one is taken back', async () => {
    await queueRun(store, 'r1', job.id);
    const state = await addEvents(store, 'r1', [started('r1', time(1))]);
    const add = (minutes: number) => (tx: JobTransaction) =>
      tx.addRunEvent('r1', 2, warning(minutes), applyEvent(state, warning(minutes)));
    await both(add(2), add(3), rollBack);
    expect((await store.runEvents('r1', 1)).map((event) => event.at)).toEqual([time(3)]);
  });

  describe('a second active run of a job', () => {
    const queue = (id: string) => (tx: JobTransaction) => tx.queueRun(aRun(id, job.id), at(1));

    test('is queued when the first one is taken back', async () => {
      await both(queue('r1'), queue('r2'), rollBack);
      expect((await store.lastRun(job.id))?.id).toBe('r2');
    });

    test('is queued when the first one has stopped', async () => {
      await queueRun(store, 'r1', job.id);
      expect(await both((tx) => tx.requestStop('r1', 'end', at(1)), queue('r2'))).toBe(true);
      expect((await store.lastRun(job.id))?.id).toBe('r2');
    });

    test('is refused at once when the first one is only locked', async () => {
      await queueRun(store, 'r1', job.id);
      const refused = () => expect(other.transaction(queue('r2'))).rejects.toMatchObject({ code: '23505' });
      expect(await whether((tx) => tx.lockRun('r1'), refused)).toBe(false);
    });

    test('is refused when an ended run is queued again', async () => {
      await queueRun(store, 'r1', job.id);
      await store.transaction((tx) => tx.requestStop('r1', 'pause', at(1)));
      await expect(both((tx) => tx.requeueRun('r1'), queue('r2'))).rejects.toMatchObject({ code: '23505' });
    });

    test('is refused when an ended run goes on', async () => {
      await queueRun(store, 'r1', job.id);
      const state = await addEvents(store, 'r1', sentIn('r1', 1, 'failed'));
      const goOn = (tx: JobTransaction) => tx.addRunEvent('r1', 6, resumed(2), applyEvent(state, resumed(2)));
      await expect(both(queue('r2'), goOn)).rejects.toMatchObject({ code: '23505' });
      expect(await store.runEvents('r1', 5)).toEqual([]);
      expect((await store.getRun('r1')).status).toBe('failed');
    });
  });

  test('a run of an id that another transaction uses is refused', async () => {
    const queue = (tx: JobTransaction) => tx.queueRun(aRun('r1'), at(1));
    await expect(both(queue, queue)).rejects.toMatchObject({ code: '23505' });
  });

  test('a job is locked with the changes of all that came before', async () => {
    const waited = await both(
      async (tx) => {
        await tx.saveState(job.id, sleepingUntil(5));
        await rename('New', tx);
      },
      async (tx) =>
        expect(await tx.lockJob(job.id)).toMatchObject({
          name: 'New',
          revision: 2,
          state: sleepingUntil(5),
        }),
    );
    expect(waited).toBe(true);
  });

  test('an audience that a run has created is adopted once', async () => {
    const creating = { audienceId: null, audienceName: 'VIP' };
    const state = foldRun([started('r1', time(0), creating), accepted(0, '900')]);
    await queueRun(store, 'r1', job.id);
    const waited = await both(
      (tx) => tx.adoptAudience('r1', state),
      (tx) => tx.adoptAudience('r1', { ...state, audienceId: '901' }),
    );
    expect(waited).toBe(true);
    expect((await store.getJob(job.id)).audienceId).toBe('900');
  });

  test('reads do not wait for anything, and see nothing that is not committed', async () => {
    await queueRun(store, 'r1', job.id);
    const waited = await both(
      async (tx) => {
        await tx.lockAudience('900');
        await rename('New', tx);
        await tx.saveState(job.id, sleepingUntil(5));
        await tx.recordTransition(transition(job.id, 'run_now', { runId: 'r1' }), at(1));
        await tx.addRunEvent('r1', 1, started('r1', time(1)), foldRun([started('r1', time(1))]));
        await tx.requestStop('r1', 'end', at(1));
      },
      async (tx) => {
        expect(await tx.getJob(job.id)).toEqual(job);
        expect(await tx.getRun('r1')).toMatchObject({ status: 'queued', stopRequested: null });
        expect(await tx.lastRun(job.id)).toMatchObject({ status: 'queued' });
        expect(await tx.dueJobs(at(9), 9)).toEqual([]);
        expect(await tx.nextWake()).toBeUndefined();
        expect(await tx.runEvents('r1')).toEqual([]);
        expect(await tx.stopRequestsAmong(['r1'])).toEqual(new Set());
        expect(await tx.hasTransition(job.id, 'run_now', 'r1')).toBe(false);
        expect(await tx.runsWithoutWorker(9)).toEqual([{ id: 'r1', status: 'queued' }]);
      },
    );
    expect(waited).toBe(false);
    expect(await store.getRun('r1')).toMatchObject({ status: 'running', stopRequested: 'end' });
  });

  test('a failed transaction gives its locks back before its end', async () => {
    await queueRun(store, 'r1', job.id);
    const waited = await both(
      async (tx) => {
        await tx.lockJob(job.id);
        const second = tx.queueRun(aRun('r2', job.id), at(1));
        await expect(second).rejects.toMatchObject({ code: '23505' });
      },
      (tx) => tx.lockJob(job.id),
      rollBack,
    );
    expect(waited).toBe(false);
  });

  test('of a job and its run that two transactions lock in opposite orders, one gets both', async () => {
    await queueRun(store, 'r1', job.id);
    const results: PromiseSettledResult<unknown>[] = [];
    const locks = both(
      (tx) => tx.lockRun('r1'),
      async (tx) => {
        await tx.lockJob(job.id);
        results.push(...(await Promise.allSettled([tx.lockRun('r1')])));
      },
      async (tx) => {
        results.push(...(await Promise.allSettled([tx.lockJob(job.id)])));
      },
    );
    // The transaction of the refused statement cannot commit.
    await locks.catch(() => {});
    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused).toMatchObject([{ reason: { code: '40P01' } }]);
  });
});
