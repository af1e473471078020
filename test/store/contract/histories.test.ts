/** What earlier runs show of a job and of an audience. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { JobStore, StoredJob } from '../../../src/contracts/job-store.ts';
import { system } from '../../../src/domain/people/people.ts';
import type { RunError, RunRequest } from '../../../src/domain/runs/run.ts';
import type { RunEvent } from '../../../src/domain/runs/run-events.ts';
import { foldRun, type RunState } from '../../../src/domain/runs/run-state.ts';
import { localized, sentence } from '../../../src/domain/text/sentence.ts';
import { initialState } from '../../../src/jobs/states.ts';
import { ended, intent, staged, started } from '../../support/runs.ts';
import { aiko, aNewJob, at } from '../../support/service.ts';
import {
  AUDIENCE,
  accepted,
  addEvents,
  bothSent,
  created,
  finished,
  makeJob,
  queueRun,
  SIBLING_AUDIENCE,
  sentIn,
  sleepingUntil,
  time,
} from '../../support/stored-runs.ts';
import { stores, type TestStore } from '../../support/stores.ts';

const filling = { audience_id: AUDIENCE, audience_name: null };

const errorThat = (resumable: boolean): RunError => ({
  code: 'line_unavailable',
  ...localized(sentence`LINE did not answer.`),
  reason: null,
  retryable: false,
  resumable,
  allowShrinkTo: null,
});

/** A run that starts and ends at a minute, and sends one chunk, if there is `end`. */
const sentBy = (
  runId: string,
  minutes: number,
  change: Partial<RunRequest> = {},
  end: 'succeeded' | 'failed' | 'interrupted' = 'succeeded',
): RunEvent[] => [started(runId, time(minutes), change), ...sentIn(runId, minutes, end).slice(1)];

describe.each(stores)('earlier runs on $kind', (kind) => {
  const current = kind.use();
  let store: JobStore;
  let leases: TestStore['leases'];
  beforeEach(async () => {
    ({ store, leases } = await current.open());
  });
  const newJob = async (configuration: Record<string, unknown> = filling, state = initialState) =>
    makeJob(store, await current.authorize(), configuration, state);
  /** A run with this journal. */
  const run = async (
    id: string,
    events: readonly RunEvent[],
    { job, minutes = 0 }: { job?: StoredJob; minutes?: number } = {},
  ): Promise<RunState> => {
    await queueRun(store, id, job?.id ?? null, minutes);
    return addEvents(store, id, events);
  };
  const incomplete = async (...jobs: StoredJob[]) =>
    [...(await store.incompleteOf(jobs.map(({ id }) => id)))].map(([id, { runId }]) => [id, runId]);

  test('a job with a trigger has not seen the latest success of another one', async () => {
    const awaited = await newJob({ ...filling, audience_id: '902' });
    const waiting = (state = {}, job_id = awaited.id) =>
      newJob(
        {
          ...filling,
          audience_id: '903',
          run_frequency: 'when_ready',
          day_of_week: null,
          time_of_day: null,
          timezone: null,
          trigger: { kind: 'after_job', job_id },
        },
        { ...initialState, ...state },
      );
    const seen = (minutes: number) => ({ trigger: { seen: time(minutes), firedAt: null, setAt: at(0) } });
    const jobs = [await waiting(), await waiting(seen(2)), await waiting(seen(3)), await waiting({}, 'job_gone')];
    await waiting({ status: 'killed' });
    expect(await store.unseenSuccesses(9)).toEqual([]);
    await run('s1', sentBy('s1', 2), { job: awaited, minutes: 2 });
    await run('s2', sentBy('s2', 3), { job: awaited, minutes: 3 });
    await run('s3', sentBy('s3', 4, {}, 'failed'), { job: awaited, minutes: 4 });
    const success = { id: awaited.id, name: awaited.name };
    const both = jobs.slice(0, 2).map(({ id }) => ({ jobId: id, awaited: success, at: at(3) }));
    const sorted = both.toSorted((a, b) => (a.jobId < b.jobId ? -1 : 1));
    expect(await store.unseenSuccesses(9)).toEqual(sorted);
    expect(await store.unseenSuccesses(1)).toEqual(sorted.slice(0, 1));
    const trigger = { seen: time(3), firedAt: at(5), setAt: at(0) };
    await store.transaction(async (tx) => {
      const { state } = await tx.lockJob(jobs[0]!.id);
      await tx.saveState(jobs[0]!.id, { ...state, status: 'sleeping', trigger });
    });
    expect((await store.getJob(jobs[0]!.id)).state).toMatchObject({ status: 'sleeping', sleepUntil: null, trigger });
    expect((await store.unseenSuccesses(9)).map(({ jobId }) => jobId)).toEqual([jobs[1]!.id]);
  });

  describe('the parts of a split job', () => {
    const scene = async () => {
      const authorizationId = await current.authorize();
      const split = await makeJob(store, authorizationId, filling);
      /** @param seen the time of the run that the part has run for */
      const part = async (value: string, run: string, seen: string | null = null) => {
        const trigger = { kind: 'after_job', job_id: split.id };
        const timing = { run_frequency: 'when_ready', time_of_day: null, timezone: null, trigger };
        const input = aNewJob(authorizationId, { ...timing, segment_id: await current.keepFile() });
        const state = { ...initialState, ...(seen && { trigger: { seen, firedAt: null, setAt: at(0) } }) };
        return store.transaction((tx) => tx.createJob(input, state, system, at(0), { of: split.id, value, run }));
      };
      for (const minutes of [1, 2]) await run(`s${minutes}`, sentBy(`s${minutes}`, minutes), { job: split, minutes });
      return { split, part };
    };
    /** The value of each part that fires, with the minute of the scan for which it does. */
    const fired = async () => {
      const found = await Promise.all(
        (await store.unseenSuccesses(9)).map(async ({ jobId, at: time }) => [
          (await store.getJob(jobId)).part?.value,
          (time.getTime() - at(0).getTime()) / 60_000,
        ]),
      );
      return Object.fromEntries(found);
    };

    test('fire for the last success that has seen their value, and for no other one', async () => {
      const { split, part } = await scene();
      await part('in the last', 's2');
      await part('known', 's2', time(1));
      await part('not in the last', 's1');
      await part('vanished', 's1', time(1));
      await part('done', 's2', time(2));
      await part('of no run', 'none');
      expect(await fired()).toEqual({ 'in the last': 2, known: 2, 'not in the last': 1 });
      // A scan that has not succeeded gives nothing, and one of another job is none.
      await run('s3', sentBy('s3', 3, {}, 'failed'), { job: split, minutes: 3 });
      await run('other', sentBy('other', 4), { job: await newJob({ ...filling, audience_id: '902' }), minutes: 4 });
      await part('in a failed one', 's3');
      await part('in one of another job', 'other');
      expect(await fired()).toEqual({ 'in the last': 2, known: 2, 'not in the last': 1 });
    });

    test('are locked in order, point to newer scans without an edit, and fire again for them', async () => {
      const { split, part } = await scene();
      const parts = [await part('Osaka', 's1', time(1)), await part('Tokyo', 's1', time(1))];
      const ids = parts.map(({ id }) => id).toSorted();
      const segment_id = await current.keepFile();
      await store.transaction(async (tx) => {
        const locked = await tx.lockParts(split.id);
        expect(locked.map(({ id }) => id)).toEqual(ids);
        expect(await tx.lockParts('job_none')).toEqual([]);
        await tx.pointPart(parts[0]!.id, { ...parts[0]!.configuration, segment_id }, 's2', at(3));
      });
      const { configuration, part: osaka, revision } = await store.getJob(parts[0]!.id);
      expect({ osaka, revision }).toEqual({ osaka: { of: split.id, value: 'Osaka', run: 's2' }, revision: 1 });
      expect(configuration).toEqual({ ...parts[0]!.configuration, segment_id });
      expect(await fired()).toEqual({ Osaka: 2 });
      expect(await store.getJob(parts[1]!.id)).toEqual(parts[1]);
    });

    test('are deleted with it, and their runs stay', async () => {
      const { split, part } = await scene();
      const parts = [await part('Osaka', 's2'), await part('Tokyo', 's2')];
      const other = await newJob();
      await run('r1', sentBy('r1', 3), { job: parts[0]!, minutes: 3 });
      await store.transaction((tx) => tx.deleteJob(split.id));
      for (const { id } of [split, ...parts]) {
        await expect(store.getJob(id)).rejects.toMatchObject({ code: 'not_found' });
      }
      expect(await store.getRun('r1')).toMatchObject({ jobId: null, status: 'succeeded' });
      expect(await store.unseenSuccesses(9)).toEqual([]);
      expect(await store.getJob(other.id)).toEqual(other);
    });
  });

  describe('a job is incomplete', () => {
    test('because of its newest part, each of several jobs', async () => {
      const [a, b, c] = [
        await newJob(),
        await newJob({ ...filling, audience_id: '900' }),
        await newJob({ ...filling, audience_id: '901' }),
      ];
      await run('r1', sentBy('r1', 1, {}, 'interrupted'), { job: a });
      await run('r2', sentBy('r2', 3, {}, 'failed'), { job: a, minutes: 2 });
      const another = sentBy('r3', 1, { audienceId: '900' }, 'interrupted');
      await run(
        'r3',
        another.map((event) => (event.type === 'accepted' ? accepted(1, '900') : event)),
        { job: b },
      );
      expect((await incomplete(a, b, c)).sort()).toEqual(
        [
          [a.id, 'r2'],
          [b.id, 'r3'],
        ].sort(),
      );
      expect(await incomplete()).toEqual([]);
      expect((await store.incompleteOf([a.id])).get(a.id)).toEqual({
        runId: 'r2',
        sent: 100,
        total: 100,
        endedAt: at(3),
        continuable: true,
      });
    });

    test('not while its run goes on', async () => {
      const job = await newJob();
      await run('r1', sentBy('r1', 1, {}, 'interrupted'), { job });
      await store.transaction((tx) => tx.requeueRun('r1'));
      expect(await incomplete(job)).toEqual([]);
      await store.transaction((tx) => tx.requestStop('r1', 'end', at(5)));
      expect(await incomplete(job)).toEqual([[job.id, 'r1']]);
      expect((await store.incompleteOf([job.id])).get(job.id)?.endedAt).toEqual(at(5));
    });

    test('not when LINE has nothing or everything of its run', async () => {
      const job = await newJob();
      await run('r1', [started('r1', time(1)), staged(time(1), 7), ended(time(1), 'failed')], { job });
      const whole = sentBy('r2', 2, {}, 'failed');
      await run('r2', [...whole.slice(0, -1), finished(2), whole.at(-1)!], { job, minutes: 2 });
      expect((await store.getRun('r2')).atLine).toBe('whole');
      expect(await incomplete(job)).toEqual([]);
    });

    test('not when it fills another audience or ad account now', async () => {
      const job = await newJob();
      await run('r1', sentBy('r1', 1, {}, 'interrupted'), { job });
      const edit = (revision: number, adaccount_id: string, audience_id: string | null) =>
        store.transaction((tx) =>
          tx.changeJob(
            job.id,
            revision,
            { audience_id, sibling_audience_ids: [], configuration: { ...job.configuration, adaccount_id } },
            aiko,
            at(2),
          ),
        );
      await edit(1, 'A1', '900');
      expect(await incomplete(job)).toEqual([]);
      await edit(2, 'A2', AUDIENCE);
      expect(await incomplete(job)).toEqual([]);
      await edit(3, 'A1', null);
      expect(await incomplete(job)).toEqual([]);
      await edit(4, 'A1', AUDIENCE);
      expect(await incomplete(job)).toEqual([[job.id, 'r1']]);
    });

    test('before LINE has given its audience an id', async () => {
      const job = await newJob({});
      const creating = { audienceId: null, audienceName: 'VIP' };
      const lost = [started('r1', time(1), creating), staged(time(1), 7), intent(time(2))];
      await run('r1', [...lost, ended(time(3), 'interrupted')], { job });
      expect((await store.incompleteOf([job.id])).get(job.id)).toMatchObject({ runId: 'r1', continuable: true });
    });

    test('until another run replaces the audience, and not when one adds to it or fails', async () => {
      const job = await newJob();
      await run('r1', sentBy('r1', 1, {}, 'interrupted'), { job });
      await run('r2', sentBy('r2', 2, { mode: 'append' }));
      await run('r3', sentBy('r3', 3, {}, 'failed'));
      await run('r4', sentBy('r4', 4, { adAccountId: 'A2' }));
      expect(await incomplete(job)).toEqual([[job.id, 'r1']]);
      await run('r5', sentBy('r5', 5));
      expect(await incomplete(job)).toEqual([]);
    });

    test('not after its deletion', async () => {
      const job = await newJob();
      await run('r1', sentBy('r1', 1, {}, 'interrupted'), { job });
      await store.transaction((tx) => tx.deleteJob(job.id));
      expect(await incomplete(job)).toEqual([]);
    });
  });

  describe('a run that left a part may continue', () => {
    const continuable = async (job: StoredJob) => (await store.incompleteOf([job.id])).get(job.id)?.continuable;

    test.each<[string, RunError | null, boolean]>([
      ['after a failure that says so', errorThat(true), true],
      ['after a failure without a reason', null, true],
      ['but not after a failure for good', errorThat(false), false],
    ])('%s', async (_, error, expected) => {
      const job = await newJob();
      const events = sentBy('r1', 1, {}, 'failed').slice(0, -1);
      await run('r1', [...events, { ...ended(time(2), 'failed'), error } as RunEvent], { job });
      expect(await continuable(job)).toBe(expected);
    });

    test('but not when it is forbidden', async () => {
      const job = await newJob();
      await run('r1', sentBy('r1', 1, {}, 'interrupted'), { job });
      expect(await continuable(job)).toBe(true);
      await store.transaction((tx) => tx.forbidContinuing('r1'));
      expect(await continuable(job)).toBe(false);
      expect(await incomplete(job)).toEqual([[job.id, 'r1']]);
    });

    test('but not when its job has a later run', async () => {
      const job = await newJob();
      await run('r1', sentBy('r1', 1, {}, 'interrupted'), { job });
      await queueRun(store, 'r2', job.id, 2);
      expect(await continuable(job)).toBe(false);
      expect(await store.incompleteOf([])).toEqual(new Map());
    });
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

  describe('the recovery finds', () => {
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
});
