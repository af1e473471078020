import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type JobState, type JobStatus, jobStatus } from '../../src/contracts/jobs.ts';
import type { Schedule } from '../../src/contracts/schedule.ts';
import { sentence } from '../../src/contracts/sentence.ts';
import { type Action, type Facts, transition, unborn } from '../../src/jobs/states.ts';

const HOUR = 3_600_000;
const now = new Date('2026-03-02T03:00:00Z');
const schedule: Schedule = { run_frequency: 'daily', time_of_day: '09:00', timezone: 'Asia/Tokyo' };
const next = new Date('2026-03-03T00:00:00Z');
const facts: Facts = { now, schedule, unfinishedRun: false, runSince: null, retryLimitMs: 4 * HOUR };
const once: Facts = { ...facts, schedule: undefined };

const job = (status: JobStatus, more: Partial<JobState> = {}): JobState => ({
  ...unborn,
  status,
  ...(status === 'sleeping' && { sleepUntil: next, slot: next }),
  ...more,
});
const lineAway = { code: 'line_unreachable', message: 'LINE is away.', reason: null };
const shrunken = { code: 'audience_shrinks', message: 'It shrank.', reason: null };
const empty = { code: 'nothing_to_send', message: 'Nothing.', reason: null };

describe('what each action does in each status', () => {
  const refused = 'refused';
  /** action → status → what it becomes and what happens to the run, or `refused`. */
  const table: [Action['type'], Record<JobStatus, string>][] = [
    [
      'pause',
      {
        runnable: 'paused, stop',
        sleeping: 'paused, none',
        paused: refused,
        completed: refused,
        failed: refused,
        killed: refused,
      },
    ],
    [
      'resume',
      {
        runnable: refused,
        sleeping: refused,
        paused: 'sleeping, none',
        completed: refused,
        failed: 'runnable, start',
        killed: refused,
      },
    ],
    [
      'run_now',
      {
        runnable: refused,
        sleeping: 'runnable, start',
        paused: refused,
        completed: 'runnable, start',
        failed: 'runnable, start',
        killed: refused,
      },
    ],
    [
      'run_anyway',
      {
        runnable: refused,
        sleeping: refused,
        paused: refused,
        completed: refused,
        failed: refused,
        killed: refused,
      },
    ],
    [
      'stop_run',
      {
        runnable: 'sleeping, stop',
        sleeping: refused,
        paused: refused,
        completed: refused,
        failed: refused,
        killed: refused,
      },
    ],
    [
      'restart',
      {
        runnable: refused,
        sleeping: 'runnable, start',
        paused: 'runnable, start',
        completed: 'runnable, start',
        failed: 'runnable, start',
        killed: refused,
      },
    ],
    [
      'terminate',
      {
        runnable: 'killed, stop',
        sleeping: 'killed, none',
        paused: 'killed, none',
        completed: 'killed, none',
        failed: 'killed, none',
        killed: refused,
      },
    ],
    [
      'edit',
      {
        runnable: 'runnable, none',
        sleeping: 'sleeping, none',
        paused: 'paused, none',
        completed: 'sleeping, none',
        failed: 'failed, none',
        killed: refused,
      },
    ],
    [
      'run_succeeded',
      {
        runnable: 'sleeping, none',
        sleeping: 'sleeping, none',
        paused: 'paused, none',
        completed: 'completed, none',
        failed: 'failed, none',
        killed: 'killed, none',
      },
    ],
    [
      'run_interrupted',
      {
        runnable: 'runnable, continue',
        sleeping: 'sleeping, none',
        paused: 'paused, none',
        completed: 'completed, none',
        failed: 'failed, none',
        killed: 'killed, none',
      },
    ],
    [
      'wake',
      {
        runnable: 'runnable, none',
        sleeping: refused,
        paused: refused,
        completed: refused,
        failed: refused,
        killed: refused,
      },
    ],
  ];

  const cases = table.flatMap(([type, row]) =>
    jobStatus.options.map((status) => ({ type, status, expected: row[status] })),
  );
  test.each(cases)('$type when $status: $expected', ({ type, status, expected }) => {
    const act = () => transition(job(status), { type } as Action, facts);
    if (expected === refused) {
      expect(act).toThrow(expect.objectContaining({ code: 'action_not_allowed' }));
    } else {
      const { state, run } = act();
      expect(`${state.status}, ${run.type}`).toBe(expected);
    }
  });
});

describe('the life of a job', () => {
  test('is created running, and sleeps until its next slot', () => {
    const created = transition(unborn, { type: 'create' }, facts);
    expect(created).toMatchObject({
      state: { status: 'runnable' },
      run: { type: 'start', trigger: 'created', slot: null },
    });
    expect(transition(created.state, { type: 'run_succeeded' }, facts).state).toMatchObject({
      status: 'sleeping',
      sleepUntil: next,
      slot: next,
    });
  });

  test('with Keep Updated off it runs once', () => {
    expect(transition(job('runnable'), { type: 'run_succeeded' }, once).state).toMatchObject({
      status: 'completed',
      sleepUntil: null,
    });
    expect(transition(job('runnable'), { type: 'stop_run' }, once).state.status).toBe('paused');
    expect(transition(job('paused'), { type: 'resume' }, once)).toMatchObject({
      state: { status: 'runnable' },
      run: { type: 'start' },
    });
  });

  test('wakes at its slot, also when the clock stands exactly there', () => {
    expect(transition(job('sleeping'), { type: 'wake' }, { ...facts, now: next })).toMatchObject({
      state: { status: 'runnable', sleepUntil: null },
      run: { type: 'start', trigger: 'schedule', slot: next },
      note: null,
    });
  });

  test('after a downtime it makes up once for all that was missed, and says so', () => {
    const late = new Date('2026-03-06T05:00:00Z');
    expect(transition(job('sleeping'), { type: 'wake' }, { ...facts, now: late })).toMatchObject({
      run: { trigger: 'schedule', slot: new Date('2026-03-06T00:00:00Z') },
      note: { template: expect.stringContaining('slots passed'), values: [3] },
    });
  });

  test('skips a slot that comes while it runs, and says so', () => {
    const before = job('runnable');
    expect(transition(before, { type: 'wake' }, facts)).toEqual({
      state: before,
      run: { type: 'none' },
      note: sentence`A slot came while a run was going on; it is skipped.`,
    });
  });

  test('notes at its end which slots came while it ran', () => {
    const during = { ...facts, runSince: new Date('2026-03-01T00:00:00Z') };
    // 00:00 UTC of 2 March is one; that of 1 March is the moment of its own beginning.
    expect(transition(job('runnable'), { type: 'run_succeeded' }, during).note).toEqual(
      sentence`A slot came while the run was going on, and was skipped.`,
    );
    const longer = { ...during, now: new Date('2026-03-04T01:00:00Z') };
    expect(transition(job('runnable'), { type: 'run_succeeded' }, longer).note).toMatchObject({
      template: '{0} slots came while the run was going on, and were skipped.',
      values: [3],
    });
    const shorter = { ...during, now: new Date('2026-03-01T23:59:59Z') };
    expect(transition(job('runnable'), { type: 'run_succeeded' }, shorter).note).toBeNull();
  });

  test('run by hand before its slot, it runs at the slot all the same', () => {
    const byHand = transition(job('sleeping'), { type: 'run_now' }, facts);
    expect(transition(byHand.state, { type: 'run_succeeded' }, facts).state.sleepUntil).toEqual(next);
  });

  test('starts anew when what its run had staged is gone and its source has changed', () => {
    const scheduled = job('runnable', { slot: now });
    expect(transition(scheduled, { type: 'run_outdated' }, facts)).toMatchObject({
      state: { status: 'runnable', slot: now },
      run: { type: 'start', trigger: 'retry', slot: now },
    });
    expect(transition(job('paused'), { type: 'run_outdated' }, facts)).toMatchObject({
      state: { status: 'paused' },
      run: { type: 'none' },
    });
  });

  test('a clock put back never brings a slot twice', () => {
    const woken = transition(job('sleeping'), { type: 'wake' }, { ...facts, now: next });
    const done = transition(
      woken.state,
      { type: 'run_succeeded' },
      { ...facts, now: new Date(next.getTime() - 2 * HOUR) },
    );
    expect(done.state.sleepUntil).toEqual(new Date('2026-03-04T00:00:00Z'));
  });
});

describe('errors', () => {
  const failure = (retryable: boolean, error = lineAway): Action => ({
    type: 'run_failed',
    error: { ...error, retryable },
  });

  test('that may pass are tried again, and forgotten after a success', () => {
    const first = transition(job('runnable'), failure(true), facts);
    expect(first.state).toMatchObject({
      status: 'sleeping',
      sleepUntil: new Date(now.getTime() + 60_000),
      errors: { count: 1, since: now },
      error: lineAway,
    });
    const later = new Date(now.getTime() + 61_000);
    const woken = transition(first.state, { type: 'wake' }, { ...facts, now: later });
    expect(woken.run).toMatchObject({ type: 'start', trigger: 'retry' });
    const unfinished = { ...facts, now: later, unfinishedRun: true };
    expect(transition(first.state, { type: 'wake' }, unfinished).run).toEqual({ type: 'continue' });
    const second = transition(woken.state, failure(true), { ...facts, now: later });
    expect(second.state).toMatchObject({
      sleepUntil: new Date(later.getTime() + 120_000),
      errors: { count: 2, since: now },
    });
    expect(transition(woken.state, { type: 'run_succeeded' }, facts).state).toMatchObject({
      errors: null,
      error: null,
      sleepUntil: next,
    });
  });

  test('that last too long fail the job; resumed, it has all its tries again', () => {
    const weary = job('runnable', {
      errors: { count: 8, since: new Date(now.getTime() - 4 * HOUR) },
      error: lineAway,
    });
    const failed = transition(weary, failure(true), facts).state;
    expect(failed).toMatchObject({ status: 'failed', sleepUntil: null, error: lineAway });
    const resumed = transition(failed, { type: 'resume' }, { ...facts, unfinishedRun: true });
    expect(resumed).toMatchObject({
      state: { status: 'runnable', errors: null, error: null },
      run: { type: 'continue' },
    });
    expect(transition(resumed.state, failure(true), facts).state.status).toBe('sleeping');
  });

  test('that are permanent fail it at once', () => {
    expect(transition(job('runnable'), failure(false), facts).state).toMatchObject({
      status: 'failed',
      error: lineAway,
    });
  });

  test('a shrunken audience waits for a person, whose word runs it once past the guard; an empty one cannot be waved through', () => {
    const stopped = transition(job('runnable'), failure(false, shrunken), facts).state;
    expect(transition(stopped, { type: 'run_anyway' }, facts)).toMatchObject({
      state: { status: 'runnable' },
      run: { type: 'start', trigger: 'anyway', waivesGuard: true },
    });
    const nothing = transition(job('runnable'), failure(false, empty), facts).state;
    expect(() => transition(nothing, { type: 'run_anyway' }, facts)).toThrow('no guard’s stop');
  });
});

describe('edits', () => {
  const evening: Facts = {
    ...facts,
    schedule: { run_frequency: 'daily', time_of_day: '18:00', timezone: 'Asia/Tokyo' },
  };

  test('move the sleep to the new schedule', () => {
    expect(transition(job('sleeping'), { type: 'edit' }, evening).state.sleepUntil).toEqual(
      new Date('2026-03-02T09:00:00Z'),
    );
  });

  test('leave a retry, and a slot that has come already, as they are', () => {
    const retrying = job('sleeping', { errors: { count: 1, since: now }, error: lineAway, sleepUntil: next });
    expect(transition(retrying, { type: 'edit' }, evening).state).toEqual(retrying);
    const due = job('sleeping', { sleepUntil: now, slot: now });
    expect(transition(due, { type: 'edit' }, evening).state).toEqual(due);
  });

  test('that end the schedule complete it', () => {
    expect(transition(job('sleeping'), { type: 'edit' }, once).state).toMatchObject({
      status: 'completed',
      sleepUntil: null,
    });
  });
});

test('whatever happens: asleep means a time to wake, errors mean a reason, and killed is for good', () => {
  const actions: fc.Arbitrary<Action> = fc.oneof(
    fc.constantFrom<Action>(
      { type: 'wake' },
      { type: 'run_succeeded' },
      { type: 'run_interrupted' },
      { type: 'pause' },
      { type: 'resume' },
      { type: 'run_now' },
      { type: 'run_anyway' },
      { type: 'stop_run' },
      { type: 'restart' },
      { type: 'edit' },
      { type: 'terminate' },
    ),
    fc
      .record({ retryable: fc.boolean(), error: fc.constantFrom(lineAway, shrunken, empty) })
      .map(({ retryable, error }): Action => ({ type: 'run_failed', error: { ...error, retryable } })),
  );
  const step = fc.record({
    action: actions,
    hours: fc.integer({ min: -24, max: 48 }),
    scheduled: fc.boolean(),
    unfinishedRun: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let { state } = transition(unborn, { type: 'create' }, facts);
      let at = now.getTime();
      for (const { action, hours, scheduled, unfinishedRun } of steps) {
        at += hours * HOUR;
        const before = state;
        try {
          const result = transition(state, action, {
            ...(scheduled ? facts : once),
            now: new Date(at),
            unfinishedRun,
          });
          state = result.state;
          // A run starts or goes on exactly when the job is running.
          if (result.run.type === 'start' || result.run.type === 'continue')
            expect(state.status).toBe('runnable');
          if (before.status === 'runnable' && result.run.type === 'start')
            throw new Error('two runs at once');
        } catch (error) {
          expect(error).toMatchObject({ code: 'action_not_allowed' });
        }
        expect(state.status === 'sleeping').toBe(state.sleepUntil !== null);
        expect(state.errors === null).toBe(state.error === null);
        if (before.status === 'killed') expect(state).toEqual(before);
      }
    }),
    { numRuns: 500 },
  );
});
