/** What becomes of the slots of a job's schedule, whatever happens to the job meanwhile. */
import { describe, expect, test } from 'vitest';
import type { Schedule } from '../../src/domain/schedule/schedule.ts';
import { inEnglish } from '../../src/domain/text/sentence.ts';
import type { Action, Facts } from '../../src/jobs/actions.ts';
import { noRun, transition } from '../../src/jobs/states.ts';
import { facts, HOUR, job, lineAway, now, schedule, unfinished } from '../support/job-states.ts';

/**
 * Each row: actions with their time (hours from 2 March 03:00 UTC; the slots are at 21 h, 45 h, …), and when the job
 * finally runs.
 */
describe('no slot is lost or served twice when the job is', () => {
  const at = (hours: number): Date => new Date(now.getTime() + hours * HOUR);
  const iso = (date: Date | null | undefined) => date?.toISOString().slice(0, 16);
  const [first, second, third] = ['2026-03-03T00:00', '2026-03-04T00:00', '2026-03-05T00:00'];
  const act = (type: string): Action => ({ type, before: schedule }) as Action;
  const permanent: Action = { type: 'run_failed', error: { ...lineAway, retryable: false } };
  const passing: Action = { type: 'run_failed', error: { ...lineAway, retryable: true } };
  type Step = [hours: number, action: Action, more?: Partial<Facts>];
  const broken = { lastRun: { ...noRun, interrupted: true, since: at(0) } };
  const going = { lastRun: { ...unfinished, since: at(0) } };
  const cases: [string, Step[], string[], string | undefined][] = [
    [
      'paused and resumed before the slot',
      [
        [1, act('pause')],
        [2, act('resume')],
      ],
      [],
      first,
    ],
    [
      'paused and resumed three times before the slot',
      [1, 2, 3].flatMap((n): Step[] => [
        [n, act('pause')],
        [n + 0.5, act('resume')],
      ]),
      [],
      first,
    ],
    [
      'resumed after the slot',
      [
        [1, act('pause')],
        [22, act('resume')],
      ],
      [first],
      second,
    ],
    [
      'resumed after two slots',
      [
        [1, act('pause')],
        [46, act('resume')],
      ],
      [second],
      third,
    ],
    [
      'edited during a pause',
      [
        [1, act('pause')],
        [2, act('edit')],
        [3, act('resume')],
      ],
      [],
      first,
    ],
    [
      'edited during a pause that covers the slot',
      [
        [1, act('pause')],
        [22, act('edit')],
        [23, act('resume')],
      ],
      [first],
      second,
    ],
    ['edited before the slot', [[1, act('edit')]], [], first],
    [
      'run by hand before the slot',
      [
        [1, act('run_now')],
        [2, act('run_succeeded')],
      ],
      ['–'],
      first,
    ],
    [
      'run by hand and stopped',
      [
        [1, act('run_now')],
        [2, act('stop_run')],
      ],
      ['–'],
      first,
    ],
    [
      'run by hand during the slot',
      [
        [20, act('run_now')],
        [22, act('run_succeeded')],
      ],
      ['–'],
      second,
    ],
    [
      'restarted before the slot',
      [
        [1, act('restart')],
        [2, act('run_succeeded')],
      ],
      ['–'],
      first,
    ],
    [
      'paused, and restarted after the slot',
      [
        [1, act('pause')],
        [22, act('restart')],
        [23, act('run_succeeded')],
      ],
      [first],
      second,
    ],
    [
      'failed, and resumed before the slot',
      [
        [1, act('run_now')],
        [2, permanent],
        [3, act('resume')],
        [4, act('run_succeeded')],
      ],
      ['–', '–'],
      first,
    ],
    [
      'failed, and resumed after the slot',
      [
        [1, act('run_now')],
        [2, permanent],
        [22, act('resume')],
        [23, act('run_succeeded')],
      ],
      ['–', first],
      second,
    ],
    [
      'failed at the slot, and resumed',
      [
        [21, act('wake')],
        [22, permanent],
        [23, act('resume'), going],
        [24, act('run_succeeded')],
      ],
      [first],
      second,
    ],
    [
      'failed at the slot, and resumed after the next one',
      [
        [21, act('wake')],
        [22, permanent],
        [46, act('resume'), going],
        [47, act('run_succeeded')],
      ],
      [first, second],
      third,
    ],
    [
      'retried until the slot',
      [
        [20.9, act('run_now')],
        [20.95, passing],
        [20.99, passing],
        [21, act('wake'), going],
      ],
      ['–', first],
      second,
    ],
    [
      'paused during a retry, and resumed',
      [
        [21, act('wake')],
        [21.1, passing],
        [21.2, act('pause')],
        [21.3, act('resume'), broken],
      ],
      [first, '–'],
      second,
    ],
    [
      'paused during its run, and resumed',
      [
        [21, act('wake')],
        [22, act('pause')],
        [23, act('resume'), going],
        [24, act('run_succeeded')],
      ],
      [first],
      second,
    ],
    [
      'paused during its run, edited so that the run cannot be continued, and resumed',
      [
        [21, act('wake')],
        [22, act('pause')],
        [22, act('edit')],
        [23, act('resume'), broken],
      ],
      [first, '–'],
      second,
    ],
    [
      'paused during its run, and resumed after the next slot',
      [
        [21, act('wake')],
        [22, act('pause')],
        [46, act('resume'), going],
        [47, act('run_succeeded')],
      ],
      [first, second],
      third,
    ],
    [
      'stopped during its run',
      [
        [21, act('wake')],
        [22, act('stop_run')],
      ],
      [first],
      second,
    ],
    [
      'stopped during its run, and continued during the next slot',
      [
        [21, act('wake')],
        [22, act('stop_run')],
        [23, act('continue'), { lastRun: { ...noRun, continuable: true } }],
        [46, act('run_succeeded')],
      ],
      [first],
      third,
    ],
    [
      'running while the clock is set back to before the slot',
      [
        [21, act('wake')],
        [20, act('run_succeeded')],
        [20, act('pause')],
        [20, act('resume')],
      ],
      [first],
      second,
    ],
  ];
  test.each(cases)('%s', (_, steps, served, sleeps) => {
    let state = job('sleeping');
    const runs: string[] = [];
    for (const [hours, action, more] of steps) {
      const done = transition(state, action, { ...facts, ...more, now: at(hours) });
      state = done.state;
      if (done.run.type === 'start') runs.push(iso(done.run.slot) ?? '–');
    }
    expect(runs).toEqual(served);
    expect(iso(state.slot)).toBe(sleeps);
    if (state.status === 'sleeping') expect(iso(state.sleepUntil)).toBe(sleeps);
  });

  test('a custom job makes up for missed slots with one run, and sleeps until the next time of any expression', () => {
    const custom: Schedule = {
      run_frequency: 'custom',
      cron_expressions: ['0 9 * * MON-FRI', '0 12 * * SAT'],
      timezone: 'Asia/Tokyo',
    };
    const on = (day: string) => ({ ...facts, schedule: custom, now: new Date(day) });
    const friday = on('2026-11-27T01:00:00Z');
    let { state } = transition(job('runnable', { slot: null }), { type: 'run_succeeded' }, friday);
    expect(iso(state.sleepUntil)).toBe('2026-11-28T03:00');
    // Down from Friday until Tuesday noon: Saturday, Monday and Tuesday have passed.
    const woken = transition(state, { type: 'wake' }, on('2026-12-01T03:30:00Z'));
    expect(woken.run).toMatchObject({ type: 'start', slot: new Date('2026-12-01T00:00:00Z') });
    expect(woken.note && inEnglish(woken.note)).toBe(
      '2 scheduled times passed while the service was down. This run makes up for them.',
    );
    state = transition(woken.state, { type: 'run_succeeded' }, on('2026-12-01T04:00:00Z')).state;
    expect(iso(state.sleepUntil)).toBe('2026-12-02T00:00');
    // The same times in other words are no new schedule. Another expression is.
    const edited = (before: Schedule) =>
      iso(
        transition(state, { type: 'edit', before: { schedule: before } }, on('2026-12-01T05:00:00Z')).state.sleepUntil,
      );
    expect(edited(custom)).toBe('2026-12-02T00:00');
    expect(edited({ ...custom, cron_expressions: ['0 9 * * *'] })).toBe('2026-12-02T00:00');
  });

  test('a monthly job that is paused and resumed three times still runs on the first Monday', () => {
    const monthly: Schedule = {
      run_frequency: 'monthly',
      day_of_week: 'monday',
      time_of_day: '09:00',
      timezone: 'Asia/Tokyo',
    };
    const november = { ...facts, schedule: monthly, now: new Date('2026-11-26T00:00:00Z') };
    let { state } = transition(job('runnable', { slot: null }), { type: 'run_succeeded' }, november);
    for (let n = 0; n < 3; n += 1) {
      state = transition(transition(state, { type: 'pause' }, november).state, { type: 'resume' }, november).state;
    }
    expect(iso(state.sleepUntil)).toBe('2026-12-07T00:00');
  });
});
