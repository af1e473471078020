/** Which jobs a success of another one starts: those with a trigger, and the parts of a split job. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { JobStore } from '../../../src/contracts/job-store.ts';
import { system } from '../../../src/domain/people/people.ts';
import { initialState } from '../../../src/jobs/states.ts';
import { filling, sentBy, useEarlierRuns } from '../../support/earlier-runs.ts';
import { aNewJob, at } from '../../support/service.ts';
import { makeJob, time } from '../../support/stored-runs.ts';
import { stores } from '../../support/stores.ts';

describe.each(stores)('successes that nobody has seen on $kind', (kind) => {
  const world = useEarlierRuns(kind);
  const { current, newJob, run } = world;
  let store: JobStore;
  beforeEach(() => {
    ({ store } = world);
  });

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
});
