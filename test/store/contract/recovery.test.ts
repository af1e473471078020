/** What the recovery finds: runs without a worker, without a conclusion, and late ones. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { JobStore, StoredJob } from '../../../src/contracts/job-store.ts';
import { system } from '../../../src/domain/people/people.ts';
import { initialState } from '../../../src/jobs/states.ts';
import { filling, sentBy, useEarlierRuns } from '../../support/earlier-runs.ts';
import { ended, started } from '../../support/runs.ts';
import { at } from '../../support/service.ts';
import { addEvents, queueRun, sleepingUntil, time } from '../../support/stored-runs.ts';
import { stores, type TestStore } from '../../support/stores.ts';

describe.each(stores)('the recovery on $kind finds', (kind) => {
  const world = useEarlierRuns(kind);
  const { newJob, run } = world;
  let store: JobStore;
  let leases: TestStore['leases'];
  beforeEach(() => {
    ({ store, leases } = world);
  });

  test('runs without a worker, oldest first, then by id', async () => {
    for (const [id, minutes] of [
      ['r3', 1],
      ['r2', 1],
      ['r4', 0],
      ['r1', 2],
      ['r5', 0],
    ] as const) {
      await queueRun(store, id, null, minutes);
    }
    await store.transaction((tx) => tx.requestStop('r5', 'end', at(1)));
    const ids = async () => (await store.runsWithoutWorker(9)).map(({ id }) => id);
    expect(await ids()).toEqual(['r4', 'r2', 'r3', 'r1']);
    const token = (await leases.take('run:r2', 'a', 60_000))!;
    await leases.take('r3', 'a', 60_000);
    expect(await ids()).toEqual(['r4', 'r3', 'r1']);
    await leases.delete([token]);
    expect(await ids()).toEqual(['r4', 'r2', 'r3', 'r1']);
  });

  test('ended runs without a conclusion, each once, by id', async () => {
    const stopAtEnd = async (id: string, minutes: number, job?: StoredJob) => {
      await run(id, [started(id, time(minutes))], { minutes, ...(job && { job }) });
      await store.transaction((tx) => tx.requestStop(id, 'end', at(minutes)));
      await addEvents(store, id, [ended(time(minutes), 'failed')]);
    };
    const [a, b, c] = [await newJob(), await newJob(), await newJob({}, sleepingUntil(9))];
    await stopAtEnd('r4', 1, a);
    await run('r3', sentBy('r3', 1), { job: b });
    await stopAtEnd('r2', 1, c);
    await run('r1', sentBy('r1', 1), { job: c, minutes: 2 });
    await stopAtEnd('r5', 1);
    await run('r6', sentBy('r6', 1, {}, 'interrupted'));
    expect(await store.runsWithoutConclusion(9)).toEqual(['r2', 'r3', 'r4', 'r5']);
    expect(await store.runsWithoutConclusion(2)).toEqual(['r2', 'r3']);
    // An earlier run of the job does not count.
    await queueRun(store, 'r7', b.id, 5);
    expect(await store.runsWithoutConclusion(9)).toEqual(['r2', 'r4', 'r5']);
  });

  test('ended runs whose part the log of a resting job does not tell', async () => {
    const [resting, awaiting] = [
      await newJob(filling, sleepingUntil(9)),
      await newJob({ ...filling, audience_id: '900' }),
    ];
    await run('r1', sentBy('r1', 1, {}, 'failed'), { job: resting });
    await run('r2', sentBy('r2', 1, { audienceId: '900' }, 'failed'), { job: awaiting });
    expect(await store.runsWithoutConclusion(9)).toEqual(['r1', 'r2']);
    const tell = (runId: string, time: Date) =>
      store.transaction((tx) =>
        tx.recordTransition(
          {
            jobId: resting.id,
            action: 'incomplete',
            from: 'sleeping',
            to: 'sleeping',
            condition: 'scheduled',
            actor: system,
            reason: null,
            runId,
          },
          time,
        ),
      );
    // Of an earlier end of the same run, and of another run.
    await tell('r1', at(0));
    await tell('r0', at(2));
    expect(await store.runsWithoutConclusion(9)).toContain('r1');
    await tell('r1', at(1));
    expect(await store.runsWithoutConclusion(9)).toEqual(['r2']);
  });

  test('late runs, oldest first, of jobs that wait for them', async () => {
    const errors = { count: 1, since: at(0) };
    const jobs = {
      running: await newJob(),
      retrying: await newJob({}, { ...sleepingUntil(20), slot: at(30), errors }),
      unscheduled: await newJob({}, { ...sleepingUntil(20), errors }),
      untilSlot: await newJob({}, { ...sleepingUntil(30), slot: at(30), errors }),
      asleep: await newJob({}, sleepingUntil(20)),
      paused: await newJob({}, { ...initialState, status: 'paused' }),
      succeeded: await newJob(),
      again: await newJob(),
    };
    const ids = Object.keys(jobs) as (keyof typeof jobs)[];
    for (const [n, id] of ids.entries()) await queueRun(store, id, jobs[id].id, 10 - n);
    await addEvents(store, 'succeeded', sentBy('succeeded', 1));
    await addEvents(store, 'retrying', sentBy('retrying', 1, {}, 'failed'));
    await addEvents(store, 'again', sentBy('again', 1, {}, 'interrupted'));
    await queueRun(store, 'later', jobs.again.id, 50);
    const late = async (minutes: number) => (await store.runsGoingOnSince(at(minutes))).map(({ runId }) => runId);
    expect(await late(40)).toEqual(['unscheduled', 'retrying', 'running']);
    expect(await late(10)).toEqual(['unscheduled', 'retrying']);
    expect(await late(51)).toEqual(['unscheduled', 'retrying', 'running', 'later']);
  });
});
