/** The rows of runs and of their journals: what is written, what is refused, and what changes with the status. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { JobStore, StoredRun } from '../../../src/contracts/job-store.ts';
import type { ServiceRunStatus } from '../../../src/domain/runs/run.ts';
import type { RunEvent } from '../../../src/domain/runs/run-events.ts';
import { applyEvent, foldRun } from '../../../src/domain/runs/run-state.ts';
import { localized, sentence } from '../../../src/domain/text/sentence.ts';
import { approval as anApproval } from '../../support/job-states.ts';
import { ended, intent, staged, started } from '../../support/runs.ts';
import { aiko, at } from '../../support/service.ts';
import {
  AUDIENCE,
  accepted,
  addEvents,
  aRun,
  makeJob,
  queueRun,
  resumed,
  sentIn,
  sleepingUntil,
  time,
  warning,
} from '../../support/stored-runs.ts';
import { stores } from '../../support/stores.ts';

const statuses: ServiceRunStatus[] = ['queued', 'running', 'succeeded', 'failed', 'interrupted', 'stopped', 'dry_run'];

describe.each(stores)('runs on $kind', (kind) => {
  const current = kind.use();
  let store: JobStore;
  beforeEach(async () => {
    store = (await current.open()).store;
  });
  const newJob = async (configuration = {}) => makeJob(store, await current.authorize(), configuration);

  /** A run of each status, with a journal. @returns their ids are the statuses */
  const oneOfEach = async (): Promise<void> => {
    for (const status of statuses) {
      await queueRun(store, status);
      const events: RunEvent[] = [started(status, time(1))];
      if (['succeeded', 'failed', 'interrupted', 'dry_run'].includes(status)) {
        events.push({ ...ended(time(2)), status } as RunEvent);
      }
      await addEvents(store, status, events);
    }
    await store.transaction(async (tx) => {
      await tx.requeueRun('queued');
      await tx.requeueRun('stopped');
      await tx.requestStop('stopped', 'end', at(3));
    });
    expect((await Promise.all(statuses.map((id) => store.getRun(id)))).map(({ status }) => status)).toEqual(statuses);
  };
  /** What `change` does to a run of each status. */
  const changesOf = async (change: (id: string) => Promise<unknown>) => {
    await oneOfEach();
    const changed: Partial<Record<ServiceRunStatus, Partial<StoredRun>>> = {};
    for (const status of statuses) {
      const before = await store.getRun(status);
      await change(status);
      const after = await store.getRun(status);
      if (JSON.stringify(before) !== JSON.stringify(after)) {
        const { stopRequested, forbidden } = after;
        changed[status] = { status: after.status, stopRequested, forbidden };
      }
    }
    return changed;
  };

  const approval = { ...anApproval, sourceRevision: 3, jobRevision: 2, at: time(1) };

  test('a queued run is read as it was written', async () => {
    const job = await newJob();
    const run = { ...aRun('r1', job.id), slot: at(9), approval, trigger: 'schedule' } as const;
    await store.transaction((tx) => tx.queueRun(run, at(1)));
    expect(await store.getRun('r1')).toEqual({
      id: 'r1',
      jobId: job.id,
      status: 'queued',
      trigger: 'schedule',
      approval,
      stopRequested: null,
      forbidden: false,
      atLine: 'nothing',
      progress: null,
      summary: {
        id: 'r1',
        job_id: job.id,
        job_name: 'VIP',
        trigger: 'schedule',
        slot: time(9),
        status: 'queued',
        mode: null,
        queued_at: time(1),
        started_at: null,
        ended_at: null,
        ad_account_id: 'A1',
        audience_id: null,
        audience_name: null,
        scanned: null,
        missing: null,
        invalid: null,
        suppressed: null,
        held_out: null,
        duplicates: null,
        unique: null,
        uploaded: null,
        chunks: null,
        warnings: 0,
        error: null,
        matching_status: null,
        matching_size: null,
        matching_at: null,
      },
    });
    await queueRun(store, 'r2');
    expect((await store.getRun('r2')).summary).toMatchObject({ job_id: null, ad_account_id: null });
    await expect(store.getRun('unknown')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('a run needs its job, and an id of its own', async () => {
    await expect(queueRun(store, 'r1', 'job_none')).rejects.toMatchObject({ code: '23503' });
    await expect(store.getRun('r1')).rejects.toMatchObject({ code: 'not_found' });
    await queueRun(store, 'r1');
    await expect(queueRun(store, 'r1')).rejects.toMatchObject({ code: '23505' });
  });

  test('the row has the summary of the journal', async () => {
    await queueRun(store, 'r1');
    const error = {
      code: 'line_unavailable',
      ...localized(sentence`LINE did not answer.`),
      reason: 'E500',
      retryable: true,
      resumable: true,
      allowShrinkTo: null,
    };
    const entry = staged(time(2), 7);
    await addEvents(store, 'r1', [
      started('r1', time(1)),
      {
        ...entry,
        counts: {
          ...entry.counts,
          scanned: 17,
          missing: 1,
          invalid: { not_an_email: 3 },
          suppressed: 2,
          held_out: 4,
        },
      },
      warning(2),
      intent(time(3)),
      accepted(4),
      { ...ended(time(5), 'failed'), error } as RunEvent,
    ]);
    expect(await store.getRun('r1')).toMatchObject({
      status: 'failed',
      atLine: 'part',
      summary: {
        status: 'failed',
        mode: 'replace',
        queued_at: time(0),
        started_at: time(1),
        ended_at: time(5),
        ad_account_id: 'A1',
        audience_id: AUDIENCE,
        audience_name: null,
        scanned: 17,
        missing: 1,
        invalid: 3,
        suppressed: 2,
        held_out: 4,
        duplicates: 0,
        unique: 7,
        uploaded: 7,
        chunks: 1,
        warnings: 1,
        error,
      },
    });
    await addEvents(store, 'r1', [resumed(6)]);
    expect(await store.getRun('r1')).toMatchObject({
      status: 'running',
      summary: { status: 'running', ended_at: null, error: null, uploaded: 7 },
    });
  });

  test('a refused entry leaves the journal and the row as they were', async () => {
    await queueRun(store, 'r1');
    const state = await addEvents(store, 'r1', [started('r1', time(1))]);
    const before = await store.getRun('r1');
    const end = ended(time(2));
    const failing = store.transaction(async (tx) => {
      await tx.addRunEvent('r1', 2, end, applyEvent(state, end));
      expect((await tx.getRun('r1')).status).toBe('succeeded');
      throw new Error('a mistake');
    });
    await expect(failing).rejects.toThrow('a mistake');
    const twice = store.transaction((tx) => tx.addRunEvent('r1', 1, end, applyEvent(state, end)));
    await expect(twice).rejects.toMatchObject({ code: '23505' });
    expect(await store.getRun('r1')).toEqual(before);
    expect(await store.runEvents('r1', 1)).toEqual([]);
  });

  test('a run does not go on while its job has another active one', async () => {
    const job = await newJob();
    await queueRun(store, 'r1', job.id);
    const state = await addEvents(store, 'r1', sentIn('r1', 1, 'interrupted'));
    await queueRun(store, 'r2', job.id, 2);
    const goOn = () => store.transaction((tx) => tx.addRunEvent('r1', 6, resumed(3), applyEvent(state, resumed(3))));
    await expect(goOn()).rejects.toMatchObject({ code: '23505' });
    await store.transaction((tx) => tx.requestStop('r2', 'end', at(3)));
    await goOn();
    expect((await store.getRun('r1')).status).toBe('running');
  });

  test('runs without a job may be active together', async () => {
    for (const id of ['r1', 'r2']) await queueRun(store, id);
    expect(await store.runsWithoutWorker(9)).toHaveLength(2);
  });

  test('a run that is queued again has neither an end nor a request to stop', async () => {
    const changes = await changesOf(async (id) => {
      await store.transaction((tx) => tx.requestStop(id, 'pause', at(4)));
      await store.transaction((tx) => tx.requeueRun(id));
      expect(await store.getRun(id)).toMatchObject({
        status: 'queued',
        stopRequested: null,
        summary: { ended_at: null },
      });
    });
    const again = { status: 'queued', stopRequested: null, forbidden: false };
    const { queued: _, ...others } = Object.fromEntries(statuses.map((status) => [status, again]));
    expect(changes).toEqual(others);
    await store.transaction((tx) => tx.requeueRun('unknown'));
  });

  test.each([
    ['pause', 'interrupted'],
    ['end', 'stopped'],
  ] as const)('a request to stop (%s) concerns only active runs', async (wish, status) => {
    const stopped: string[] = [];
    const changes = await changesOf(async (id) => {
      if (await store.transaction((tx) => tx.requestStop(id, wish, at(4)))) stopped.push(id);
    });
    expect(changes).toEqual({
      queued: { status, stopRequested: null, forbidden: false },
      running: { status: 'running', stopRequested: wish, forbidden: false },
    });
    expect(stopped).toEqual(['queued']);
    expect((await store.getRun('queued')).summary.ended_at).toBe(time(4));
  });

  test('the last request to stop counts, and stays after the end', async () => {
    await queueRun(store, 'r1');
    await addEvents(store, 'r1', [started('r1', time(1))]);
    for (const wish of ['pause', 'end'] as const) {
      await store.transaction((tx) => tx.requestStop('r1', wish, at(2)));
      expect((await store.getRun('r1')).stopRequested).toBe(wish);
    }
    await addEvents(store, 'r1', [ended(time(3), 'interrupted')]);
    expect(await store.stopRequestsAmong(['unknown', 'r1', 'r1'])).toEqual(new Set(['r1']));
    expect(await store.stopRequestsAmong([])).toEqual(new Set());
  });

  test('only an interrupted or failed run is marked as stopped', async () => {
    const stopped = { status: 'stopped', stopRequested: null, forbidden: false };
    expect(await changesOf((id) => store.transaction((tx) => tx.markStopped(id)))).toEqual({
      failed: stopped,
      interrupted: stopped,
    });
    await store.transaction((tx) => tx.markStopped('unknown'));
  });

  test('only a run that has not succeeded is forbidden to continue', async () => {
    const forbidden = (status: string) => ({ status, stopRequested: null, forbidden: true });
    expect(await changesOf((id) => store.transaction((tx) => tx.forbidContinuing(id)))).toEqual({
      queued: forbidden('queued'),
      running: forbidden('running'),
      failed: forbidden('failed'),
      interrupted: forbidden('interrupted'),
      stopped: forbidden('stopped'),
    });
    await store.transaction((tx) => tx.forbidContinuing('unknown'));
  });

  test('a forbidden run stays forbidden', async () => {
    await queueRun(store, 'r1');
    await addEvents(store, 'r1', [started('r1', time(1))]);
    await store.transaction((tx) => tx.forbidContinuing('r1'));
    await store.transaction((tx) => tx.requeueRun('r1'));
    await addEvents(store, 'r1', [resumed(2), ended(time(3), 'failed')]);
    expect((await store.getRun('r1')).forbidden).toBe(true);
    expect(await store.transaction((tx) => tx.lockRun('r1'))).toEqual({ status: 'failed', forbidden: true });
  });

  test('the last run of a job is the newest one, by time and then by id', async () => {
    const [job, another] = [await newJob(), await newJob()];
    const queueEnded = async (id: string, minutes: number) => {
      await queueRun(store, id, job.id, minutes);
      await store.transaction((tx) => tx.requestStop(id, 'end', at(minutes)));
      return (await store.lastRun(job.id))?.id;
    };
    expect(await store.lastRun(job.id)).toBeUndefined();
    expect(await queueEnded('r2', 5)).toBe('r2');
    expect(await queueEnded('r9', 4)).toBe('r2');
    expect(await queueEnded('r1', 5)).toBe('r2');
    expect(await queueEnded('r3', 5)).toBe('r3');
    expect(await store.lastRun(job.id)).toEqual(await store.getRun('r3'));
    await queueRun(store, 'r8', another.id, 9);
    expect((await store.lastRun(job.id))?.id).toBe('r3');
  });

  test.each<[string, object, object]>([
    ['has one already', { audience_id: '700', audience_name: null }, {}],
    ['sends to another ad account', { adaccount_id: 'A2' }, {}],
    ['makes one of another name', { audience_name: 'Other' }, {}],
    ['sends other identifiers', { identifier_type: 'phone', default_country: 'JP' }, {}],
    ['has a name, and the run had none', {}, { audienceName: null }],
  ])('a job that %s does not adopt an audience', async (_, configuration, request) => {
    const job = await newJob(configuration);
    await queueRun(store, 'r1', job.id);
    const creating = { audienceId: null, audienceName: 'VIP', ...request };
    const state = foldRun([started('r1', time(0), creating), accepted(0, '900')]);
    await store.transaction((tx) => tx.adoptAudience('r1', state));
    expect((await store.getJob(job.id)).audienceId).toBe(job.audienceId);
  });

  test('an audience is adopted only by the job of the run, at its revision', async () => {
    const [job, another] = [await newJob(), await newJob()];
    await queueRun(store, 'r1', job.id);
    await queueRun(store, 'r2');
    const state = foldRun([started('r1', time(0), { audienceId: null, audienceName: 'VIP' }), accepted(0, '900')]);
    for (const id of ['r1', 'r2', 'unknown']) await store.transaction((tx) => tx.adoptAudience(id, state));
    expect(await store.getJob(job.id)).toEqual({ ...job, audienceId: '900' });
    expect(await store.getJob(another.id)).toEqual(another);
  });

  test('an audience without a name is not adopted by a job without one', async () => {
    const job = await newJob({ audience_id: AUDIENCE, audience_name: null });
    const change = { audience_id: null, sibling_audience_ids: [] };
    await store.transaction((tx) => tx.changeJob(job.id, 1, change, aiko, at(1)));
    await queueRun(store, 'r1', job.id);
    const state = foldRun([started('r1', time(0), { audienceId: null, audienceName: null }), accepted(0, '900')]);
    await store.transaction((tx) => tx.adoptAudience('r1', state));
    expect((await store.getJob(job.id)).audienceId).toBeNull();
  });

  test('the runs of a deleted job may be active together, and belong to no job', async () => {
    const jobs = [await newJob(), await newJob()];
    for (const [n, { id }] of jobs.entries()) await queueRun(store, `r${n}`, id);
    await store.transaction(async (tx) => {
      for (const { id } of jobs) await tx.deleteJob(id);
      expect((await tx.getRun('r0')).jobId).toBeNull();
      await tx.lockJobOfRun('r0');
    });
    expect(await store.runsWithoutWorker(9)).toHaveLength(2);
    expect(await store.runsGoingOnSince(at(9))).toEqual([]);
    await store.transaction((tx) => tx.saveState(jobs[0]!.id, sleepingUntil(1)));
  });
});
