/** What the errors of runs do to a job: it tries again, waits for its next slot or for a person, or fails. */
import { describe, expect, test } from 'vitest';
import { conditionOf, waitsFor } from '../../src/domain/jobs/conditions.ts';
import { sentence } from '../../src/domain/text/sentence.ts';
import type { Action, Facts, LastRun } from '../../src/jobs/actions.ts';
import { noRun, transition } from '../../src/jobs/states.ts';
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
  unexpected,
  unfinished,
} from '../support/job-states.ts';

const judged = (approvable: LastRun['approvable']): Facts => ({
  ...facts,
  lastRun: { ...noRun, approvable },
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
    const edited = transition(waiting, { type: 'edit', before: { schedule } }, once).state;
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
