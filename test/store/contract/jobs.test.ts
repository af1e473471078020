/** The rows of jobs and of their logs: what is written, what is refused, and what is read. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { JobStore } from '../../../src/contracts/job-store.ts';
import type { JobState } from '../../../src/contracts/jobs.ts';
import { LONGEST_WAIT_MS } from '../../../src/domain/jobs/conditions.ts';
import { localized, sentence } from '../../../src/domain/text/sentence.ts';
import { initialState } from '../../../src/jobs/states.ts';
import { aiko, aNewJob, at } from '../../support/service.ts';
import { AUDIENCE, makeJob, queueRun, recordTransition, sleepingUntil, transition } from '../../support/stored-runs.ts';
import { stores } from '../../support/stores.ts';

const errorOf = (code: string) => ({
  code,
  ...localized(sentence`LINE did not accept the key.`),
  reason: null,
});
const waitingUntil = (until: Date): JobState => ({
  ...initialState,
  status: 'sleeping',
  sleepUntil: until,
  errors: { count: 1, since: at(0) },
  error: errorOf('line_unauthorized'),
});
const ben = { id: 'user-2', name: 'Ben' };

describe.each(stores)('jobs on $kind', (kind) => {
  const current = kind.use();
  let store: JobStore;
  let authorizationId: string;
  beforeEach(async () => {
    store = (await current.open()).store;
    authorizationId = await current.authorize();
  });
  const newJob = (configuration = {}, state = initialState) => makeJob(store, authorizationId, configuration, state);
  const save = (id: string, state: JobState) => store.transaction((tx) => tx.saveState(id, state));

  test('a job is read as it was created', async () => {
    const input = { ...aNewJob(authorizationId), description: 'Monthly', tags: ['a', 'b'] };
    const job = await store.transaction((tx) => tx.createJob(input, sleepingUntil(5), aiko, at(1)));
    expect(job).toEqual({
      damaged: [],
      id: job.id,
      type: input.type,
      name: 'VIP customers',
      description: 'Monthly',
      tags: ['a', 'b'],
      authorizationId,
      sourceAuthorizationId: null,
      configuration: input.configuration,
      audienceId: null,
      siblingAudienceIds: [],
      state: sleepingUntil(5),
      movedFrom: null,
      revision: 1,
      createdBy: aiko.name,
      createdAt: at(1),
      updatedBy: aiko.name,
      updatedAt: at(1),
    });
    expect(await store.getJob(job.id)).toEqual(job);
    expect((await newJob({ audience_id: AUDIENCE, audience_name: null })).audienceId).toBe(AUDIENCE);
  });

  test('each job has another id', async () => {
    expect((await newJob()).id).not.toBe((await newJob()).id);
  });

  test.each<[string, JobState]>([
    ['runs', { ...initialState, slot: at(9) }],
    ['sleeps until its slot', { ...sleepingUntil(9), slot: at(9) }],
    ['tries again', { ...sleepingUntil(9), slot: at(20), errors: { count: 3, since: at(1) } }],
    ['waits for a key', waitingUntil(at(30))],
    [
      'waits for its trigger',
      { ...initialState, status: 'sleeping', trigger: { seen: null, firedAt: null, setAt: at(1) } },
    ],
    ['has tried in vain', { ...sleepingUntil(9), slot: at(9), error: errorOf('line_unreachable') }],
    ['is paused', { ...initialState, status: 'paused', slot: at(3) }],
    ['is complete', { ...initialState, status: 'completed' }],
    ['has failed', { ...initialState, status: 'failed', error: errorOf('audience_shrinks') }],
    ['is terminated', { ...initialState, status: 'killed' }],
  ])('the state of a job that %s is read as it was saved', async (_, state) => {
    const { id } = await newJob();
    await save(id, state);
    expect((await store.getJob(id)).state).toEqual(state);
  });

  test.each<[string, JobState]>([
    ['runs and has a time to wake', { ...initialState, sleepUntil: at(5) }],
    ['is paused and has a time to wake', { ...sleepingUntil(5), status: 'paused' }],
    ['has no errors since a time', { ...initialState, errors: { count: 0, since: at(1) } }],
  ])('no job %s', async (_, state) => {
    const job = await newJob();
    await expect(save(job.id, state)).rejects.toMatchObject({ code: '23514' });
    expect(await store.getJob(job.id)).toEqual(job);
    await expect(newJob({}, state)).rejects.toMatchObject({ code: '23514' });
    // Nothing is refused where nothing is written.
    await save('job_none', state);
  });

  test('the state of a job that is not there is not saved', async () => {
    const { id } = await newJob();
    await store.transaction(async (tx) => {
      await tx.deleteJob(id);
      await tx.saveState(id, sleepingUntil(5));
      await tx.saveState('job_none', sleepingUntil(5));
    });
    await expect(store.getJob(id)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('a custom schedule is read as it was saved, and an edit goes back to a plain one', async () => {
    const custom = {
      run_frequency: 'custom',
      time_of_day: null,
      cron_expressions: ['30 6 * * MON-FRI', '0 12 L * *'],
      timezone: 'Europe/Berlin',
    };
    const job = await newJob(custom);
    expect((await store.getJob(job.id)).configuration).toMatchObject(custom);
    const plain = {
      ...job.configuration,
      run_frequency: 'daily' as const,
      time_of_day: '09:00',
      cron_expressions: null,
    };
    const change = { configuration: plain, audience_id: null, sibling_audience_ids: [] };
    await store.transaction((tx) => tx.changeJob(job.id, 1, change, ben, at(1)));
    expect((await store.getJob(job.id)).configuration).toEqual(plain);
  });

  test('a hold-out is read as it was saved', async () => {
    const hold_out = { share: 10, experiment: 'spring' };
    const job = await newJob({ hold_out });
    expect((await store.getJob(job.id)).configuration.hold_out).toEqual(hold_out);
  });

  test('an edit changes only what it names, and never the state', async () => {
    const job = await newJob();
    const source = await current.authorize();
    const another = await current.authorize();
    const edit = (revision: number, change: object) =>
      store.transaction((tx) =>
        tx.changeJob(job.id, revision, { audience_id: null, sibling_audience_ids: [], ...change }, ben, at(revision)),
      );
    await save(job.id, sleepingUntil(5));
    const expected = { ...job, state: sleepingUntil(5), updatedBy: 'Ben' };
    const all = {
      name: 'New',
      description: 'Shown to nobody',
      tags: ['x'],
      authorization_id: another,
      source_authorization_id: source,
      audience_id: AUDIENCE,
      configuration: { ...job.configuration, adaccount_id: 'A2' },
    };
    const changed = {
      ...expected,
      name: 'New',
      description: 'Shown to nobody',
      tags: ['x'],
      authorizationId: another,
      sourceAuthorizationId: source,
      audienceId: AUDIENCE,
      configuration: all.configuration,
      revision: 2,
      updatedAt: at(1),
    };
    expect(await edit(1, all)).toEqual(changed);
    expect(await edit(2, { audience_id: '900' })).toEqual({
      ...changed,
      audienceId: '900',
      revision: 3,
      updatedAt: at(2),
    });
    expect(await edit(3, { source_authorization_id: null, tags: [], description: '' })).toEqual({
      ...changed,
      audienceId: null,
      sourceAuthorizationId: null,
      tags: [],
      description: '',
      revision: 4,
      updatedAt: at(3),
    });
    expect(await store.getJob(job.id)).toMatchObject({ revision: 4, createdBy: aiko.name, createdAt: at(0) });
  });

  test('an edit of another revision is refused, and its transaction can go on', async () => {
    const job = await newJob();
    const edit = { name: 'New', audience_id: null, sibling_audience_ids: [] };
    await store.transaction(async (tx) => {
      const late = tx.changeJob(job.id, 2, edit, aiko, at(1));
      await expect(late).rejects.toMatchObject({ code: 'changed_meanwhile' });
      const unknown = tx.changeJob('job_none', 1, edit, aiko, at(1));
      await expect(unknown).rejects.toMatchObject({ code: 'not_found' });
      await tx.saveState(job.id, sleepingUntil(5));
    });
    expect(await store.getJob(job.id)).toEqual({ ...job, state: sleepingUntil(5) });
  });

  test('the deletion of a job that is not there does nothing', async () => {
    const [job, kept] = [await newJob(), await newJob()];
    for (const id of [job.id, job.id, 'job_none']) await store.transaction((tx) => tx.deleteJob(id));
    expect(await store.getJob(kept.id)).toEqual(kept);
  });

  test('a deletion takes the log of the job with it, and no other', async () => {
    const [job, kept] = [await newJob(), await newJob()];
    for (const { id } of [job, kept]) {
      await recordTransition(store, id, 'run_now', { runId: id });
      await recordTransition(store, id, 'run_failed', { runId: id, condition: 'failed' });
    }
    await store.transaction((tx) => tx.deleteJob(job.id));
    expect(await store.hasTransition(job.id, 'run_now', job.id)).toBe(false);
    expect(await store.hadProblemSinceSuccess(job.id)).toBe(false);
    expect(await store.hasTransition(kept.id, 'run_now', kept.id)).toBe(true);
    expect(await store.hadProblemSinceSuccess(kept.id)).toBe(true);
  });

  test('only sleeping jobs are due, and those that wait for a time that is too far away', async () => {
    await newJob();
    await newJob({}, { ...initialState, status: 'paused', slot: at(1) });
    const tooFar = new Date(at(1).getTime() + LONGEST_WAIT_MS);
    const lost = await newJob({}, waitingUntil(new Date(tooFar.getTime() + 1)));
    await newJob({}, waitingUntil(tooFar));
    await newJob({}, { ...sleepingUntil(900), errors: { count: 1, since: at(0) } });
    // It has tried in vain, and waits for its slot.
    await newJob({}, { ...sleepingUntil(900), slot: at(900), error: errorOf('line_unreachable') });
    const early = await newJob({}, waitingUntil(at(1)));
    expect(await store.dueJobs(at(1), 9)).toEqual([early.id, lost.id]);
    expect(await store.dueJobs(at(1), 0)).toEqual([]);
    expect(await store.nextWake()).toEqual(at(1));
    expect(await store.nextWake(at(1))).toEqual(tooFar);
    expect(await store.nextWake(at(900))).toBeUndefined();
  });

  test('the jobs of audiences are listed by name, without terminated ones', async () => {
    const make = async (name: string, audienceId: string, state = initialState) => {
      const configuration = { audience_id: audienceId, audience_name: null };
      const input = { ...aNewJob(authorizationId, configuration), name };
      const { id } = await store.transaction((tx) => tx.createJob(input, state, aiko, at(0)));
      return { id, name, audienceId };
    };
    const [b, a, c] = [await make('b', '1'), await make('a', '2'), await make('c', '1')];
    await make('d', '1', { ...initialState, status: 'killed' });
    await make('e', '3');
    await newJob();
    expect(await store.jobsOfAudiences(['1', '2'])).toEqual([a, b, c]);
    expect(await store.jobsOfAudiences(['1', '1'])).toEqual([b, c]);
    expect(await store.jobsOfAudiences([])).toEqual([]);
  });

  test('an entry of the log needs its job', async () => {
    await expect(recordTransition(store, 'job_none', 'edit')).rejects.toMatchObject({ code: '23503' });
    const { id } = await newJob();
    const inOne = store.transaction(async (tx) => {
      await tx.deleteJob(id);
      await tx.recordTransition(transition(id, 'edit'), at(1));
    });
    await expect(inOne).rejects.toMatchObject({ code: '23503' });
    expect((await store.getJob(id)).id).toBe(id);
  });

  test('the newest entry that reports a result tells of a problem', async () => {
    const { id } = await newJob();
    const reportsAfter = async (action: string, change = {}) => {
      await recordTransition(store, id, action, change);
      return store.hadProblemSinceSuccess(id);
    };
    expect(await reportsAfter('run_failed', { condition: 'retrying' })).toBe(false);
    expect(await reportsAfter('run_failed', { to: 'failed', condition: 'retrying' })).toBe(true);
    expect(await reportsAfter('run_succeeded')).toBe(false);
    expect(await reportsAfter('run_failed', { condition: 'needs_approval' })).toBe(true);
    expect(await reportsAfter('run_failed', { condition: 'retrying' })).toBe(true);
    expect(await reportsAfter('run_succeeded', { condition: 'waiting' })).toBe(false);
    expect(await reportsAfter('incomplete')).toBe(true);
    expect(await reportsAfter('edit', { to: 'failed', condition: 'failed' })).toBe(true);
    expect(await reportsAfter('run_succeeded')).toBe(false);
    expect(await reportsAfter('edit', { to: 'failed', condition: 'failed' })).toBe(false);
    expect(await store.hadProblemSinceSuccess('job_none')).toBe(false);
  });

  test('the log has an action of a run once or several times, from a time on', async () => {
    const { id } = await newJob();
    await recordTransition(store, id, 'late', { runId: 'r1' }, 5);
    await recordTransition(store, id, 'late', { runId: 'r1' }, 3);
    expect(await store.hasTransition(id, 'late', 'r1', at(4))).toBe(true);
    expect(await store.hasTransition(id, 'late', 'r1', at(6))).toBe(false);
    expect(await store.hasTransition('job_none', 'late', 'r1')).toBe(false);
  });

  test('a job locks its row and that of its run by their ids', async () => {
    const { id } = await newJob();
    await queueRun(store, 'r1', id);
    await store.transaction(async (tx) => {
      expect((await tx.lockJob(id)).id).toBe(id);
      expect(await tx.lockRun('r1')).toEqual({ status: 'queued', forbidden: false });
      await expect(tx.lockRun('r2')).rejects.toMatchObject({ code: 'not_found' });
      await tx.lockAudience('900');
      // A second time does not wait for the first.
      await tx.lockAudience('900');
      expect((await tx.lockJob(id)).id).toBe(id);
    });
  });
});
