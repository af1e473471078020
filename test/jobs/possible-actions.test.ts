import { describe, expect, it } from 'vitest';
import { type JobState, jobAction } from '../../src/contracts/jobs.ts';
import { jobStatuses } from '../../src/domain/jobs/conditions.ts';
import type { Action } from '../../src/jobs/actions.ts';
import { possibleActions, refusalOf } from '../../src/jobs/possible-actions.ts';
import { noRun, transition } from '../../src/jobs/states.ts';

const now = new Date('2026-03-02T00:00:00Z');
const schedule = { run_frequency: 'daily', time_of_day: '09:00', timezone: 'Asia/Tokyo' } as const;
const errors = ['internal', 'audience_shrinks', 'line_unauthorized', 'nothing_to_send', 'line_clock_skewed'].map(
  (code) => ({ code, message: 'A reason', reason: null }),
);

const states = jobStatuses.flatMap((status) =>
  [null, ...errors].flatMap((error) =>
    [null, new Date(now.getTime() - 1), new Date(now.getTime() + 1)].map(
      (slot): JobState =>
        ({
          status,
          sleepUntil: slot,
          slot,
          errors: error && { count: 3, since: new Date(0) },
          error,
        }) as JobState,
    ),
  ),
);

const approval = { audiences: [], sourceRevision: null, jobRevision: 1, at: now.toISOString() };
const lastRuns = [false, true].flatMap((continuable) =>
  ([null, 'as_seen', 'new_scan'] as const).map((approvable) => ({ continuable, approvable })),
);

/** What a refusal tells a person to do. */
const named = [
  [/Resume it first\./, 'resume'],
  [/Stop its run first\./, 'stop_run'],
  [/Run the job again:/, 'run_now'],
] as const;

describe('the possible actions of a job', () => {
  it('are those that a refusal tells a person to take', () => {
    let found = 0;
    for (const state of states) {
      for (const lastRun of lastRuns) {
        const facts = { now, schedule, lastRun: { ...noRun, ...lastRun }, retryLimitMs: 1_000 };
        for (const type of jobAction.options) {
          try {
            transition(state, type === 'run_anyway' ? { type, approval } : { type }, facts);
          } catch (error) {
            const [, wanted] = named.find(([words]) => words.test((error as Error).message)) ?? [];
            if (wanted === undefined) continue;
            found += 1;
            expect(possibleActions(state, lastRun), JSON.stringify({ state, type })).toContain(wanted);
          }
        }
      }
    }
    expect(found).toBeGreaterThan(named.length);
  });

  it('are exactly those that the state machine allows, for any slot, error, schedule and time', () => {
    const error = { code: 'internal', message: 'A reason', reason: null, retryable: true };
    // The time decides about `wake`.
    const others = ['create', 'edit', 'run_succeeded', 'run_failed', 'run_interrupted', 'run_outdated'] as const;
    for (const state of states) {
      for (const lastRun of lastRuns) {
        const facts = { now, schedule, lastRun: { ...noRun, ...lastRun }, retryLimitMs: 1_000 };
        const isDone = (type: Action['type']) => {
          try {
            return transition(state, { type, approval, error, before: {} } as Action, facts) !== undefined;
          } catch (refusal) {
            expect(refusal).toMatchObject({ code: 'action_not_allowed' });
            return false;
          }
        };
        const about = JSON.stringify({ state, lastRun });
        expect(possibleActions(state, lastRun), about).toEqual(jobAction.options.filter(isDone));
        for (const type of others)
          expect(refusalOf(state, type, lastRun) === null, `${type} ${about}`).toBe(isDone(type));
      }
    }
  });
});
