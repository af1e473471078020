import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import type { JobStore, JobTransaction } from '../../../src/contracts/job-store.ts';
import { aiko, at } from '../../support/service.ts';
import { aRun, makeJob, queueRun, sleepingUntil } from '../../support/stored-runs.ts';
import { stores } from '../../support/stores.ts';

describe.each(stores)('transactions of the storage of jobs on $kind', (kind) => {
  const current = kind.use();
  let store: JobStore;
  let other: JobStore;
  beforeEach(async () => {
    store = (await current.open()).store;
    other = (await current.open()).store;
  });
  const newJob = async () => makeJob(store, await current.authorize());

  test('an error takes back everything', async () => {
    const job = await newJob();
    const failing = store.transaction(async (tx) => {
      await tx.lockJob(job.id);
      await tx.saveState(job.id, sleepingUntil(5));
      await tx.queueRun(aRun('r1', job.id), at(0));
      throw new Error('a mistake');
    });
    await expect(failing).rejects.toThrow('a mistake');
    expect(await store.getJob(job.id)).toEqual(job);
    await expect(store.getRun('r1')).rejects.toMatchObject({ code: 'not_found' });
    await queueRun(other, 'r2', job.id);
  });

  test('a transaction reads what it has written', async () => {
    const job = await newJob();
    await store.transaction(async (tx) => {
      await tx.saveState(job.id, sleepingUntil(5));
      expect((await tx.getJob(job.id)).state).toEqual(sleepingUntil(5));
      expect(await tx.dueJobs(at(6), 9)).toEqual([job.id]);
      await tx.queueRun(aRun('r1', job.id), at(0));
      expect(await tx.lastRun(job.id)).toMatchObject({ id: 'r1', status: 'queued' });
      await tx.deleteJob(job.id);
      await expect(tx.getJob(job.id)).rejects.toMatchObject({ code: 'not_found' });
    });
    await expect(other.getJob(job.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('actions for the commit run after it, in their order, and never after an error', async () => {
    const done: string[] = [];
    const failing = store.transaction(async (tx) => {
      tx.onCommit(() => done.push('never'));
      throw new Error('a mistake');
    });
    await expect(failing).rejects.toThrow('a mistake');
    await store.transaction(async (tx) => {
      tx.onCommit(() => done.push('first'));
      tx.onCommit(() => done.push('second'));
      await tx.nextWake();
      expect(done).toEqual([]);
    });
    expect(done).toEqual(['first', 'second']);
  });

  test('a transaction returns the result of its work', async () => {
    expect(await store.transaction(async () => 7)).toBe(7);
  });

  test('a refused statement ends its transaction, even if the work goes on', async () => {
    const job = await newJob();
    await queueRun(store, 'r1', job.id);
    const goingOn = store.transaction(async (tx) => {
      await tx.saveState(job.id, sleepingUntil(5));
      await tx.queueRun(aRun('r2', job.id), at(1)).catch(() => {});
      await tx.getJob(job.id);
    });
    await expect(goingOn).rejects.toMatchObject({ code: '25P02' });
    expect((await store.getJob(job.id)).state.status).toBe('runnable');
  });

  test('a transaction with a refused statement cannot commit', async () => {
    const job = await newJob();
    await queueRun(store, 'r1', job.id);
    const failed = store.transaction(async (tx) => {
      await tx.saveState(job.id, sleepingUntil(5));
      await tx.queueRun(aRun('r2', job.id), at(1)).catch(() => {});
    });
    await expect(failed).rejects.toThrow();
    expect((await store.getJob(job.id)).state.status).toBe('runnable');
  });

  test('something that was not found does not end a transaction', async () => {
    const job = await newJob();
    await store.transaction(async (tx) => {
      await expect(tx.lockJob('job_none')).rejects.toMatchObject({ code: 'not_found' });
      await tx.saveState(job.id, sleepingUntil(5));
    });
    expect((await store.getJob(job.id)).state.status).toBe('sleeping');
  });

  describe('a lock', () => {
    /**
     * Runs `first` and then, before its end, `second`. @returns what happened, in its order. PGlite begins the second
     * transaction after the first.
     */
    const both = async (
      first: (tx: JobTransaction) => Promise<unknown>,
      second: (tx: JobTransaction) => Promise<unknown>,
    ): Promise<string[]> => {
      const order: string[] = [];
      const { promise: locked, resolve } = Promise.withResolvers<void>();
      const begun = store.transaction(async (tx) => {
        await first(tx);
        resolve();
        await sleep(100);
        order.push('first');
      });
      await locked;
      const two = other.transaction(async (tx) => {
        await second(tx);
        order.push('second');
      });
      await Promise.all([begun, two]);
      return order;
    };

    test('on a job makes a second transaction wait, which then sees the change', async () => {
      const job = await newJob();
      const order = await both(
        async (tx) => {
          await tx.lockJob(job.id);
          await tx.saveState(job.id, sleepingUntil(5));
        },
        async (tx) => expect((await tx.lockJob(job.id)).state).toEqual(sleepingUntil(5)),
      );
      expect(order).toEqual(['first', 'second']);
    });

    test('on a job that is deleted meanwhile finds no job', async () => {
      const job = await newJob();
      await both(
        (tx) => tx.deleteJob(job.id),
        (tx) => expect(tx.lockJob(job.id)).rejects.toMatchObject({ code: 'not_found' }),
      );
    });

    test('on the job of a run is the lock on the job', async () => {
      const job = await newJob();
      await queueRun(store, 'r1', job.id);
      const order = await both(
        (tx) => tx.lockJobOfRun('r1'),
        (tx) => tx.lockJob(job.id),
      );
      expect(order).toEqual(['first', 'second']);
      await queueRun(store, 'r2');
      await store.transaction((tx) => tx.lockJobOfRun('r2'));
      await store.transaction((tx) => tx.lockJobOfRun('unknown'));
    });

    test('on a run makes a second transaction wait, which then sees the change', async () => {
      await queueRun(store, 'r1');
      const order = await both(
        async (tx) => {
          expect(await tx.lockRun('r1')).toMatchObject({ status: 'queued', forbidden: false });
          await tx.requestStop('r1', 'end', at(1));
        },
        async (tx) => expect(await tx.lockRun('r1')).toMatchObject({ status: 'stopped' }),
      );
      expect(order).toEqual(['first', 'second']);
    });

    test('on an audience makes a second transaction wait', async () => {
      const order = await both(
        (tx) => tx.lockAudience('900'),
        (tx) => tx.lockAudience('900'),
      );
      expect(order).toEqual(['first', 'second']);
    });

    test('keeps two editors from both changing a job', async () => {
      const job = await newJob();
      await both(
        (tx) => tx.changeJob(job.id, 1, { name: 'One', audience_id: null, sibling_audience_ids: [] }, aiko, at(1)),
        (tx) =>
          expect(
            tx.changeJob(job.id, 1, { name: 'Two', audience_id: null, sibling_audience_ids: [] }, aiko, at(1)),
          ).rejects.toMatchObject({ code: 'changed_meanwhile' }),
      );
      expect(await store.getJob(job.id)).toMatchObject({ name: 'One', revision: 2 });
    });

    test('keeps two transactions from both queueing a run of a job', async () => {
      const job = await newJob();
      const refused = both(
        (tx) => tx.queueRun(aRun('r1', job.id), at(0)),
        (tx) => tx.queueRun(aRun('r2', job.id), at(0)),
      );
      await expect(refused).rejects.toMatchObject({ code: '23505' });
      expect((await store.lastRun(job.id))?.id).toBe('r1');
    });
  });
});

const concurrent = stores.filter(({ isConcurrent }) => isConcurrent);

describe.each(concurrent)('transactions at the same time on $kind', (kind) => {
  const current = kind.use();
  let store: JobStore;
  let other: JobStore;
  beforeEach(async () => {
    store = (await current.open()).store;
    other = (await current.open()).store;
  });
  const newJob = async () => makeJob(store, await current.authorize());

  test('others see nothing before the commit', async () => {
    const job = await newJob();
    await store.transaction(async (tx) => {
      await tx.saveState(job.id, sleepingUntil(5));
      await tx.queueRun(aRun('r1', job.id), at(0));
      expect(await other.getJob(job.id)).toEqual(job);
      expect(await other.lastRun(job.id)).toBeUndefined();
    });
    expect((await other.getJob(job.id)).state.status).toBe('sleeping');
    expect((await other.lastRun(job.id))?.id).toBe('r1');
  });

  test('a transaction sees what another commits in the meantime', async () => {
    const job = await newJob();
    await store.transaction(async (tx) => {
      expect((await tx.getJob(job.id)).state.status).toBe('runnable');
      await other.transaction((another) => another.saveState(job.id, sleepingUntil(5)));
      expect((await tx.getJob(job.id)).state.status).toBe('sleeping');
    });
  });

  test('of two transactions that wait for each other, one ends', async () => {
    const [a, b] = [await newJob(), await newJob()];
    const { promise: bothLocked, resolve } = Promise.withResolvers<void>();
    let locked = 0;
    const lock = (from: JobStore, first: string, second: string) =>
      from.transaction(async (tx) => {
        await tx.lockJob(first);
        locked += 1;
        if (locked === 2) resolve();
        await bothLocked;
        await tx.lockJob(second);
      });
    const results = await Promise.allSettled([lock(store, a.id, b.id), lock(other, b.id, a.id)]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: '40P01' } });
  });

  test('a lock on one audience does not lock another', async () => {
    await store.transaction(async (tx) => {
      await tx.lockAudience('900');
      await other.transaction((another) => another.lockAudience('901'));
    });
  });

  test('a check of a lease that is not held does not wait for its holder', async () => {
    const { leases } = await current.open();
    const token = (await leases.take('run:r1', 'a', 60_000))!;
    await store.transaction(async (tx) => {
      await tx.assertHeld({ name: 'run:r1', token });
      const late = other.transaction((another) => another.assertHeld({ name: 'run:r1', token: token - 1 }));
      await expect(late).rejects.toMatchObject({ code: 'run_taken_over' });
    });
  });
});
