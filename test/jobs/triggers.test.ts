/** Triggers: what makes a slot, and that a slot makes one run. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JobState } from '../../src/contracts/jobs.ts';
import { conditionOf } from '../../src/domain/jobs/conditions.ts';
import type { AfterJob } from '../../src/domain/schedule/triggers/after-job.ts';
import type { Trigger } from '../../src/domain/schedule/triggers/index.ts';
import {
  hasCome,
  slotFor,
  type TriggerState,
  wasReadOtherwise,
  withRead,
} from '../../src/domain/schedule/triggers/seen.ts';
import { whenReady } from '../../src/domain/schedule/triggers/words.ts';
import { localized, sentence } from '../../src/domain/text/sentence.ts';
import type { Action, Facts } from '../../src/jobs/actions.ts';
import { missedDeadline } from '../../src/jobs/deadline.ts';
import { judgedAgain } from '../../src/jobs/slots.ts';
import { initialState, noRun, transition } from '../../src/jobs/states.ts';

const MINUTE = 60_000;
const now = new Date('2026-03-02T00:00:00Z');
const at = (minutes: number): Date => new Date(now.getTime() + minutes * MINUTE);
const trigger: AfterJob = { kind: 'after_job', job_id: 'job_1', at_most_every_minutes: 15, deadline: null };
const facts: Facts = { now, schedule: undefined, trigger, lastRun: noRun, retryLimitMs: 6 * 60 * MINUTE };
/** Facts at a minute, when the last run was queued at another one. */
const on = (minute: number, queued?: number): Facts => ({
  ...facts,
  now: at(minute),
  lastRun: { ...noRun, since: queued === undefined ? null : at(queued) },
});
const why = sentence`It has come.`;
const come = (seen: string): Action => ({ type: 'trigger', seen, why });
const away = { code: 'line_unreachable', message: 'Away.', reason: null };
const then = (state: JobState, action: Action, at: Facts) => transition(state, action, at).state;

test.each<[Partial<Trigger> & Pick<Trigger, 'kind'>, string | undefined]>([
  [{ kind: 'after_job', job_id: 'job_1' }, 'when "Shop" has succeeded'],
  [{ kind: 'object', address: null }, 'when a new object comes'],
  [{ kind: 'table', column: 'updated_at', query: null }, 'when the table changes'],
  [{ kind: 'table', column: null, query: 'SELECT 1' }, 'when the value of the query changes'],
  [{ kind: 'webhook', deadline: '09:00' }, 'when a webhook comes, expected by 09:00 (Asia/Tokyo)'],
])('%j is said as: %s', (part, words) => {
  const own = { at_most_every_minutes: 15, deadline: null, ...part } as Trigger;
  const when = whenReady(own, { awaited: 'Shop', timezone: 'Asia/Tokyo' });
  expect(when && localized(when).message).toBe(words);
});

test('nothing is said of a job that waits for one that is not there', () => {
  expect(whenReady(trigger, { awaited: undefined, timezone: null })).toBeUndefined();
});

const created = transition(initialState, { type: 'create' }, { ...facts, seen: '1' }).state;
const idle = then(created, { type: 'run_succeeded' }, on(1, 0));

test.each([
  [null, null, false],
  [null, '1', true],
  ['1', '1', false],
  ['1', '2', true],
  // What was there was deleted.
  ['2', '1', false],
  ['2', null, false],
])('seen before %s, there now %s: has come %s', (before, present, expected) => {
  expect(hasCome('after_job', before, present)).toBe(expected);
});

describe('what runs have read', () => {
  const state: TriggerState = { seen: 'a', firedAt: null, setAt: now };
  const read = (...found: (string | null)[]): TriggerState =>
    found.reduce((before, text, index) => withRead(before, { runId: `run_${index}`, found: text }), state);
  const mustRun = (state: TriggerState, succeeded?: string) => wasReadOtherwise('table', state, 'a', succeeded);

  test('counts when it is something else than what is there, until a run has read that', () => {
    expect([mustRun(state), mustRun(read('a')), mustRun(read('b')), mustRun(read(null))]).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect([mustRun(read('b', 'a')), mustRun(read('b', 'a'), 'run_1')]).toEqual([true, false]);
    expect([mustRun(read('b', 'c')), mustRun(read('b', 'c'), 'run_1')]).toEqual([true, true]);
    expect(wasReadOtherwise('table', read('b'), 'b', undefined)).toBe(false);
    expect(wasReadOtherwise('table', read('b'), null, undefined)).toBe(false);
  });

  test('is kept once for each state, and of many only that they were there', () => {
    expect(read('b', 'c', 'b').reads).toEqual([
      { runId: 'run_1', found: 'c' },
      { runId: 'run_2', found: 'b' },
    ]);
    const many = Array.from({ length: 9 }, (_, index) => `b${index}`);
    expect(read(...many.slice(0, 8)).reads).toHaveLength(8);
    expect(read(...many).reads).toEqual([{ runId: 'run_8', found: null }]);
  });

  test('no longer counts when the trigger has fired, because a run follows', () => {
    const changed = { ...idle, trigger: { ...idle.trigger!, ...read('b'), seen: '1' } };
    expect(then(changed, come('1'), on(20, 0)).trigger).toMatchObject({ seen: '1', firedAt: at(20), reads: undefined });
  });
});

test.each([
  ['without an earlier run', null, 0, 0],
  ['long after the run before', 0, 20, 20],
  ['soon after the run before', 0, 5, 15],
  ['when a clock that was ahead has started the run before', 600, 5, 20],
])('a slot %s', (_, queued, minute, expected) => {
  expect(slotFor(trigger, queued === null ? null : at(queued), at(minute))).toEqual(at(expected));
});

describe('a job with a trigger', () => {
  test('runs once when it is created, and remembers what was there', () => {
    expect(created).toMatchObject({ status: 'runnable', slot: null, trigger: { seen: '1', firedAt: null } });
  });

  test('then sleeps without a time', () => {
    expect([idle.status, idle.sleepUntil, conditionOf(idle)]).toEqual(['sleeping', null, 'scheduled']);
    expect(() => transition(idle, { type: 'wake' }, on(60))).toThrow('not due');
  });

  test('gets a slot, and one run for all that has come by then', () => {
    const first = then(idle, come('2'), on(5, 0));
    expect([first.sleepUntil, first.slot, first.trigger?.seen]).toEqual([at(15), at(15), '2']);
    const second = then(first, come('3'), on(10, 0));
    expect([second.sleepUntil, second.slot, second.trigger?.seen]).toEqual([at(15), at(15), '3']);
    const woken = transition(second, { type: 'wake' }, on(15, 0));
    expect(woken.run).toMatchObject({ type: 'start', trigger: 'schedule', slot: at(15) });
    expect(woken.state.slot).toBeNull();
    expect(then(woken.state, { type: 'run_succeeded' }, on(16, 15))).toMatchObject({ sleepUntil: null, slot: null });
  });

  test('runs again for what has come during a run, which may have read the data before', () => {
    const running = then(created, come('2'), on(5, 0));
    expect([running.status, running.slot]).toEqual(['runnable', at(15)]);
    const slept = then(running, { type: 'run_succeeded' }, on(30, 0));
    expect([slept.status, slept.sleepUntil]).toEqual(['sleeping', at(15)]);
    expect(transition(slept, { type: 'wake' }, on(30, 0)).run).toMatchObject({ type: 'start', slot: at(15) });
  });

  test('keeps a slot while it is paused, and makes up for it', () => {
    const paused = then(then(idle, { type: 'pause' }, on(2)), come('2'), on(20, 0));
    expect([paused.status, paused.slot]).toEqual(['paused', at(20)]);
    expect(transition(paused, { type: 'resume' }, on(60, 0)).run).toMatchObject({ type: 'start', slot: at(20) });
    expect(then(then(idle, { type: 'pause' }, on(2)), { type: 'resume' }, on(60, 0))).toMatchObject(idle);
  });

  test('is started anew, and what it has seen makes no further run', () => {
    const paused = then(idle, { type: 'pause' }, on(2));
    expect(then(paused, { type: 'restart' }, on(3, 0)).trigger).toEqual(idle.trigger);
  });

  test('runs at once for a person, who then gets what has come', () => {
    const waiting = then(idle, come('2'), on(5, 0));
    const done = transition(waiting, { type: 'run_now' }, on(6, 0));
    expect([done.state.slot, done.run]).toMatchObject([null, { type: 'start', trigger: 'manual', slot: at(15) }]);
  });

  test('waits for its trigger after what passes by itself, and for a person after the guard', () => {
    const fail = (code: string, retryable: boolean) =>
      then(
        created,
        { type: 'run_failed', error: { ...away, code, retryable, comesBack: retryable } },
        { ...on(1, 0), retryLimitMs: 0 },
      );
    const gone = fail('line_unreachable', true);
    expect([gone.status, gone.sleepUntil, conditionOf(gone)]).toEqual(['sleeping', null, 'waiting']);
    expect(transition(then(gone, come('2'), on(20, 0)), { type: 'wake' }, on(20, 0)).run).toMatchObject({
      type: 'start',
      slot: at(20),
    });
    const guarded = fail('audience_shrinks', false);
    expect([guarded.status, guarded.sleepUntil, conditionOf(guarded)]).toEqual(['sleeping', null, 'needs_approval']);
    expect(fail('line_rejected', false).status).toBe('failed');
  });

  test('keeps what it has seen when its bounds are edited, and begins anew with another job', () => {
    const before = { schedule: undefined, trigger };
    const rarer = { ...on(5, 0), trigger: { ...trigger, at_most_every_minutes: 60 }, seen: '9' };
    expect(then(idle, { type: 'edit', before }, rarer).trigger?.seen).toBe('1');
    const other = { ...on(5, 0), trigger: { ...trigger, job_id: 'job_2' }, seen: '9' };
    expect(then(idle, { type: 'edit', before }, other).trigger?.seen).toBe('9');
    expect(then(idle, { type: 'edit', before }, { ...on(5, 0), trigger: undefined })).toMatchObject({
      status: 'completed',
      trigger: undefined,
    });
  });

  test('does not sleep for days by a clock that was ahead', () => {
    const ahead = then(idle, come('2'), on(10_000, 0));
    expect(judgedAgain(ahead, on(0))?.sleepUntil).toEqual(at(15));
    expect(judgedAgain(idle, on(0))).toBeUndefined();
  });

  test('has one run for each slot, whatever happens', () => {
    const actions = fc.constantFrom<Action['type']>(
      'trigger',
      'trigger',
      'wake',
      'run_succeeded',
      'run_interrupted',
      'pause',
      'resume',
      'run_now',
      'stop_run',
    );
    fc.assert(
      fc.property(fc.array(actions, { maxLength: 40 }), (types) => {
        let state = created;
        let queued = 0;
        let pending = 0;
        for (const [n, type] of types.entries()) {
          const minute = (n + 1) * 7;
          const action = (type === 'trigger' ? come(String(n + 2)) : { type }) as Action;
          let done: ReturnType<typeof transition>;
          try {
            done = transition(state, action, on(minute, queued));
          } catch {
            continue;
          }
          state = done.state;
          if (type === 'trigger') pending += 1;
          if (done.run.type === 'start') {
            queued = minute;
            pending = 0;
          }
          // What has come and was not run for has a slot, and nothing else has one.
          expect(state.slot !== null).toBe(pending > 0);
          if (state.status === 'sleeping') expect(state.sleepUntil).toEqual(state.slot);
        }
      }),
    );
  });
});

describe('a deadline', () => {
  const job = (firedAt: string | null, setAt = '2026-03-01T00:00:00Z', deadline = '09:00') => ({
    configuration: {
      continuous_update: true,
      run_frequency: 'when_ready',
      timezone: 'Asia/Tokyo',
      trigger: { ...trigger, deadline },
    },
    state: { ...idle, trigger: { seen: null, firedAt: firedAt && new Date(firedAt), setAt: new Date(setAt) } },
  });
  const missed = (waiting: ReturnType<typeof job>, time: string) =>
    missedDeadline(waiting as unknown as Parameters<typeof missedDeadline>[0], new Date(time))?.toISOString() ?? null;
  const NINE = '2026-03-03T00:00:00.000Z';

  test.each([
    ['before it', null, '2026-03-02T23:59:59Z', '2026-03-02T00:00:00.000Z'],
    ['after it', null, '2026-03-03T00:00:00Z', NINE],
    ['when it came on that day', '2026-03-02T15:00:00Z', '2026-03-03T00:00:00Z', null],
    ['when it came on the day before', '2026-03-02T14:59:59Z', '2026-03-03T00:00:00Z', NINE],
    ['when it came later', '2026-03-03T02:00:00Z', '2026-03-03T03:00:00Z', null],
  ])('%s', (_, firedAt, time, expected) => {
    expect(missed(job(firedAt), time)).toBe(expected);
  });

  test('at midnight is the end of the day before', () => {
    const midnight = (firedAt: string | null) => missed(job(firedAt, undefined, '00:00'), '2026-03-03T15:00:01Z');
    expect(midnight('2026-03-03T14:00:00Z')).toBeNull();
    expect(midnight('2026-03-02T14:00:00Z')).toBe('2026-03-03T15:00:00.000Z');
  });

  test('is not missed on the day on which somebody sets it', () => {
    expect(missed(job(null, '2026-03-02T20:00:00Z'), '2026-03-03T01:00:00Z')).toBeNull();
    expect(missed(job(null, '2026-03-02T20:00:00Z'), '2026-03-04T00:00:00Z')).toBe('2026-03-04T00:00:00.000Z');
  });
});
