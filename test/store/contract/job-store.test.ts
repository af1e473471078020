import { beforeEach, describe, expect, test } from 'vitest';
import type { JobStore } from '../../../src/contracts/job-store.ts';
import { system } from '../../../src/domain/people/people.ts';
import { foldRun } from '../../../src/domain/runs/run-state.ts';
import { ended, staged, started } from '../../support/runs.ts';
import { at } from '../../support/service.ts';
import {
  AUDIENCE,
  accepted,
  addEvents,
  makeJob,
  queueRun,
  recordTransition,
  sentIn,
  sleepingUntil,
  time,
} from '../../support/stored-runs.ts';
import { stores, type TestStore } from '../../support/stores.ts';

/** The port, the database and the memory of the simulation each have all of them. So a new one replaces another. */
const MAX_OPERATIONS = 59;

describe.each(stores)('the storage of jobs on $kind', (kind) => {
  const current = kind.use();
  let store: JobStore;
  let leases: TestStore['leases'];
  beforeEach(async () => {
    ({ store, leases } = await current.open());
  });
  const newJob = async (configuration = {}, state?: Parameters<typeof makeJob>[3]) =>
    makeJob(store, await current.authorize(), configuration, state);
  const filling = { audience_id: AUDIENCE, audience_name: null };

  test('does not grow', async () => {
    const within = await store.transaction(async (tx) => Object.keys(tx));
    const operations = new Set([...Object.keys(store), ...within]);
    // Of the database alone.
    operations.delete('within');
    expect([...operations].length, [...operations].join(', ')).toBeLessThanOrEqual(MAX_OPERATIONS);
  });

  test('jobs wake in the order of their times', async () => {
    expect(await store.nextWake()).toBeUndefined();
    const late = await newJob({}, sleepingUntil(20));
    const early = await newJob({}, sleepingUntil(10));
    await newJob();
    expect(await store.nextWake()).toEqual(at(10));
    expect(await store.dueJobs(at(9), 9)).toEqual([]);
    expect(await store.dueJobs(at(10), 9)).toEqual([early.id]);
    expect(await store.dueJobs(at(30), 9)).toEqual([early.id, late.id]);
    expect(await store.dueJobs(at(30), 1)).toEqual([early.id]);
  });

  test('a job has one active run', async () => {
    const job = await newJob();
    await queueRun(store, 'r1', job.id);
    await expect(queueRun(store, 'r2', job.id)).rejects.toMatchObject({ code: '23505' });
    expect(await store.transaction((tx) => tx.requestStop('r1', 'pause', at(1)))).toBe(true);
    expect(await store.getRun('r1')).toMatchObject({
      status: 'interrupted',
      stopRequested: null,
      summary: { ended_at: time(1), ad_account_id: 'A1' },
    });
    await queueRun(store, 'r2', job.id, 2);
    const again = store.transaction((tx) => tx.requeueRun('r1'));
    await expect(again).rejects.toMatchObject({ code: '23505' });
    await expect(queueRun(store, 'r1')).rejects.toMatchObject({ code: '23505' });
  });

  test('a running run is asked to stop; a person’s end is marked after it', async () => {
    await queueRun(store, 'r1');
    await addEvents(store, 'r1', [started('r1', time(0))]);
    expect(await store.transaction((tx) => tx.requestStop('r1', 'end', at(1)))).toBe(false);
    expect(await store.getRun('r1')).toMatchObject({ status: 'running', stopRequested: 'end' });
    expect(await store.stopRequestsAmong(['r1', 'r2'])).toEqual(new Set(['r1']));
    await store.transaction((tx) => tx.markStopped('r1'));
    expect((await store.getRun('r1')).status).toBe('running');
    expect(await store.runsWithoutConclusion(9)).toEqual([]);
    await addEvents(store, 'r1', [ended(time(2), 'interrupted')]);
    expect(await store.runsWithoutConclusion(9)).toEqual(['r1']);
    await store.transaction((tx) => tx.markStopped('r1'));
    expect((await store.getRun('r1')).status).toBe('stopped');
    expect(await store.runsWithoutConclusion(9)).toEqual([]);
    expect(await store.transaction((tx) => tx.requestStop('unknown', 'end', at(1)))).toBe(false);
  });

  test('only a run with events is forbidden to continue, and not after its success', async () => {
    for (const id of ['r1', 'r2', 'r3']) await queueRun(store, id);
    await addEvents(store, 'r2', [started('r2', time(0))]);
    await addEvents(store, 'r3', sentIn('r3', 0));
    const forbidden = [];
    for (const id of ['r1', 'r2', 'r3']) {
      await store.transaction((tx) => tx.forbidContinuing(id));
      forbidden.push((await store.getRun(id)).forbidden);
    }
    expect(forbidden).toEqual([false, true, false]);
  });

  test('an entry of the journal has its number once, and its summary is on the run', async () => {
    await queueRun(store, 'r1');
    const events = [started('r1', time(0)), staged(time(1), 7)];
    const state = await addEvents(store, 'r1', events);
    const twice = store.transaction((tx) => tx.addRunEvent('r1', 2, ended(time(2)), state));
    await expect(twice).rejects.toMatchObject({ code: '23505' });
    expect(await store.runEvents('r1')).toEqual(events);
    expect(await store.runEvents('r1', 1)).toEqual(events.slice(1));
    expect(await store.runEvents('unknown')).toEqual([]);
    expect(await store.getRun('r1')).toMatchObject({
      status: 'running',
      atLine: 'nothing',
      summary: { started_at: time(0), scanned: 7, unique: 7, uploaded: 0, chunks: 1, audience_id: AUDIENCE },
    });
    const unknown = store.transaction((tx) => tx.addRunEvent('unknown', 1, events[0]!, state));
    await expect(unknown).rejects.toMatchObject({ code: '23503' });
  });

  test('a job adopts the audience that its run created, unless it was edited', async () => {
    const creating = { audienceId: null, audienceName: 'VIP' };
    const state = foldRun([started('r1', time(0), creating), staged(time(0), 7), accepted(0, '900')]);
    const [job, edited] = [await newJob(), await newJob({ audience_name: 'Other' })];
    await queueRun(store, 'r1', job.id);
    await queueRun(store, 'r2', edited.id);
    await store.transaction((tx) => tx.adoptAudience('r1', state));
    await store.transaction((tx) => tx.adoptAudience('r1', { ...state, audienceId: '901' }));
    await store.transaction((tx) => tx.adoptAudience('r2', state));
    expect((await store.getJob(job.id)).audienceId).toBe('900');
    expect((await store.getJob(edited.id)).audienceId).toBeNull();
    expect(await store.jobsOfAudiences(['900', '901'])).toEqual([{ id: job.id, name: job.name, audienceId: '900' }]);
  });

  test('a job is incomplete until it sends again or its audience is replaced', async () => {
    const job = await newJob(filling);
    await queueRun(store, 'r1', job.id);
    await addEvents(store, 'r1', sentIn('r1', 1).slice(0, -1));
    expect(await store.incompleteOf([job.id])).toEqual(new Map());
    await addEvents(store, 'r1', [ended(time(2), 'interrupted')]);
    expect(await store.incompleteOf([job.id])).toEqual(
      new Map([[job.id, { runId: 'r1', sent: 100, total: 100, endedAt: at(2), continuable: true }]]),
    );
    await queueRun(store, 'r2', null, 3);
    await addEvents(store, 'r2', sentIn('r2', 3, 'failed'));
    expect((await store.incompleteOf([job.id])).get(job.id)).toMatchObject({ runId: 'r1', continuable: false });
    await queueRun(store, 'r3', null, 4);
    await addEvents(store, 'r3', sentIn('r3', 4));
    expect(await store.incompleteOf([job.id])).toEqual(new Map());
  });

  test('a run without a worker has no lease, or an expired one', async () => {
    for (const [minutes, id] of ['r3', 'r2', 'r1'].entries()) await queueRun(store, id, null, minutes);
    await addEvents(store, 'r2', [started('r2', time(0))]);
    await leases.take('run:r3', 'a', 60_000);
    await leases.take('run:r2', 'a', 0);
    expect(await store.runsWithoutWorker(9)).toEqual([
      { id: 'r2', status: 'running' },
      { id: 'r1', status: 'queued' },
    ]);
    expect(await store.runsWithoutWorker(1)).toEqual([{ id: 'r2', status: 'running' }]);
  });

  test('an ended run has no conclusion while its job still waits for it', async () => {
    const job = await newJob();
    await queueRun(store, 'r1', job.id);
    expect(await store.runsGoingOnSince(at(1))).toEqual([{ runId: 'r1', jobId: job.id, since: at(0) }]);
    expect(await store.runsGoingOnSince(at(0))).toEqual([]);
    expect(await store.runsWithoutConclusion(9)).toEqual([]);
    await addEvents(store, 'r1', sentIn('r1', 1));
    expect(await store.runsWithoutConclusion(9)).toEqual(['r1']);
    await store.transaction((tx) => tx.saveState(job.id, sleepingUntil(9)));
    expect(await store.runsWithoutConclusion(9)).toEqual([]);
  });

  test('the log says what was reported, and of which run', async () => {
    const { id } = await newJob();
    const record = (action: string, ...rest: [object?, number?]) => recordTransition(store, id, action, ...rest);
    await record('run_now', { runId: 'r1' }, 5);
    await record('run_failed', { runId: 'r1', actor: system, condition: 'retrying' });
    expect(await store.hadProblemSinceSuccess(id)).toBe(false);
    await record('wake', { runId: 'r1', actor: system });
    await record('run_failed', { runId: 'r1', actor: system, condition: 'waiting' });
    expect(await store.hadProblemSinceSuccess(id)).toBe(true);
    await record('run_succeeded', { runId: 'r1', actor: system });
    expect(await store.hadProblemSinceSuccess(id)).toBe(false);
    expect(await store.hasTransition(id, 'run_now', 'r1')).toBe(true);
    expect(await store.hasTransition(id, 'run_now', 'r1', at(5))).toBe(true);
    expect(await store.hasTransition(id, 'run_now', 'r1', at(6))).toBe(false);
    expect(await store.hasTransition(id, 'run_now', 'r2')).toBe(false);
  });

  test('earlier runs show what happened to an audience', async () => {
    for (const id of ['r1', 'r2', 'r3']) await queueRun(store, id);
    const first = await addEvents(store, 'r1', sentIn('r1', 10));
    await addEvents(store, 'r2', sentIn('r2', 20, 'failed'));
    const creating = { audienceId: null, audienceName: 'New' };
    await addEvents(store, 'r3', [started('r3', time(30), creating), accepted(30, '900')]);
    expect(await store.lastReplace('A1', AUDIENCE)).toEqual({ runId: 'r1', unique: 100, at: time(10) });
    expect(await store.lastReplace('A2', AUDIENCE)).toBeUndefined();
    expect(await store.made('A1', '900')).toBe(true);
    expect(await store.made('A1', AUDIENCE)).toBe(false);
    expect(await store.supersededBy(first)).toBe('r2');
    expect(await store.supersededBy({ ...first, audienceId: null })).toBeUndefined();
    expect(await store.openUploads(first)).toEqual([{ runId: 'r2', delivery: 1, chunk: 1 }]);
    expect(await store.openUploads({ ...first, audienceId: null })).toEqual([]);
  });

  test('the runs of a deleted job stay', async () => {
    const job = await newJob();
    await queueRun(store, 'r1', job.id);
    await recordTransition(store, job.id, 'create', { runId: 'r1' });
    await store.transaction((tx) => tx.deleteJob(job.id));
    await expect(store.getJob(job.id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await store.getRun('r1')).toMatchObject({
      jobId: null,
      summary: { job_id: null, job_name: 'VIP' },
    });
    expect(await store.lastRun(job.id)).toBeUndefined();
  });
});
