/** The states of jobs: what each action does in each status. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jobStatus } from '../../src/contracts/jobs.ts';
import { conditionOf, type JobStatus, waitsFor } from '../../src/domain/jobs/conditions.ts';
import { sentence } from '../../src/domain/text/sentence.ts';
import type { Action, Facts, LastRun } from '../../src/jobs/actions.ts';
import { initialState, noRun, transition } from '../../src/jobs/states.ts';
import { facts, HOUR, job, lineAway, next, now, schedule, unexpected, unfinished } from '../support/job-states.ts';

const once: Facts = { ...facts, schedule: undefined };
const shrunken = { code: 'audience_shrinks', message: 'It shrank.', reason: null };
const approval = {
  audiences: [
    {
      delivery: 1,
      identifierType: 'email' as const,
      field: 'email',
      audienceId: '5343822743475',
      audienceName: 'VIP',
      before: { size: 2_000, basis: 'estimate' as const, runId: null, at: null },
      after: 900,
      reasons: [{ code: 'audience_shrinks' as const, measured: 0.55, limit: 0.5, message: 'It shrank.' }],
    },
  ],
  sourceRevision: null,
  jobRevision: 1,
  at: now.toISOString(),
};
const judged = (approvable: LastRun['approvable']): Facts => ({
  ...facts,
  lastRun: { ...noRun, approvable },
});
const empty = { code: 'nothing_to_send', message: 'Nothing.', reason: null };

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
    const act = () => transition(job(status), { type, before: undefined } as Action, facts);
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

describe('errors', () => {
  const failure = (retryable: boolean, error = lineAway): Action => ({
    type: 'run_failed',
    error: { ...error, retryable },
  });

  test('that may pass are tried again, and are reset by a success', () => {
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
    const goesOn = { ...facts, now: later, lastRun: unfinished };
    expect(transition(first.state, { type: 'wake' }, goesOn).run).toEqual({ type: 'continue' });
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

  const weary = job('runnable', {
    errors: { count: 8, since: new Date(now.getTime() - 4 * HOUR) },
    error: lineAway,
  });

  test('that last too long let the job wait for its next slot, where it has all its tries again', () => {
    const waiting = transition(weary, failure(true), facts).state;
    expect(waiting).toMatchObject({ status: 'sleeping', sleepUntil: next, errors: null, error: lineAway });
    expect([conditionOf(waiting), waitsFor(waiting)]).toEqual(['waiting', null]);
    const atSlot = { ...facts, now: next, lastRun: { ...unfinished, since: now } };
    const woken = transition(waiting, { type: 'wake' }, atSlot);
    expect(woken.run).toMatchObject({ type: 'start', trigger: 'schedule', slot: next });
    expect(transition(woken.state, failure(true), atSlot).state).toMatchObject({
      status: 'sleeping',
      sleepUntil: new Date(next.getTime() + 60_000),
      errors: { count: 1, since: next },
    });
    // When the cause is gone before that, a person need not wait. Neither does a job whose authorization was corrected.
    expect(transition(waiting, { type: 'run_now' }, facts).run).toMatchObject({ type: 'start' });
    const awake = { ...waiting, sleepUntil: now };
    expect(transition(awake, { type: 'wake' }, facts).run).toMatchObject({ type: 'start', trigger: 'retry' });
    const paused = transition(waiting, { type: 'pause' }, facts).state;
    expect(transition(paused, { type: 'resume' }, facts).run).toMatchObject({ trigger: 'retry' });
    // Without its schedule, nothing would wake it.
    const edited = transition(waiting, { type: 'edit', before: schedule }, once).state;
    expect([edited.status, conditionOf(edited)]).toEqual(['failed', 'failed']);
  });

  test('of what comes back wait for the next slot at once when a person has run the job', () => {
    const gone: Action = {
      type: 'run_failed',
      error: { code: 'source_not_found', message: 'No.', reason: null, retryable: false, comesBack: true },
    };
    expect(transition(job('runnable'), gone, facts).state).toMatchObject({
      status: 'sleeping',
      sleepUntil: next,
    });
    expect(transition(job('runnable'), gone, once).state.status).toBe('failed');
  });

  test('that last too long fail a job without a schedule; after a resume it has all its tries again', () => {
    const failed = transition(weary, failure(true), once).state;
    expect(failed).toMatchObject({ status: 'failed', sleepUntil: null, error: lineAway });
    const resumed = transition(failed, { type: 'resume' }, { ...facts, lastRun: unfinished });
    expect(resumed).toMatchObject({
      state: { status: 'runnable', errors: null, error: null },
      run: { type: 'continue' },
    });
    expect(transition(resumed.state, failure(true), facts).state.status).toBe('sleeping');
  });

  test('that nobody expects are tried again three times, however many others came before', () => {
    let state = job('runnable', { errors: { count: 6, since: now }, error: lineAway });
    const waits: number[] = [];
    for (;;) {
      const { state: after } = transition(state, failure(true, unexpected), facts);
      if (after.status === 'failed') break;
      waits.push((after.sleepUntil!.getTime() - now.getTime()) / 60_000);
      state = { ...after, status: 'runnable', sleepUntil: null };
    }
    expect(waits).toEqual([1, 2, 4]);
  });

  test('that nobody expects have no more time than others', () => {
    const weary = job('runnable', {
      errors: { count: 1, since: new Date(now.getTime() - 4 * HOUR) },
      error: lineAway,
    });
    expect(transition(weary, failure(true, unexpected), facts).state.status).toBe('failed');
  });

  test('that are permanent fail the job at once', () => {
    expect(transition(job('runnable'), failure(false), facts).state).toMatchObject({
      status: 'failed',
      error: lineAway,
    });
  });

  test('about a shrunken audience wait for a person, who can let it past the guard once', () => {
    const stopped = transition(job('runnable'), failure(false, shrunken), facts).state;
    expect(stopped).toMatchObject({ status: 'sleeping', sleepUntil: next, error: shrunken });
    expect(conditionOf(stopped)).toBe('needs_approval');
    // What the person saw is sent.
    expect(transition(stopped, { type: 'run_anyway', approval }, judged('as_seen'))).toMatchObject({
      state: { status: 'runnable', slot: next, errors: null, error: null },
      run: { type: 'continue', approval },
      note: sentence`Approved: ${2_000} → ${900} members.`,
    });
    // After a day it is no longer kept.
    expect(transition(stopped, { type: 'run_anyway', approval }, judged('new_scan'))).toMatchObject({
      state: { status: 'runnable', slot: next },
      run: { type: 'start', trigger: 'anyway', approval },
    });
    // A run of an earlier version has no numbers, and those of a changed job are not its own.
    expect(() => transition(stopped, { type: 'run_anyway', approval }, judged(null))).toThrow('Run the job again');
    // Without a schedule only a person can run it again.
    const forGood = transition(job('runnable'), failure(false, shrunken), once).state;
    expect([forGood.status, conditionOf(forGood)]).toEqual(['failed', 'needs_approval']);
    const afterJudgement = { ...once, lastRun: judged('as_seen').lastRun };
    expect(transition(forGood, { type: 'run_anyway', approval }, afterJudgement).run).toEqual({
      type: 'continue',
      approval,
    });
  });

  test('that wait for a person do not stop the schedule: at its next slot the job runs again under the same guard', () => {
    const stopped = transition(job('runnable', { slot: next }), failure(false, shrunken), facts).state;
    const atSlot = { ...facts, now: next, lastRun: { ...unfinished, since: now } };
    const woken = transition(stopped, { type: 'wake' }, atSlot);
    expect(woken).toMatchObject({
      run: { type: 'start', trigger: 'schedule', slot: next, approval: null },
      note: null,
    });
    const again = transition(woken.state, failure(false, shrunken), atSlot).state;
    expect(again).toMatchObject({ sleepUntil: new Date('2026-03-04T00:00:00Z'), errors: { count: 2 } });
    expect(conditionOf(again)).toBe('needs_approval');
    // After a pause and a resume it waits as before.
    const resumed = transition(transition(again, { type: 'pause' }, atSlot).state, { type: 'resume' }, atSlot);
    expect([resumed.state, resumed.run.type]).toEqual([again, 'none']);
    expect(transition(woken.state, { type: 'run_succeeded' }, atSlot).state).toMatchObject({ error: null });
  });

  test.each([empty, { ...empty, code: 'too_few_rows' }])(
    'about a result that is never sent keep the schedule, and nobody can override them; without a schedule the job fails: $code',
    (refused) => {
      const nothing = transition(job('runnable'), failure(false, refused), facts).state;
      expect(nothing).toMatchObject({ status: 'sleeping', sleepUntil: next, error: refused });
      expect(conditionOf(nothing)).toBe('retrying');
      expect(() => transition(nothing, { type: 'run_anyway', approval }, judged('as_seen'))).toThrow(
        'No guard has stopped',
      );
      const forGood = transition(job('runnable'), failure(false, refused), once).state;
      expect([forGood.status, conditionOf(forGood)]).toEqual(['failed', 'failed']);
    },
  );

  test.each([
    ['line_unauthorized', 'key'],
    ['line_forbidden', 'key'],
    ['source_unauthorized', 'key'],
    ['line_clock_skewed', 'clock'],
  ] as const)(
    'with the code %s let the job wait for the %s, and it tries again at growing intervals without a limit',
    (code, cause) => {
      const refused = failure(false, { code, message: 'No.', reason: null });
      let state = transition(job('runnable'), refused, once).state;
      expect([conditionOf(state), waitsFor(state)]).toEqual(['waiting', cause]);
      let at = now;
      const waits: number[] = [];
      for (let n = 0; n < 12; n += 1) {
        waits.push((state.sleepUntil!.getTime() - at.getTime()) / 60_000);
        at = state.sleepUntil!;
        const lastRun = { ...unfinished, since: at };
        const woken = transition(state, { type: 'wake' }, { ...once, now: at, lastRun });
        expect(woken.run).toEqual({ type: 'continue' });
        state = transition(woken.state, refused, { ...once, now: at }).state;
      }
      expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60]);
      // Chunks that were staged long ago are not sent automatically. The job reads the source again.
      const stale = {
        ...once,
        now: at,
        lastRun: { ...unfinished, since: new Date(at.getTime() - 25 * HOUR) },
      };
      const due = { ...state, sleepUntil: at };
      expect(transition(due, { type: 'wake' }, stale).run).toMatchObject({ type: 'start', trigger: 'retry' });
    },
  );

  test('do not let a job sleep for days after a clock was days ahead and was corrected', () => {
    const skewed = failure(false, { code: 'line_clock_skewed', message: 'No.', reason: null });
    const ahead = { ...facts, now: new Date(now.getTime() + 240 * HOUR) };
    const waiting = transition(transition(job('sleeping'), { type: 'wake' }, ahead).state, skewed, ahead);
    const woken = transition(waiting.state, { type: 'wake' }, facts);
    expect(transition(woken.state, { type: 'run_succeeded' }, facts).state.sleepUntil).toEqual(next);
  });

  test('of one kind do not extend the age of another kind', () => {
    const days = transition(job('runnable'), failure(false, shrunken), facts).state;
    const later = { ...facts, now: next };
    const woken = transition(days, { type: 'wake' }, later).state;
    expect(transition(woken, failure(true), later).state).toMatchObject({
      status: 'sleeping',
      errors: { count: 1, since: next },
    });
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
    expect(transition(job('sleeping'), { type: 'edit', before: schedule }, evening).state.sleepUntil).toEqual(
      new Date('2026-03-02T09:00:00Z'),
    );
  });

  test('do not change a retry or a slot that has already come', () => {
    const soon = new Date(now.getTime() + 60_000);
    const errors = { count: 1, since: now };
    const retrying = job('sleeping', { errors, error: lineAway, sleepUntil: soon });
    expect(transition(retrying, { type: 'edit', before: schedule }, evening).state).toEqual({
      ...retrying,
      slot: new Date('2026-03-02T09:00:00Z'),
    });
    const due = job('sleeping', { sleepUntil: now, slot: now });
    expect(transition(due, { type: 'edit', before: schedule }, evening).state).toEqual(due);
  });

  test('that remove the schedule complete the job', () => {
    expect(transition(job('sleeping'), { type: 'edit', before: schedule }, once).state).toMatchObject({
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
      { type: 'edit', before: schedule },
      { type: 'edit', before: undefined },
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
