/** The states of jobs: what each action does in each status. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jobStatus } from '../../src/contracts/jobs.ts';
import type { JobStatus } from '../../src/domain/jobs/conditions.ts';
import { sentence } from '../../src/domain/text/sentence.ts';
import type { Action, Facts } from '../../src/jobs/actions.ts';
import { initialState, noRun, transition } from '../../src/jobs/states.ts';
import {
  approval,
  empty,
  facts,
  HOUR,
  job,
  lineAway,
  next,
  now,
  once,
  schedule,
  shrunken,
} from '../support/job-states.ts';

describe('each action in each status', () => {
  const refused = 'refused';
  /** action → status → the new status and what happens to the run, or `refused`. */
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
      'continue',
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
        runnable: refused,
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
    const act = () => transition(job(status), { type, before: { schedule: undefined } } as Action, facts);
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
    const created = transition(initialState, { type: 'create' }, facts);
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

  test('runs once if Keep Updated is off', () => {
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

  test('wakes at its slot, also when the clock shows exactly that time', () => {
    expect(transition(job('sleeping'), { type: 'wake' }, { ...facts, now: next })).toMatchObject({
      state: { status: 'runnable', sleepUntil: null },
      run: { type: 'start', trigger: 'schedule', slot: next },
      note: null,
    });
  });

  test('after a downtime it runs once for all missed slots, and logs this', () => {
    const late = new Date('2026-03-06T05:00:00Z');
    expect(transition(job('sleeping'), { type: 'wake' }, { ...facts, now: late })).toMatchObject({
      run: { trigger: 'schedule', slot: new Date('2026-03-06T00:00:00Z') },
      note: { template: expect.stringContaining('scheduled times passed'), values: [3] },
    });
  });

  test('logs at its end which slots came while it ran', () => {
    const during = job('runnable', { slot: new Date('2026-03-02T00:00:00Z') });
    expect(transition(during, { type: 'run_succeeded' }, facts)).toMatchObject({
      state: { sleepUntil: next, slot: next },
      note: sentence`A scheduled time was skipped because the run was still in progress.`,
    });
    const longer = { ...facts, now: new Date('2026-03-04T01:00:00Z') };
    expect(transition(during, { type: 'run_succeeded' }, longer).note).toMatchObject({
      template: '{0} scheduled times were skipped because the run was still in progress.',
      values: [3],
    });
    expect(transition(during, { type: 'stop_run' }, longer)).toMatchObject({
      state: { status: 'sleeping', sleepUntil: new Date('2026-03-05T00:00:00Z') },
      note: { values: [3] },
    });
    const shorter = { ...facts, now: new Date('2026-03-01T23:59:59Z') };
    expect(transition(during, { type: 'run_succeeded' }, shorter).note).toBeNull();
  });

  test('a run by hand before its slot does not replace the run at the slot', () => {
    const byHand = transition(job('sleeping'), { type: 'run_now' }, facts);
    expect(transition(byHand.state, { type: 'run_succeeded' }, facts).state.sleepUntil).toEqual(next);
  });

  test('starts again if the chunks of its run are gone and its source has changed', () => {
    expect(transition(job('runnable', { slot: next }), { type: 'run_outdated' }, facts)).toMatchObject({
      state: { status: 'runnable', slot: next },
      run: { type: 'start', trigger: 'retry' },
    });
    expect(transition(job('paused'), { type: 'run_outdated' }, facts)).toMatchObject({
      state: { status: 'paused' },
      run: { type: 'none' },
    });
  });

  test('does not serve a slot twice when the clock is set back', () => {
    const woken = transition(job('sleeping'), { type: 'wake' }, { ...facts, now: next });
    const done = transition(
      woken.state,
      { type: 'run_succeeded' },
      { ...facts, now: new Date(next.getTime() - 2 * HOUR) },
    );
    expect(done.state.sleepUntil).toEqual(new Date('2026-03-04T00:00:00Z'));
  });
});

describe('an audience of which LINE holds only a part', () => {
  const continuable: Facts = { ...facts, lastRun: { ...noRun, continuable: true } };
  test.each(['sleeping', 'paused', 'completed', 'failed'] as const)('can be continued when %s', (status) => {
    expect(transition(job(status), { type: 'continue' }, continuable)).toMatchObject({
      state: { status: 'runnable', sleepUntil: null },
      run: { type: 'continue' },
    });
  });
  test.each(['runnable', 'killed'] as const)('cannot be continued when %s', (status) => {
    expect(() => transition(job(status), { type: 'continue' }, continuable)).toThrow(
      expect.objectContaining({ code: 'action_not_allowed' }),
    );
  });
  test('is replaced by a new run at the next slot', () => {
    expect(transition(job('sleeping'), { type: 'wake' }, { ...continuable, now: next }).run).toMatchObject({
      type: 'start',
      slot: next,
    });
  });
});

describe('edits', () => {
  const evening: Facts = {
    ...facts,
    schedule: { run_frequency: 'daily', time_of_day: '18:00', timezone: 'Asia/Tokyo' },
  };

  test('move the sleep to the new schedule', () => {
    expect(transition(job('sleeping'), { type: 'edit', before: { schedule } }, evening).state.sleepUntil).toEqual(
      new Date('2026-03-02T09:00:00Z'),
    );
  });

  test('do not change a retry or a slot that has already come', () => {
    const soon = new Date(now.getTime() + 60_000);
    const errors = { count: 1, since: now };
    const retrying = job('sleeping', { errors, error: lineAway, sleepUntil: soon });
    expect(transition(retrying, { type: 'edit', before: { schedule } }, evening).state).toEqual({
      ...retrying,
      slot: new Date('2026-03-02T09:00:00Z'),
    });
    const due = job('sleeping', { sleepUntil: now, slot: now });
    expect(transition(due, { type: 'edit', before: { schedule } }, evening).state).toEqual(due);
  });

  test('that remove the schedule complete the job', () => {
    expect(transition(job('sleeping'), { type: 'edit', before: { schedule } }, once).state).toMatchObject({
      status: 'completed',
      sleepUntil: null,
    });
  });
});

test('after any actions: a sleeping job has a time to wake, errors have a reason, and killed is final', () => {
  const actions: fc.Arbitrary<Action> = fc.oneof(
    fc.constantFrom<Action>(
      { type: 'wake' },
      { type: 'run_succeeded' },
      { type: 'run_interrupted' },
      { type: 'pause' },
      { type: 'resume' },
      { type: 'run_now' },
      { type: 'run_anyway', approval },
      { type: 'stop_run' },
      { type: 'restart' },
      { type: 'edit', before: { schedule } },
      { type: 'edit', before: { schedule: undefined } },
      { type: 'continue' },
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
    lastRun: fc.record({
      unfinished: fc.boolean(),
      interrupted: fc.boolean(),
      continuable: fc.boolean(),
      approvable: fc.constantFrom(null, 'as_seen' as const, 'new_scan' as const),
      since: fc.constantFrom(null, now),
    }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let { state } = transition(initialState, { type: 'create' }, facts);
      let at = now.getTime();
      for (const { action, hours, scheduled, lastRun } of steps) {
        at += hours * HOUR;
        const before = state;
        try {
          const result = transition(state, action, {
            ...(scheduled ? facts : once),
            now: new Date(at),
            lastRun,
          });
          state = result.state;
          // A run starts or continues exactly when the job is running.
          if (result.run.type === 'start' || result.run.type === 'continue') expect(state.status).toBe('runnable');
          if (before.status === 'runnable' && result.run.type === 'start') throw new Error('two runs at once');
        } catch (error) {
          expect(error).toMatchObject({ code: 'action_not_allowed' });
        }
        expect(state.status === 'sleeping').toBe(state.sleepUntil !== null);
        // After the last try, the reason stays until the next slot.
        if (state.errors) expect(state.error).not.toBeNull();
        if (state.status === 'sleeping' && state.error && !state.errors) expect(state.sleepUntil).toEqual(state.slot);
        if (before.status === 'killed') expect(state).toEqual(before);
      }
    }),
    { numRuns: 500 },
  );
});
